"""The subcommands of the command line, one file each; each has `run(options) -> int`, the exit status."""

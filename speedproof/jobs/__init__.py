"""The recipes that join analysis, suggest and profiling. Read top-down."""

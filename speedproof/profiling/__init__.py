"""The only place that runs user code, always in the sandbox."""

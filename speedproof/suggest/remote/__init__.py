"""Models behind a server: the only place that knows HTTP."""

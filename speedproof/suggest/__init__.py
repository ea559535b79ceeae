"""The only place that knows models and rewrites."""

"""Rewrites that a model proposes: what it is asked, and what becomes of its answer. Pure."""

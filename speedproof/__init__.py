"""Speedproof: performance edits that are proved before anyone sees them."""

__version__ = "0.1.0"

"""Rewrites that need no model, one file each. `catalogue.py` lists them, `base.py` says what they may ask."""

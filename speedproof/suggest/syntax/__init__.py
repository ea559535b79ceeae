"""Reading and building code: patterns over libcst for the form, the standard library's ast for the meaning."""

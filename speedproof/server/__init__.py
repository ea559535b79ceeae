"""The language server. Protocol types stop here."""

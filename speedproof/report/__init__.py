"""One Report, several formats."""

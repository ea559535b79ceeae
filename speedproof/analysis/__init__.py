"""Reads code by tree-sitter and never runs it."""

"""Attacks on the sandbox, and the arena that they take place in."""

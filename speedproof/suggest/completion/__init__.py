"""Inline completions: what of the text and its surroundings a model is shown, and what of its answer is used."""

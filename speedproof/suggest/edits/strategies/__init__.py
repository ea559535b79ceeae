"""Ways to ask for a faster function, one module each. What each is worth `bench/optimize.py` measures."""

from collections.abc import Callable

from speedproof.suggest.edits.brief import Brief
from speedproof.suggest.edits.strategies import examples, patterns, plain, profile, reasoning, usage

Strategy = Callable[[Brief], str]
"""What is asked, after the function was shown; empty where there is nothing of that kind to say about it."""

STRATEGIES: dict[str, Strategy] = {
    "plain": plain.ask,
    "reasoning": reasoning.ask,
    "profile": profile.ask,
    "examples": examples.ask,
    "patterns": patterns.ask,
    "usage": usage.ask,
}
"""In the order in which they are tried."""
THOUGHTFUL = frozenset({"reasoning"})
"""Those that ask for more than code."""

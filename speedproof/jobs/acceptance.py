"""How completions are taken: counted on this machine, for this machine's user, as CodeCompose reports it.

What was taken shows in the text, so it is counted for every editor, whether that tells or not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from speedproof.core.store import Counters, data_folder
from speedproof.suggest.completion.typed_ahead import Fate, Suggestion

FOLDER = "statistics"


@dataclass(frozen=True, slots=True)
class Row:
    """Of one model. Counts of suggestions, and of characters where the name says so."""

    model: str
    shown: int
    accepted: int
    """As a whole."""
    accepted_in_part: int
    kept: int
    """Of the accepted ones those that were still there at the next long pause, as they were."""
    changed: int
    characters_shown: int
    characters_accepted: int


def folder() -> Path:
    return data_folder() / FOLDER


def count_shown(counters: Counters, model: str, suggestion: Suggestion) -> None:
    counters.add(model, "shown")
    counters.add(model, "characters_shown", count=len(suggestion.new_text))


def count_judged(counters: Counters, model: str, suggestions: Iterable[Suggestion]) -> None:
    """`suggestions` were accepted some time ago, and it is known by now whether they are still there."""
    for suggestion in suggestions:
        whole = suggestion.n_accepted >= len(suggestion.new_text)
        counters.add(model, "accepted" if whole else "accepted_in_part")
        counters.add(model, "characters_accepted", count=suggestion.n_accepted)
        counters.add(model, "kept" if suggestion.fate is Fate.KEPT else "changed")


def rows(counts: Mapping[tuple[str, ...], int]) -> list[Row]:
    """By model, the most used first."""
    models = {names[0] for names in counts}
    fields = [name for name in Row.__dataclass_fields__ if name != "model"]
    found = [Row(model, **{name: counts.get((model, name), 0) for name in fields}) for model in models]
    return sorted(found, key=lambda row: (-row.shown, row.model))

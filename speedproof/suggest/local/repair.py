"""Which kept tokens to compute again: their keys and values were made in the company of a text that has changed.

Those right after an edit saw most of what is no longer there, and the last ones before the cursor are what the next
token looks at most. Blocks that moved past others are made of little that is still true. Decision 26 says how many, and
`bench/kv.py` prints what each choice costs and gives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from speedproof.suggest.local.plan import Kept, missing, out_of_order


class Reuse(StrEnum):
    """What of a cache is used after an edit."""

    EXACT = "exact"
    """The common prefix; the same result as without a cache."""
    REPAIR = "repair"
    """All that can be kept, of which a few tokens are computed again at once, and the rest when there is time."""
    ROTATE = "rotate"
    """All that can be kept, as it is."""


@dataclass(frozen=True, slots=True)
class Repair:
    """How many kept tokens are computed again."""

    after_edits: int = 2
    """In all, shared among the places that changed, the first of them first; the tokens right after each."""
    before_end: int = 12
    """The last tokens."""
    moved: int = 256
    """Where blocks changed places with others, in all: of those blocks, and then right after each change."""


def to_compute(kept: Sequence[Kept], length: int, reuse: Reuse, repair: Repair) -> tuple[list[Kept], list[int]]:
    """The runs to keep, and the positions to compute: what is missing, repairs, and always the last.

    Never a position in the common prefix but for the last of all, so never more than reuse of the prefix would compute.
    `length` is that of the wanted sequence, at least 1.
    """
    prefix = kept[0].length if kept and kept[0].old == kept[0].new == 0 else 0
    if reuse is Reuse.EXACT:
        kept = [Kept(0, 0, prefix)] if prefix else []
    positions = set(missing(kept, length))
    positions.add(length - 1)  # whose logits are wanted
    if reuse is Reuse.REPAIR:
        behind = [run for run in kept if run.new > 0 or run.old > 0]
        positions.update(_first_of(behind, repair.after_edits))
        if behind:
            positions.update(range(max(prefix, length - repair.before_end), length))
        if astray := out_of_order(kept):
            again = list(islice((place for run in astray for place in range(run.new, run.end)), repair.moved))
            others = [run for run in behind if run not in astray]
            positions.update(again, _first_of(others, repair.moved - len(again)))
    return list(kept), sorted(positions)


def _first_of(runs: Sequence[Kept], count: int) -> Iterator[int]:
    """The first positions of each run, `count` in all."""
    share = max(1, count // max(1, len(runs)))
    return islice((place for run in runs for place in range(run.new, min(run.end, run.new + share))), count)

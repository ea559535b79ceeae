"""Which kept tokens to compute again: their keys and values were made in the company of a text that has changed.

What the next token looks at counts most, and what that was shows in how the tokens before it looked around when the
last answer was made. Then come the tokens right after an edit, and blocks that moved past others. Decision 26 says how
many, and `bench/kv.py` prints what each choice costs and gives.
"""

from collections.abc import Sequence
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

    after_edits: int = 4
    """In all, shared evenly among the places that changed; the tokens right after each."""
    looked_at: int = 4
    """Those that the last tokens paid most attention to, when they were asked for an answer before the edit."""
    before_end: int = 0
    moved: int = 256
    """Of blocks that changed places with others, in all, the first of each: they were made without what stands before
    them now."""


def to_compute(
    kept: Sequence[Kept], length: int, reuse: Reuse, repair: Repair, looked_at: Sequence[int] = ()
) -> tuple[list[Kept], list[int]]:
    """The runs to keep, and the positions to compute: what is missing, repairs, and always the last.

    Never a position in the common prefix but for the last of all, so never more than reuse of the prefix would compute.
    `length` is that of the wanted sequence, at least 1; `looked_at` are positions in it, the most important first.
    """
    prefix = kept[0].length if kept and kept[0].old == kept[0].new == 0 else 0
    if reuse is Reuse.EXACT:
        kept = [Kept(0, 0, prefix)] if prefix else []
    positions = set(missing(kept, length))
    positions.add(length - 1)  # whose logits are wanted
    if reuse is Reuse.REPAIR:
        moved = [run for run in kept if run.new > 0 or run.old > 0]
        for run in moved:
            positions.update(range(run.new, min(run.end, run.new + repair.after_edits // len(moved))))
        if moved:
            positions.update(range(max(prefix, length - repair.before_end), length))
        positions.update(
            islice((place for run in out_of_order(kept) for place in range(run.new, run.end)), repair.moved)
        )
        more = (position for position in looked_at if position >= prefix and position not in positions)
        positions.update(islice(more, repair.looked_at))
    return list(kept), sorted(positions)

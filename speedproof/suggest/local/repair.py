"""Which kept tokens to compute again: their keys and values were made in the company of a text that has changed.

Measured in `bench/kv.py`: rotation alone is off mostly where something was renamed, and the tokens right after an edit
mend most of that; then come the tokens that the next one looks at most, those right before the cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from speedproof.suggest.local.plan import Kept, missing


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

    after_edits: int = 32
    """In all, shared evenly among the places that changed; the tokens right after each."""
    before_end: int = 32


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
        moved = [run for run in kept if run.new > 0 or run.old > 0]
        for run in moved:
            positions.update(range(run.new, min(run.end, run.new + repair.after_edits // len(moved))))
        if moved:
            positions.update(range(max(prefix, length - repair.before_end), length))
    return list(kept), sorted(positions)

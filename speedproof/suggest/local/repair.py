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

    after_each: int = 2
    """Right after each of the places that changed."""
    after_all: int = 24
    """All those together; the first places have them first."""
    before_end: int = 15
    """The last tokens; more where a pass has room."""
    least: int = 2
    """No more than that for one place, unless more has changed."""
    per_change: int = 6
    """One more for each so many tokens that were put in, or twice as many that were taken out."""
    rows: int = 3
    """A pass is filled up to a multiple of this."""
    moved: int = 256
    """Where blocks changed places with others, in all: of those blocks, and then right after each change."""


def to_compute(
    kept: Sequence[Kept], n_old: int, length: int, reuse: Reuse, repair: Repair
) -> tuple[list[Kept], list[int]]:
    """The runs to keep, and the positions to compute: what is missing, repairs, and always the last.

    Never a position in the common prefix but for the last of all, so never more than reuse of the prefix would compute.
    `n_old` is the length of the cached sequence, `length`, at least 1, that of the wanted one.
    """
    prefix = kept[0].length if kept and kept[0].old == kept[0].new == 0 else 0
    if reuse is Reuse.EXACT:
        kept = [Kept(0, 0, prefix)] if prefix else []
    new = missing(kept, length)
    positions = {*new, length - 1}  # the last one's logits are wanted
    behind = [run for run in kept if run.new > 0 or run.old > 0]
    if reuse is Reuse.REPAIR and behind:
        changed = len(new) + (n_old - sum(run.length for run in kept)) // 2
        after = min(repair.after_each * len(behind), repair.after_all)
        wanted = max(repair.least, changed // repair.per_change)
        before = max(0, min(wanted - repair.after_each, repair.before_end))
        before += -(len(positions) + after + before) % repair.rows
        positions.update(_first_of(behind, after))
        if astray := out_of_order(kept):
            again = list(islice((place for run in astray for place in range(run.new, run.end)), repair.moved))
            others = [run for run in behind if run not in astray]
            positions.update(again, _first_of(others, repair.moved - len(again)))
        last = (place for place in range(length - 1, prefix - 1, -1) if place not in positions)
        positions.update(islice(last, before))
    return list(kept), sorted(positions)


def _first_of(runs: Sequence[Kept], count: int) -> Iterator[int]:
    """The first positions of each run, `count` in all."""
    share = max(1, count // max(1, len(runs)))
    return islice((place for run in runs for place in range(run.new, min(run.end, run.new + share))), count)

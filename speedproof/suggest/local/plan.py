"""Which cached tokens serve a new text. Pure: works on token ids, and knows nothing of models.

Only ids count, never characters: where an edit changes how its surroundings are cut into tokens, those simply differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GRAM = 6
"""So many equal tokens in a row make an anchor."""
MIN_ASTRAY = 24
"""A run that is neither where the last one ended nor close to it must be at least this long: a short one is chance."""
CLOSE = 64
MAX_CANDIDATES = 8
LOOK_AHEAD = 64
"""How far candidates for an anchor are compared to choose among them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """`length` tokens, from `old` on in the cached sequence, that are from `new` on in the one wanted."""

    old: int
    new: int
    length: int

    @property
    def shift(self) -> int:
        return self.new - self.old

    @property
    def end(self) -> int:
        """In the wanted sequence."""
        return self.new + self.length


def align(old: Sequence[int], new: Sequence[int]) -> list[Kept]:
    """Runs of tokens that both sequences have, ascending in `new`, disjoint in both; moved blocks among them.

    The common prefix comes whole, and so does what is left of the common suffix. In between runs are found by anchors,
    so time stays linear in the length of both. Not always the most tokens possible: runs shorter than an anchor are
    not worth what they would cost in quality.
    """
    prefix = common_prefix(old, new)
    suffix = common_prefix(old[prefix:][::-1], new[prefix:][::-1])
    kept = [Kept(0, 0, prefix)] if prefix else []
    between = _anchored(old[prefix : len(old) - suffix], new[prefix : len(new) - suffix])
    kept.extend(Kept(run.old + prefix, run.new + prefix, run.length) for run in between)
    if suffix:
        kept.append(Kept(len(old) - suffix, len(new) - suffix, suffix))
    return _joined(kept)


def n_kept(old: Sequence[int], new: Sequence[int]) -> int:
    """How many tokens of `new` come from a cache of `old`."""
    return sum(run.length for run in align(old, new))


def missing(kept: Sequence[Kept], length: int) -> list[int]:
    """The positions of a sequence of `length` tokens that no run covers, ascending."""
    positions: list[int] = []
    start = 0
    for run in kept:
        positions.extend(range(start, run.new))
        start = run.end
    positions.extend(range(start, length))
    return positions


def out_of_order(kept: Sequence[Kept]) -> list[Kept]:
    """The runs that moved past others: all but those that together hold the most tokens in their old order."""
    best: list[tuple[int, int]] = []
    """For each run the most tokens in order that end with it, and the run before it in that order."""
    for number, run in enumerate(kept):
        before = max(
            (earlier for earlier in range(number) if kept[earlier].old < run.old),
            key=lambda earlier: best[earlier][0],
            default=-1,
        )
        best.append((run.length + (best[before][0] if before >= 0 else 0), before))
    in_order: set[int] = set()
    place = max(range(len(kept)), key=lambda number: best[number][0], default=-1)
    while place >= 0:
        in_order.add(place)
        place = best[place][1]
    return [run for number, run in enumerate(kept) if number not in in_order]


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Its length, found by comparing slices: much faster than token by token."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _anchored(old: Sequence[int], new: Sequence[int]) -> Iterator[Kept]:
    """Disjoint runs of at least GRAM tokens, ascending in `new`."""
    if len(old) < GRAM or len(new) < GRAM:
        return
    places: dict[tuple[int, ...], list[int]] = {}
    for start in range(len(old) - GRAM + 1):
        found = places.setdefault(tuple(old[start : start + GRAM]), [])
        if len(found) < MAX_CANDIDATES:
            found.append(start)
    taken = bytearray(len(old))
    # Where the text goes on, should nothing have moved: after the run found last, or after the one furthest down.
    after_last = after_furthest = 0
    position = done = 0
    while position <= len(new) - GRAM:
        candidates = places.get(tuple(new[position : position + GRAM]), ())
        anchor = _best([place for place in candidates if not taken[place]], old, new, position, after_last)
        if anchor is None:
            position += 1
            continue
        back = _matching_back(old, new, anchor, position, done, taken)
        begin, length = anchor - back, back + _matching(old, new, anchor, position, len(old), taken)
        close = any(0 <= begin - after < CLOSE for after in (after_last, after_furthest))
        if length < GRAM or (length < MIN_ASTRAY and not close):
            position += 1
            continue
        yield Kept(begin, position - back, length)
        taken[begin : begin + length] = b"\x01" * length
        position = done = position - back + length
        after_last = begin + length
        after_furthest = max(after_furthest, after_last)


def _best(candidates: Sequence[int], old: Sequence[int], new: Sequence[int], position: int, after: int) -> int | None:
    """Of places with the same anchor, the one that goes on the longest; of those, the one closest to `after`."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None

    def fitness(start: int) -> tuple[int, int]:
        ahead = common_prefix(old[start : start + LOOK_AHEAD], new[position : position + LOOK_AHEAD])
        return ahead, -abs(start - after)

    return max(candidates, key=fitness)


def _matching(old: Sequence[int], new: Sequence[int], start: int, position: int, limit: int, taken: bytearray) -> int:
    """How many tokens from `start` and `position` on are equal, up to the first that is taken already."""
    stop = taken.find(1, start)
    limit = limit if stop < 0 else min(limit, stop)
    return common_prefix(old[start:limit], new[position:])


def _matching_back(
    old: Sequence[int], new: Sequence[int], start: int, position: int, done: int, taken: bytearray
) -> int:
    count = 0
    while (
        position - count > done
        and start - count > 0
        and not taken[start - count - 1]
        and old[start - count - 1] == new[position - count - 1]
    ):
        count += 1
    return count


def _joined(runs: Sequence[Kept]) -> list[Kept]:
    """Neighbours that go on from each other in both sequences as one run."""
    joined: list[Kept] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last is not None and last.end == run.new and last.old + last.length == run.old:
            joined[-1] = Kept(last.old, last.new, last.length + run.length)
        else:
            joined.append(run)
    return joined

"""Two distributions of samples, one above the other on one axis, in block characters."""

import math
from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"


def histograms(first: Sequence[float], second: Sequence[float], width: int) -> tuple[str, str]:
    """One line of `width` characters for each, over one logarithmic axis from the least to the greatest value.

    The axis is logarithmic because what is compared are ratios: equal steps are equal speedups. Each line's
    highest block is its own most frequent place. Values must be positive; others are left out.
    """
    both = [math.log(value) for value in (*first, *second) if value > 0]
    if not both or width < 1:
        return "", ""
    low, span = min(both), (max(both) - min(both)) or 1.0
    return _histogram(first, low, span, width), _histogram(second, low, span, width)


def _histogram(values: Sequence[float], low: float, span: float, width: int) -> str:
    counts = [0] * width
    for value in values:
        if value > 0:
            counts[min(int((math.log(value) - low) / span * width), width - 1)] += 1
    highest = max(counts) or 1
    # A place with any sample at all shows at least the lowest block.
    return "".join(BLOCKS[math.ceil(n / highest * (len(BLOCKS) - 1))] for n in counts)

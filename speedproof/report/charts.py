"""Two small charts as SVG that stands inside a page: times of both sides, and the ratio on each input.

Drawn here rather than by a plotting library: a page with a proof in it must hold everything it shows, follow the
reader's colours, and be readable to those who do not see it. Colours are classes that the page gives a meaning.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

Label = Callable[[float], str]
"""Puts a number of an axis into words."""

WIDTH = 640
LEFT, RIGHT = 90, 24
ROW = 34
MAX_TICKS = 6
NARROW = 8
"""The ratio of its ends up to which an axis looks almost linear."""


def times(baseline: Sequence[float], candidate: Sequence[float], name_of: Label) -> str:
    """Every sample of both sides as a dot, and their medians as a line, over one logarithmic axis of seconds.

    Logarithmic because what is compared are ratios: equal distances are equal speedups. `name_of` puts seconds into
    words. Empty where one side has no samples.
    """
    sides = [[value for value in values if value > 0] for values in (baseline, candidate)]
    if not all(sides):
        return ""
    axis = _Axis.over([*sides[0], *sides[1]])
    rows = []
    for number, (name, values) in enumerate(zip(("original", "rewrite"), sides, strict=True)):
        y = ROW * number + ROW // 2
        middle = axis.x(statistics.median(values))
        dots = "".join(f'<circle cx="{axis.x(value):.1f}" cy="{y}" r="4"/>' for value in values)
        rows.append(
            f'<g class="{name}"><text x="0" y="{y + 4}">{name}</text>{dots}'
            f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{y - 12}" y2="{y + 12}"/></g>'
        )
    medians = [name_of(statistics.median(values)) for values in sides]
    title = f"Times of both sides: original {medians[0]}, rewrite {medians[1]} in the middle"
    return _drawing(title, "".join(rows), len(rows), axis, name_of)


def ratios(rows: Sequence[tuple[str, float]], name_of: Label) -> str:
    """One dot per row, labelled, over a logarithmic axis of ratios, with a line where both sides take equally long."""
    values = [(label, ratio) for label, ratio in rows if ratio > 0 and math.isfinite(ratio)]
    if not values:
        return ""
    axis = _Axis.over([1.0, *(ratio for _, ratio in values)])
    even = axis.x(1.0)
    drawn = [f'<line class="even" x1="{even:.1f}" x2="{even:.1f}" y1="0" y2="{ROW * len(values)}"/>']
    for number, (label, ratio) in enumerate(values):
        y = ROW * number + ROW // 2
        side = "slower" if ratio < 1 else "faster"
        drawn.append(
            f'<g class="{side}"><text x="0" y="{y + 4}">{escape(label)}</text>'
            f'<line x1="{even:.1f}" x2="{axis.x(ratio):.1f}" y1="{y}" y2="{y}"/>'
            f'<circle cx="{axis.x(ratio):.1f}" cy="{y}" r="4"/></g>'
        )
    worst, best = min(ratio for _, ratio in values), max(ratio for _, ratio in values)
    title = f"Time of the original over time of the rewrite, input by input: {name_of(worst)} to {name_of(best)}"
    return _drawing(title, "".join(drawn), len(values), axis, name_of)


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis between the left and the right margin."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> "_Axis":
        # A little room on both sides, and some extent where all values are alike.
        margin = max((max(values) / min(values)) ** 0.05, 1.02)
        return cls(min(values) / margin, max(values) * margin)

    def x(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> list[float]:
        """Round values in it, at most MAX_TICKS: evenly spread ones where it is narrow, else some of each decade."""
        exponents = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        if self.high < NARROW * self.low:
            steps = (step * 10.0**exponent for exponent in range(exponents[0] - 3, exponents[-1]) for step in (1, 2, 5))
            step = next(step for step in steps if (self.high - self.low) / step < MAX_TICKS)
            return [n * step for n in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        for parts in ((1, 2, 5), (1,)):
            found = [part * 10.0**exponent for exponent in exponents for part in parts]
            inside = [value for value in found if self.low <= value <= self.high]
            if len(inside) <= MAX_TICKS:
                break
        return inside[:: math.ceil(len(inside) / MAX_TICKS)]


def _drawing(title: str, inner: str, n_rows: int, axis: _Axis, name_of: Label) -> str:
    height = ROW * n_rows
    ticks = "".join(
        f'<line class="tick" x1="{axis.x(value):.1f}" x2="{axis.x(value):.1f}" y1="0" y2="{height}"/>'
        f'<text class="tick" x="{axis.x(value):.1f}" y="{height + 16}">{escape(name_of(value))}</text>'
        for value in axis.ticks()
    )
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height + 22}" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{ticks}{inner}</svg>"
    )

"""The charts: sound as XML, readable without seeing them, and never wrong about which side is faster."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.report.charts import LEFT, MAX_TICKS, RIGHT, WIDTH, ratios, times

SECONDS = st.floats(1e-9, 1e3)


def places(drawing: str, group: str) -> list[float]:
    """How far to the right the dots of a group are."""
    tree = ElementTree.fromstring(drawing)
    return [
        float(dot.attrib["cx"]) for part in tree.iter("g") if part.get("class") == group for dot in part.iter("circle")
    ]


def ticks(drawing: str) -> list[str]:
    return re.findall(r'<text class="tick"[^>]*>([^<]*)<', drawing)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.91, 1.15], "0.90 0.95 1.00 1.05 1.10 1.15"),
        ([1.0, 1.0], "0.99 1.00 1.01 1.02"),
        ([0.7, 3.9], "1.00 2.00 3.00 4.00"),
        ([0.1, 10.0], "0.10 1.00 10.00"),
        ([0.01, 1000.0], "0.01 0.10 1.00 10.00 100.00 1000.00"),
    ],
)
def test_ticks_are_round(values: list[float], expected: str) -> None:
    assert " ".join(ticks(times(values, values, "{:.2f}".format))) == expected


@given(st.lists(SECONDS, min_size=1, max_size=9), st.lists(SECONDS, min_size=1, max_size=9))
def test_times_are_where_they_belong(baseline: list[float], candidate: list[float]) -> None:
    drawing = times(baseline, candidate, "{:.3g} s".format)
    found = [*places(drawing, "original"), *places(drawing, "rewrite")]
    both = [*baseline, *candidate]
    assert len(found) == len(both)
    assert all(LEFT <= x <= WIDTH - RIGHT for x in found)
    in_order = sorted(range(len(both)), key=lambda index: both[index])
    assert [found[index] for index in in_order] == sorted(found)
    assert 1 <= len(ticks(drawing)) <= MAX_TICKS


@given(st.lists(st.tuples(st.text(max_size=5), st.floats(1e-3, 1e3)), min_size=1, max_size=9))
def test_ratios_are_on_their_side(rows: list[tuple[str, float]]) -> None:
    drawing = ratios(
        [(re.sub(r"[^\w<&>\"]", "", label, flags=re.ASCII), ratio) for label, ratio in rows], "{:.2f}×".format
    )
    even = float(re.findall(r'class="even" x1="([\d.]+)"', drawing)[0])
    assert all(x <= even for x in places(drawing, "slower"))
    assert all(x >= even for x in places(drawing, "faster"))
    assert len(places(drawing, "slower")) == sum(ratio < 1 for _, ratio in rows)


@pytest.mark.parametrize(("baseline", "candidate"), [([], []), ([1.0], []), ([1.0], [0.0])])
def test_without_times_there_is_no_chart(baseline: list[float], candidate: list[float]) -> None:
    assert times(baseline, candidate, str) == ""


def test_ratios_that_cannot_be_drawn() -> None:
    assert ratios([], str) == ""
    assert ratios([("a", 0.0), ("b", math.inf), ("c", math.nan)], str) == ""


def test_it_is_told_in_words() -> None:
    drawing = times([2.0, 2.2, 9.0], [1.0, 1.1], "{:.1f} s".format)
    (title,) = [part.text for part in ElementTree.fromstring(drawing).iter("title")]
    assert title == "Times of both sides: original 2.2 s, rewrite 1.1 s in the middle"
    assert 'role="img"' in drawing

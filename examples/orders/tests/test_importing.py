import random
from datetime import datetime, timedelta

import pytest

from orderdesk.importing import clean_article, is_express, join_pages, placed_at, read_lines, unknown_articles


def test_headings_and_totals_are_no_lines():
    export = "ARTICLE;QTY;PRICE\nAB-1201;2;1999\n\nCD-990;1;450\nTOTAL;;4448\n"
    assert read_lines(export) == [("AB-1201", 2, 1999), ("CD-990", 1, 450)]


@pytest.mark.parametrize("line", ["", "AB-12;1;1", "ab-120;1;1", "AB-120;x;1", "AB-120;1;1;", "AB-120;-1;1", " AB-120;1;1"])
def test_malformed_lines_are_left_out(line):
    assert read_lines(line) == []


def test_a_day_of_lines(articles, rng):
    rows = [(article, rng.randint(1, 9), rng.randint(1, 99_999)) for article in articles]
    assert read_lines("\n".join(f"{article};{quantity};{price}" for article, quantity, price in rows)) == rows


def test_time_stamps(rng: random.Random):
    for _ in range(25):
        moment = datetime(2024, 1, 1) + timedelta(seconds=rng.randrange(5 * 365 * 86_400))
        assert placed_at(moment.strftime("%Y-%m-%dT%H:%M:%S")) == moment


@pytest.mark.parametrize("stamp", ["", "2024-05-17", "2024-05-17 10:30:00", "17.05.2024", "2024-02-30T10:00:00"])
def test_other_formats_are_refused(stamp):
    with pytest.raises(ValueError):
        placed_at(stamp)


@pytest.mark.parametrize(
    ("note", "express"),
    [
        ("", False),
        ("EXPRESS", True),
        ("please call before delivery; EXPRESS", True),
        ("express", False),
        ("Leave it with the neighbours on the second floor, the bell is broken. " * 4, False),
        ("Leave it with the neighbours on the second floor, the bell is broken. " * 4 + "EXPRESS please", True),
        ("EXPRES", False),
        ("deliver by rail, not by EXPRESSway", True),
    ],
)
def test_express_is_what_the_form_writes(note, express):
    assert is_express(note) is express


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("", ""),
        ("AB 12.01", "AB1201"),
        ("ab-12/01", "ab1201"),
        ("AB1201", "AB1201"),
        (" - . / ", ""),
        ("Größe 5.2 / Nr. 17-4", "Größe52Nr174"),
        ("QX-" + "77.120 / " * 30, "QX" + "77120" * 30),
    ],
)
def test_article_codes_are_cleaned(raw, clean):
    assert clean_article(raw) == clean


def test_unknown_articles_keep_their_order(articles):
    assert unknown_articles(["ZZ-1", *articles[:3], "ZZ-0", "ZZ-1"], articles) == ["ZZ-1", "ZZ-0", "ZZ-1"]
    assert unknown_articles(articles, articles[50:]) == articles[:50]
    assert unknown_articles(articles[:5], []) == articles[:5]
    assert unknown_articles([], articles) == []


def test_pages_are_joined_in_order(articles):
    pages = [articles[start : start + 4] for start in range(0, len(articles), 4)]
    assert join_pages(pages) == articles
    assert join_pages([["a"], [], ["b", "c"]]) == ["a", "b", "c"]
    assert join_pages([[]]) == []
    assert join_pages([]) == []


def test_joining_leaves_the_pages_alone():
    pages = [["a"], ["b"]]
    join_pages(pages).append("c")
    assert pages == [["a"], ["b"]]

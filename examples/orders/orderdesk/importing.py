"""Reading what the web shop and the suppliers send us."""

import re
from datetime import datetime


def read_lines(export: str) -> list[tuple[str, int, int]]:
    """The (article, quantity, price) rows of an export; headings, totals and remarks are left out.

    >>> read_lines("ARTICLE;QTY;PRICE\\nAB-1201;2;1999\\nTOTAL;;3998")
    [('AB-1201', 2, 1999)]
    """
    rows = []
    for line in export.split("\n"):
        match = re.match(r"([A-Z]{2}-\d{3,6});(\d+);(\d+)$", line)
        if match:
            rows.append((match.group(1), int(match.group(2)), int(match.group(3))))
    return rows


def placed_at(stamp: str) -> datetime:
    """When an order was placed, from the shop's time stamp.

    Raises ValueError where the stamp is in another format.
    """
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S")


def is_express(note: str) -> bool:
    """Whether the customer's note asks for express delivery; the shop's form writes it in this way."""
    return re.search(r"EXPRESS", note) is not None


def clean_article(raw: str) -> str:
    """An article code as suppliers write it, in the form that our shelves use: AB 12.01 becomes AB1201."""
    kept = ""
    for character in raw:
        if character not in " .-/":
            kept += character
    return kept


def unknown_articles(articles: list[str], catalogue: list[str]) -> list[str]:
    """The articles, in the order they came, that are not in the catalogue."""
    return [article for article in articles if article not in catalogue]


def join_pages(pages: list[list[str]]) -> list[str]:
    """All rows of a download that came in pages."""
    return sum(pages, [])

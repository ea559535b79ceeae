"""`speedproof stats`: how many completions were shown, taken, and kept. Counted here, sent nowhere."""

import argparse
import json
from dataclasses import asdict

from speedproof.cli import FOUND, NOTHING_FOUND
from speedproof.core.store import Counters
from speedproof.jobs.acceptance import Row, folder, rows
from speedproof.report.words import printable

FORMAT_VERSION = 1
HEADINGS = ("model", "shown", "taken", "in part", "still there", "characters taken")


def run(options: argparse.Namespace) -> int:
    counters = Counters(folder())
    try:
        if options.reset:
            counters.clear()
        found = rows(counters.all())
    finally:
        counters.close()
    if options.json:
        print(json.dumps({"version": FORMAT_VERSION, "models": [asdict(row) for row in found]}, indent=2))  # noqa: T201
    else:
        print(_table(found) if found else "no completion was shown so far")  # noqa: T201 - the answer
    return FOUND if found else NOTHING_FOUND


def _table(found: list[Row]) -> str:
    cells = [HEADINGS, *map(_cells, found)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return printable("\n".join(lines))


def _cells(row: Row) -> tuple[str, ...]:
    judged = row.kept + row.changed
    return (
        row.model,
        str(row.shown),
        _share(row.accepted, row.shown),
        _share(row.accepted_in_part, row.shown),
        _share(row.kept, judged),
        _share(row.characters_accepted, row.characters_shown),
    )


def _share(count: int, of: int) -> str:
    return f"{count} ({count / of:.0%})" if of else str(count)

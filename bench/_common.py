"""What every benchmark shares: its options, its table on stdout, its figures as JSON.

A benchmark is a script, `python bench/NAME.py [--json FILE] [--quick]`. Its figures are a flat mapping from a
stable name with its unit (`initialize_ratio`, `listing_10000_lines_ms`) to a number: two runs can be compared.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]


def parser(description: str) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark takes; the caller may add its own."""
    made = argparse.ArgumentParser(
        description=description.partition("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE as JSON")
    made.add_argument("--quick", action="store_true", help="a small run that shows that everything works")
    return made


def development_data() -> Path:
    """The folder with the development cases: named by SPEEDPROOF_DATA, or beside the repository."""
    return Path(os.environ.get("SPEEDPROOF_DATA") or REPOSITORY.parent / "shared" / "data")


def finish(
    benchmark: str,
    options: argparse.Namespace,
    figures: Mapping[str, float],
    *,
    details: Any = None,
    failures: Sequence[str] = (),
) -> int:
    """Write the JSON where it was asked for, print what failed, and return the exit status: 1 on any failure."""
    if options.json is not None:
        document = {
            "benchmark": benchmark,
            "quick": options.quick,
            "machine": machine(),
            "figures": dict(figures),
            "details": details,
            "failures": list(failures),
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns: the first is text, to the left; the others are figures, to the right."""
    cells = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def machine() -> dict[str, object]:
    """Where a figure was measured. It names no host and no user."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }

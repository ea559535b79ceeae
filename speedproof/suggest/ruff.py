"""Ruff's own fixes as a second source of candidates."""

import json
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]

from speedproof.core.target import Target
from speedproof.core.text import Edit, Span, apply_edits
from speedproof.suggest.syntax.module import line_starts

FAMILIES = "PERF,FURB,C4,SIM,RUF"
TIME_LIMIT_SECONDS = 10.0

_REASONS = {
    # Cannot make anything faster.
    "an annotation, base class or type variable": "RUF013 RUF020 RUF033 RUF036 RUF038 RUF041 RUF053 FURB180 FURB189",
    "a comment, or the order of names": "RUF022 RUF023 RUF028 RUF068 RUF100 RUF101 RUF102 RUF103 RUF105 RUF106",
    "the same bytecode, or as good as": "RUF021 RUF031 RUF039 RUF047 RUF052 RUF059 RUF070 RUF072 RUF201 RUF202 FURB105 "
    "FURB154 FURB167 FURB177 FURB181 SIM102 SIM112 SIM114 SIM117 SIM208 SIM212 SIM300 RUF010",
    "measured: no faster, or slower": "C408 SIM105 FURB116 FURB156",
    "of tests and scripts": "RUF061 RUF064 RUF200 FURB101 FURB103",
    # Meant to change what the code does, in ways that tests of it may not show.
    "another value: what looks like a constant, or a float taken for a decimal": "FURB152 FURB157 FURB164 RUF032",
    "another rounding": "FURB163 RUF046 RUF057",
    "another result for NaN and ties": "FURB136",
    "text becomes code": "RUF027 RUF030",
    "another object is shared": "RUF024 RUF026",
    "another function": "RUF056 RUF071 RUF077",
}
EXCLUDED: Mapping[str, str] = {code: reason for reason, codes in _REASONS.items() for code in codes.split()}
"""Codes whose fixes are no candidates, and why."""


def fixes(target: Target, *, python: str = "") -> dict[str, Target]:
    """For each code with a fix inside the target: the target with all fixes of that code made.

    `python` is the version that the project runs, `py311`. Without a working Ruff there are none.
    """
    try:
        findings = _findings(target.text, python)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    starts = line_starts(target.text)
    by_code: dict[str, list[Edit]] = {}
    for finding in findings:
        try:
            code, edits = finding["code"], _edits(finding, starts)
        except (KeyError, TypeError, IndexError):
            continue
        if code and code not in EXCLUDED and edits and _belongs(edits, target):
            kept = by_code.setdefault(code, [])
            kept += [edit for edit in edits if edit not in kept]
    return {code: fixed for code, edits in by_code.items() if (fixed := _fixed(target, edits)) is not None}


@lru_cache(maxsize=32)
def _findings(text: str, python: str) -> list[dict[str, Any]]:
    """Of the whole file, whose other functions will be asked about, too. Raises what running Ruff may."""
    command = ["check", "--isolated", "--select", FAMILIES, "--preview", "--unsafe-fixes", "--no-cache"]
    command += ["--output-format", "json", "--stdin-filename", "module.py", "--exit-zero", "--quiet"]
    command += ["--target-version", python] if python else []
    done = subprocess.run(
        [find_ruff_bin(), *command, "-"],
        input=text.encode(),
        capture_output=True,
        timeout=TIME_LIMIT_SECONDS,
        check=False,
    )
    found = json.loads(done.stdout)
    return [finding for finding in found if isinstance(finding, dict)] if isinstance(found, list) else []


def _edits(finding: dict[str, Any], starts: list[int]) -> list[Edit]:
    """The edits of a finding's fix, in our offsets; empty where it has none."""

    def offset(location: dict[str, int]) -> int:
        # Rows and columns count from 1, columns in characters.
        return starts[location["row"] - 1] + location["column"] - 1

    fix = finding["fix"] or {"edits": []}
    return [
        Edit(Span(offset(edit["location"]), offset(edit["end_location"])), edit["content"]) for edit in fix["edits"]
    ]


def _belongs(edits: list[Edit], target: Target) -> bool:
    """Whether all edits lie in the target, but for imports that they add above it."""
    inside = [edit for edit in edits if target.span.start <= edit.span.start and edit.span.end <= target.span.end]
    outside = [edit for edit in edits if edit not in inside]
    return bool(inside) and all("import" in e.new_text and e.span.end <= target.span.start for e in outside)


def _fixed(target: Target, edits: list[Edit]) -> Target | None:
    """The target with the edits made; of edits that overlap, the first is made."""
    chosen: list[Edit] = []
    for edit in sorted(edits, key=lambda e: e.span):
        if not chosen or chosen[-1].span.end <= edit.span.start:
            chosen.append(edit)
    text = apply_edits(target.text, chosen)
    before = sum(_growth(edit) for edit in chosen if edit.span.end <= target.span.start)
    inside = sum(_growth(edit) for edit in chosen) - before
    span = Span(target.span.start + before, target.span.end + before + inside)
    return Target(target.path, target.qualname, text, span)


def _growth(edit: Edit) -> int:
    return len(edit.new_text) - (edit.span.end - edit.span.start)

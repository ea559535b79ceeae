"""The verified edits of a report in SARIF 2.1.0, for code scanning: a result for each function, with the fix."""

import json
from difflib import SequenceMatcher
from typing import Any

from speedproof import __version__
from speedproof.core.report import FunctionResult, Report
from speedproof.core.text import lines_of
from speedproof.report import words
from speedproof.report.patch import by_file

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULE = "faster-version"


def dumps(report: Report) -> str:
    return json.dumps(document(report), indent=2)


def document(report: Report) -> dict[str, Any]:
    """Lines and columns are those of the files as they are now. A file's edits come as one fix: so they were proved."""
    results = []
    for of_file in by_file(report).values():
        before, after = of_file[0].before, of_file[-1].after or ""
        change = {"artifactLocation": _place(of_file[0]), "replacements": _replacements(before, after)}
        fix = {"description": {"text": _description(of_file)}, "artifactChanges": [change]}
        results += [_result(result, before, fix) for result in of_file]
    rule = {
        "id": RULE,
        "shortDescription": {"text": "A faster version was proved"},
        "fullDescription": {
            "text": "It behaved the same on every input that was tried, and was measurably faster. What was compared, "
            "and what was not, is in the HTML report."
        },
        "defaultConfiguration": {"level": "note"},
    }
    driver = {"name": "Speedproof", "semanticVersion": __version__, "rules": [rule]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(result: FunctionResult, text: str, fix: dict[str, Any]) -> dict[str, Any]:
    message = f"{result.function} can be {words.headline(result.verdict)}"
    if result.saved_share:
        message += f"; this would save {words.share(result.saved_share)} of the workload's time"
    return {
        "ruleId": RULE,
        "ruleIndex": 0,
        "level": "note",
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": _place(result), "region": _region(result, text)}}],
        "partialFingerprints": {"function/v1": f"{result.path.as_posix()}::{result.function}"},
        "fixes": [fix],
    }


def _region(result: FunctionResult, text: str) -> dict[str, int]:
    """The definition's first line, as it is in `text`."""
    name = result.function.rpartition(".")[2]
    for number, line in enumerate(lines_of(text), 1):
        if line.lstrip().startswith((f"def {name}(", f"async def {name}(", f"def {name}[")):
            return {"startLine": number}
    return {"startLine": 1}


def _place(result: FunctionResult) -> dict[str, str]:
    return {"uri": result.path.as_posix(), "uriBaseId": "%SRCROOT%"}


def _replacements(before: str, after: str) -> list[dict[str, Any]]:
    """Whole lines, from the start of the first to the start of the line after the last."""
    old, new = lines_of(before), lines_of(after)
    found = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        region = {"startLine": start + 1, "startColumn": 1, "endLine": end + 1, "endColumn": 1}
        found.append({"deletedRegion": region, "insertedContent": {"text": "".join(new[new_start:new_end])}})
    return found


def _description(of_file: list[FunctionResult]) -> str:
    names = ", ".join(result.function for result in of_file)
    return (
        f"The verified edit of {names}" if len(of_file) == 1 else f"The verified edits of {names}, proved in this order"
    )

"""What is printed as JSON is what the schema that comes along says, no more and no less."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from results import GIVEN, OMISSIONS, REPORT, SLOWER, STATIC, THOROUGH

import speedproof.report.json
from speedproof.core.report import FORMAT_VERSION, Outcome, Report
from speedproof.core.verdict import Status

SCHEMA = json.loads(Path(speedproof.report.json.__file__).with_name("report.schema.json").read_text())


def problems(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(document)]


@pytest.mark.parametrize(
    "report",
    [
        Report(),
        REPORT,
        Report((STATIC,)),
        Report((GIVEN, SLOWER, THOROUGH), ("a merge",), "ab12cd34ef Count once", OMISSIONS),
    ],
)
def test_reports_follow_the_schema(report: Report) -> None:
    document = json.loads(speedproof.report.json.dumps(report))
    assert problems(document) == []


def test_the_schema_is_sound_and_of_this_version() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"] == {"const": FORMAT_VERSION}


def test_verdicts_and_outcomes_are_the_real_ones() -> None:
    fields = SCHEMA["$defs"]["result"]["properties"]
    assert fields["verdict"]["enum"] == [status.value for status in Status]
    assert fields["outcome"]["enum"] == [*(outcome.value for outcome in Outcome), None]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"version": 2}, "$.version: 1 was expected"),
        ({"results": [{}]}, "'path' is a required property"),
        ({"more": 1}, "Additional properties are not allowed ('more' was unexpected)"),
    ],
)
def test_what_does_not_follow_it(change: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in problems(json.loads(speedproof.report.json.dumps(REPORT)) | change))

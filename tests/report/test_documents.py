"""Reports for other tools: a patch, SARIF, JUnit."""

import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from results import AFTER, BEFORE, DIFFERS, GIVEN, OMISSIONS, REPORT, SLOWER, VERIFIED

from speedproof.core.hotspot import Hotspot
from speedproof.core.report import FunctionResult, Report
from speedproof.report import junit, sarif
from speedproof.report.patch import patch

TWICE = f"{BEFORE}\n\n{BEFORE.replace('joined', 'again')}"
ONCE = f"{AFTER}\n\n{BEFORE.replace('joined', 'again')}"
NONE = f"{AFTER}\n\n{AFTER.replace('joined', 'again')}"
FIRST = FunctionResult(Path("pkg/text.py"), "joined", TWICE, VERIFIED, after=ONCE, hotspot=Hotspot(3, 0.2, 0.5))
SECOND = FunctionResult(Path("pkg/text.py"), "Page.again", ONCE, VERIFIED, after=NONE)
BOTH = Report((FIRST, replace(FIRST, function="other", verdict=DIFFERS, after=None), SECOND))


@pytest.mark.parametrize(
    ("encoding", "newline", "extra"),
    [
        ("utf-8", "\n", ""),
        ("utf-8", "\r\n", "\n# \N{SNOWMAN}\n"),
        ("utf-8-sig", "\n", "\n# \N{SNOWMAN}"),
        ("latin-1", "\r\n", "\n# -*- coding: latin-1 -*-\n# \xe9\n"),
        ("utf-8", "\n", "\n\x0c\n# a page, and \u2028 in a comment\n"),
    ],
)
def test_a_patch_holds_the_edits_of_a_file_together(tmp_path: Path, encoding: str, newline: str, extra: str) -> None:
    """Git takes it whatever the file is written in."""
    head = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    before, between, after = (head + text + extra for text in (TWICE, ONCE, NONE))
    place = tmp_path / "pkg" / "text.py"
    place.parent.mkdir()
    place.write_bytes(before.replace("\n", newline).encode(encoding))
    first, second = replace(FIRST, before=before, after=between), replace(SECOND, before=between, after=after)
    made = patch(Report((first, second)), tmp_path)
    subprocess.run(["git", "apply", "-"], input=made, cwd=tmp_path, check=True)
    assert place.read_bytes() == after.replace("\n", newline).encode(encoding)
    assert patch(Report(), tmp_path) == b""


def test_sarif_has_a_result_for_each_edit_and_fixes_that_lead_to_the_text_after() -> None:
    [run] = sarif.document(BOTH)["runs"]
    first, second = run["results"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert [place["region"] for place in places] == [{"startLine": 1}, {"startLine": 8}]
    assert places[0]["artifactLocation"] == {"uri": "pkg/text.py", "uriBaseId": "%SRCROOT%"}
    assert "32 % of the workload's time" not in second["message"]["text"]
    assert "34 % of the workload's time" in first["message"]["text"]
    lines = TWICE.splitlines(keepends=True)
    [change] = second["fixes"][0]["artifactChanges"]
    for replacement in reversed(change["replacements"]):
        region = replacement["deletedRegion"]
        lines[region["startLine"] - 1 : region["endLine"] - 1] = [replacement["insertedContent"]["text"]]
    assert "".join(lines) == NONE


def test_junit_fails_only_for_rewrites_that_somebody_made() -> None:
    suite = ElementTree.fromstring(junit.document(Report((GIVEN, SLOWER), omissions=OMISSIONS))).find("testsuite")
    assert suite is not None
    assert int(suite.get("failures") or 0) >= 1
    assert int(suite.get("tests") or 0) == len(suite)
    found = ElementTree.fromstring(junit.document(REPORT)).find("testsuite")
    assert found is not None
    assert found.get("failures") == "0"


def test_junit_is_xml_whatever_a_value_holds() -> None:
    strange = replace(VERIFIED, status=DIFFERS.status, reason="\x00\x1b[31m <&> \ud800")
    suite = ElementTree.fromstring(junit.document(Report((replace(GIVEN, verdict=strange),))))
    assert suite.find("testsuite/testcase") is not None

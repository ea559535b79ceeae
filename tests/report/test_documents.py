"""Reports for other tools: a patch, SARIF, JUnit."""

import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

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


def test_a_patch_holds_the_edits_of_a_file_together(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "text.py").write_text(TWICE)
    subprocess.run(["git", "apply", "-"], input=patch(BOTH), text=True, cwd=tmp_path, check=True)
    assert (tmp_path / "pkg" / "text.py").read_text() == NONE
    assert patch(Report()) == ""


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

"""A report as JUnit's XML, which continuous integration shows: a test case for each function."""

import re
from xml.etree import ElementTree

from speedproof.core.report import FunctionResult, Outcome, Report
from speedproof.core.verdict import Status
from speedproof.report import words

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REFUTED = frozenset({Outcome.SLOWER, Outcome.DIFFERS, Outcome.CRASHED, Outcome.TIMED_OUT})


def document(report: Report) -> str:
    """Only a rewrite that somebody made can fail; those that were looked for are found, or are not."""
    suite = ElementTree.Element("testsuite", name="speedproof")
    n_failed = n_skipped = n_errors = 0
    for result in report.results:
        place = result.path.with_suffix("").as_posix().replace("/", ".")
        case = ElementTree.SubElement(
            suite, "testcase", classname=_text(place), name=_text(result.function), time=f"{result.seconds:.3f}"
        )
        told = _text(words.headline(result.verdict))
        if _fails(result):
            n_failed += 1
            ElementTree.SubElement(case, "failure", message=told, type=result.verdict.status.value)
        elif result.verdict.status is Status.UNVERIFIABLE:
            n_skipped += 1
            ElementTree.SubElement(case, "skipped", message=told)
        elif result.found:
            ElementTree.SubElement(case, "system-out").text = told
    for omission in report.omissions:
        if omission.is_problem:
            n_errors += 1
            name = _text(words.omission_place(omission))
            case = ElementTree.SubElement(suite, "testcase", classname="speedproof", name=name)
            ElementTree.SubElement(case, "error", message=_text(omission.reason))
    counts = {"failures": n_failed, "skipped": n_skipped, "errors": n_errors}
    for key, count in counts.items():
        suite.set(key, str(count))
    suite.set("tests", str(len(suite)))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _fails(result: FunctionResult) -> bool:
    return result.was_given and result.outcome in REFUTED


def _text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

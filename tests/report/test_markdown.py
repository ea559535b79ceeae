"""The evidence as Markdown: complete, and nothing in a value is taken for markup."""

import re

import pytest
from results import DIFFERS, FOUND, OMISSIONS, REFUTED, SLOWER, THOROUGH, UNKNOWN, result

from speedproof.core.report import Report
from speedproof.core.verdict import Counterexample, Status, Verdict
from speedproof.report.markdown import code, code_block, document, escaped, evidence, proof


def test_evidence_for_a_hover() -> None:
    expected = """\
**Speedproof: verified**: 3.10× (95 %: 2.90-3.30) faster

- verdict: 3.10× faster, same behaviour on 214 inputs
- speed: 3.10× (95 %: 2.90-3.30), CPU time, 8 timed inputs, 4 pairs of fresh processes, least favourable input 0.98×
- inputs: 214 distinct inputs compared: 40 recorded, 174 mutated
- coverage: 97 % of the original's lines, 100 % of the rewrite's
- memory: peak 1.2 MiB → 456 B
- unverified: what it prints
- part: str-concat-in-loop: 2.50×
- part: ruff:PERF401: a further 1.20×
"""
    assert evidence(FOUND) == expected


def test_evidence_of_a_refutation() -> None:
    expected = """\
**Speedproof: differs**: result differs on joined(\\[\\])

- inputs: 3 distinct inputs compared: 3 recorded
- coverage: 50 % of the original's lines
- input: `joined([])`
- differs in: result
- original: `''`
- rewrite: `None`
"""
    assert evidence(REFUTED) == expected


def test_without_evidence_there_is_the_reason() -> None:
    assert evidence(UNKNOWN).startswith("**Speedproof: unverifiable**: no inputs found")


def test_the_proof_holds_everything() -> None:
    text = proof(FOUND)
    assert text.startswith("# Proof for `pkg/text.py::joined`\n")
    assert evidence(FOUND) in text
    assert "```diff\n--- a/pkg/text.py\n+++ b/pkg/text.py\n" in text
    assert "### rule str-concat-in-loop: verified" in text
    assert "### ruff:PERF401: differs" in text
    assert "- input: `joined([])`" in text
    assert "- sandbox: landlock (ABI 7), seccomp" in text
    assert "- took: 12.3 s" in text
    assert "## Change" not in proof(REFUTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x", "`x`"), ("", "`  `"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("a\nb", "`a b`"), ("\x1b", "`\\x1b`")],
)
def test_code_spans(text: str, expected: str) -> None:
    assert code(text) == expected


def test_a_code_block_cannot_be_left() -> None:
    assert code_block("a\n```\nb\n", "diff") == "````diff\na\n```\nb\n````\n"


def test_text_is_no_markup() -> None:
    assert escaped("<b> *x* [a](b) `c`\n# d") == r"\<b\> \*x\* \[a\](b) \`c\` \# d"
    nasty = "<img src=x onerror=alert(1)> [x](command:run) ![y](http://z)"
    verdict = Verdict(DIFFERS.status, nasty, counterexample=Counterexample("f()", nasty, "1", "2"))
    assert not re.search(r"(?<!\\)[<>\[\]]", evidence(result(verdict)).replace("`f()`", ""))
    assert Status.DIFFERS.value in evidence(result(verdict))


def test_a_report_is_a_table_and_the_proofs() -> None:
    text = document(Report((THOROUGH, SLOWER), ("a merge",), "a1b2c3 Join", OMISSIONS))
    assert text.startswith("# Speedproof: a1b2c3 Join\n\n1 verified faster, 1 same behaviour, slower\n")
    assert "| function | verdict | speed | inputs | coverage |" in text
    assert "| `pkg/text.py::joined` | verified faster | 3.10× | 214 | 97 % |" in text
    assert "| `pkg/text.py::Text.joined` | same behaviour, slower | 0.50× | 40 | 100 % |" in text
    assert "## Proof for `pkg/text.py::joined`\n" in text
    assert "- note: its decorators changed\n" in text
    assert "### Timed inputs\n\n- `joined(['a', 'b'])`: 0.91×, 2.1 µs → 2.3 µs, recorded, size 2, 12 passes\n" in text
    assert "- `pkg/broken.py`: not Python\n" in text
    assert text.endswith("## Notes\n\n- a merge\n")
    assert "Candidates\n" not in text


def test_an_empty_report() -> None:
    assert document(Report()) == "# Speedproof: 0 functions\n\nnothing was compared\n"

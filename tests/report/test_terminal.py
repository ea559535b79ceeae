"""What people read at a terminal, line for line."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from results import (
    FOUND,
    GIVEN,
    JOIN,
    NOISY,
    OMISSIONS,
    REFUTED,
    REPORT,
    SAME,
    SLOW,
    SLOWER,
    STATIC,
    THOROUGH,
    UNKNOWN,
    VERIFIED,
    result,
)

from speedproof.core.report import FunctionResult, Report, Trial
from speedproof.core.target import Candidate
from speedproof.core.verdict import Counterexample, Status, Verdict
from speedproof.report.terminal import MAX_TRIALS, make_console, print_result, print_summary


def check(shown: FunctionResult, expected: str, *, explain: bool = False) -> None:
    """The text printed where no terminal is."""
    file = io.StringIO()
    print_result(make_console(file), shown, explain=explain)
    assert file.getvalue() == expected


def test_a_verified_edit() -> None:
    expected = """\
✓ pkg/text.py::joined  verified  3.10× (95 %: 2.90-3.30) faster
    @@ -1,5 +1,2 @@
     def joined(parts):
    -    text = ""
    -    for part in parts:
    -        text += part
    -    return text
    +    return "".join(parts)
    verdict     3.10× faster, same behaviour on 214 inputs
    speed       3.10× (95 %: 2.90-3.30), CPU time, 8 timed inputs, 4 pairs of fresh processes, \
least favourable input 0.98×
    inputs      214 distinct inputs compared: 40 recorded, 174 mutated
    coverage    97 % of the original's lines, 100 % of the rewrite's
    memory      peak 1.2 MiB → 456 B
    unverified  what it prints
    part        str-concat-in-loop: 2.50×
    part        ruff:PERF401: a further 1.20×
    ≠ ruff:PERF401  differs  result differs on joined([])
      input       joined([])
      differs in  result
      original    ''
      rewrite     None
"""
    check(FOUND, expected)


def test_what_could_not_be_run() -> None:
    expected = """\
? pkg/text.py::joined  unverifiable  nothing was run: no sandbox on win32 yet
    static suggestion, not run, not proved: rule str-concat-in-loop
    @@ -1,5 +1,2 @@
     def joined(parts):
    -    text = ""
    -    for part in parts:
    -        text += part
    -    return text
    +    return "".join(parts)
"""
    check(STATIC, expected)
    many = replace(STATIC, suggestions=(JOIN,) * (MAX_TRIALS + 2))
    check(
        many, expected + "".join(expected.splitlines(True)[1:]) * (MAX_TRIALS - 1) + "    2 more: --explain shows all\n"
    )


def test_a_refuted_candidate() -> None:
    expected = """\
≠ pkg/text.py::Text.joined  differs  result differs on joined([])
    ≠ ruff:PERF401  differs  result differs on joined([])
      input       joined([])
      differs in  result
      original    ''
      rewrite     None
"""
    check(REFUTED, expected)


def test_of_a_function_without_an_edit_each_other_candidate_is_told() -> None:
    expected = """\
= pkg/text.py::joined  not_faster  slower on the recorded calls: 0.98×
    ≠ ruff:PERF401  differs  result differs on joined([])
      input       joined([])
      differs in  result
      original    ''
      rewrite     None
"""
    check(SLOW, expected)


def test_where_nothing_could_be_compared_one_line_says_why() -> None:
    check(UNKNOWN, "? pkg/text.py::joined  unverifiable  no inputs found: a test that calls it would help\n")


def test_a_given_rewrite_is_told_without_its_diff() -> None:
    expected = """\
≠ pkg/text.py::joined  differs  result differs on joined([])
    input       joined([])
    differs in  result
    original    ''
    rewrite     None
"""
    check(GIVEN, expected)


def test_explained() -> None:
    expected = """\
= pkg/text.py::joined  not_faster  slower on the recorded calls: 0.98×
    = rule str-concat-in-loop  not_faster  slower on the recorded calls: 0.98×
      speed       0.98× (95 %: 0.97-0.99), CPU time, 1 pair of fresh processes
      inputs      40 distinct inputs compared: 40 recorded
      coverage    100 % of the original's lines
      original    █                                   10 ms to 10 ms
      rewrite                                      █  10.2 ms to 10.2 ms
    ≠ ruff:PERF401  differs  result differs on joined([])
      input       joined([])
      differs in  result
      original    ''
      rewrite     None
      inputs      3 distinct inputs compared: 3 recorded
      coverage    50 % of the original's lines
    sandbox     landlock (ABI 7), seccomp
    candidates  2
"""
    check(SLOW, expected, explain=True)


def test_many_candidates_are_cut_short() -> None:
    reasons = [f"slower: 0.{n}×" for n in range(10, 20)]
    trials = [
        Trial(Candidate("", "rule", (f"r{n}",)), Verdict(Status.NOT_FASTER, why)) for n, why in enumerate(reasons)
    ]
    file = io.StringIO()
    print_result(make_console(file), result(Verdict(Status.NOT_FASTER, "none is faster"), *trials))
    lines = file.getvalue().splitlines()
    assert len(lines) == 1 + MAX_TRIALS + 1
    assert lines[-1].strip() == f"{10 - MAX_TRIALS} more: --explain shows all"


@pytest.mark.parametrize("explain", [False, True])
def test_long_values_are_shortened_in_the_middle_unless_explained(explain: bool) -> None:
    long = f"f({'x' * 5000})"
    verdict = Verdict(Status.DIFFERS, "result differs", counterexample=Counterexample(long, "result", "1", "2"))
    file = io.StringIO()
    print_result(make_console(file), result(verdict), explain=explain)
    line = next(line for line in file.getvalue().splitlines() if "input" in line)
    assert line.endswith("xx)")
    assert (len(line) > 5000) == explain
    assert ("…" in line) != explain


def test_what_code_under_test_says_cannot_steer_the_terminal() -> None:
    nasty = "\x1b[2J\x07\u202egnp.exe\u200b\x9b31m\r\x7f"
    verdict = Verdict(Status.DIFFERS, nasty, counterexample=Counterexample(nasty, nasty, nasty, nasty))
    trial = Trial(Candidate("", "rule", (nasty,)), verdict)
    file = io.StringIO()
    console = make_console(file)
    for shown in (result(verdict, trial), replace(FOUND, before=f"# {nasty}\n", after="pass\n", function=nasty)):
        print_result(console, shown, explain=True)
    print_summary(console, Report((), (nasty,)))
    assert not set(nasty[0] + "\x07\u202e\u200b\x9b\r\x7f") & set(file.getvalue())
    assert r"\x1b[2J\x07\u202egnp.exe\u200b\x9b31m\r\x7f" in file.getvalue()


def printed_on_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    print_result(make_console(file), FOUND)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [10, 40, 80])
def test_a_terminal_s_lines_are_broken_at_its_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in printed_on_terminal(width, monkeypatch)]
    # Code is never broken by us. A column narrower than 20 would be of no use either.
    evidence = [line for line in lines if not line.lstrip().startswith(("-", "+", "@", "def"))]
    assert max(map(len, evidence)) <= max(width, 4 + 12 + 20)
    after_speed = lines[next(n for n, line in enumerate(lines) if "speed  " in line) + 1]
    assert after_speed.startswith(" " * 16)


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    green_or_red = re.compile(r"\x1b\[(1;)?3[12]m")
    assert any(map(green_or_red.search, printed_on_terminal(80, monkeypatch)))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not any(map(green_or_red.search, printed_on_terminal(80, monkeypatch)))


def test_the_summary() -> None:
    file = io.StringIO()
    console = make_console(file)
    print_summary(console, REPORT)
    print_summary(console, Report())
    assert file.getvalue() == (
        "note: budget reached\n"
        "4 functions: 1 verified, 1 not_faster, 1 differs, 1 unverifiable\n"
        "0 functions\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (replace(GIVEN, verdict=VERIFIED), "✓ pkg/text.py::joined  verified faster  3.10× (95 %: 2.90-3.30) faster\n"),
        (replace(GIVEN, verdict=SAME), "= pkg/text.py::joined  same behaviour, not faster  measured 1.00×\n"),
        (SLOWER, "= pkg/text.py::Text.joined  same behaviour, slower  slower: 0.50×\n"),
        (GIVEN, "≠ pkg/text.py::joined  differs  result differs on joined([])\n"),
        (replace(GIVEN, verdict=NOISY), "? pkg/text.py::joined  same behaviour, not faster  too noisy\n"),
        (replace(GIVEN, verdict=UNKNOWN.verdict), "? pkg/text.py::joined  unverifiable  no inputs found"),
    ],
)
def test_a_change_is_told_by_its_outcome(given: FunctionResult, expected: str) -> None:
    file = io.StringIO()
    print_result(make_console(file), given)
    assert file.getvalue().startswith(expected)


def test_the_summary_of_a_change() -> None:
    file = io.StringIO()
    print_summary(make_console(file), Report((THOROUGH, SLOWER, GIVEN), ("a merge",), "a1b2c3 Join", OMISSIONS))
    expected = """\
note: a merge
- pkg/text.py::split  added: there is nothing to compare it with
- pkg/broken.py  not Python
a1b2c3 Join
3 functions: 1 verified faster, 1 same behaviour, slower, 1 differs
"""
    assert file.getvalue() == expected


def test_of_many_omissions_only_some_are_printed_but_all_problems() -> None:
    file = io.StringIO()
    added, broken = OMISSIONS
    print_summary(make_console(file), Report(omissions=(added,) * 50 + (broken,) * 2))
    lines = file.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines[:22]] == ["- pkg/text.py::split"] * 20 + ["- pkg/broken.py"] * 2
    assert lines[22] == "- 30 more parts that were not compared"

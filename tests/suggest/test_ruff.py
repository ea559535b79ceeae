"""Ruff's fixes as candidates: only those in the target, made together per code, and never a failure."""

import json
import subprocess
from types import SimpleNamespace

import pytest
from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]
from rule_examples import target_in

from speedproof.suggest import ruff
from speedproof.suggest.propose import compose, propose


def check(before: str, code: str, after: str | None, *, name: str = "", python: str = "") -> None:
    fixed = ruff.fixes(target_in(before, name), python=python)
    assert (fixed[code].text if code in fixed else None) == after
    if code in fixed:
        assert fixed[code] == target_in(fixed[code].text, target_in(before, name).qualname)


@pytest.mark.parametrize(
    ("before", "code", "after"),
    [
        pytest.param(
            "def f(d, x):\n    return x in d.keys() or x + 1 in d.keys()\n",
            "SIM118",
            "def f(d, x):\n    return x in d or x + 1 in d\n",
            id="all fixes of a code together",
        ),
        pytest.param(
            "def f(xs):\n    out = []\n    for x in xs:\n        if x:\n            out.append(x + 1)\n    return out",
            "PERF401",
            "def f(xs):\n    out = [x + 1 for x in xs if x]\n    return out",
            id="a loop",
        ),
        pytest.param(
            "é = '𝔘'\n\ndef g(d):\n    return 1 in d.keys()\n\n\ndef f(d, é='𝔘'):\n    return '𝔘', 1 in d.keys()\n",
            "SIM118",
            "é = '𝔘'\n\ndef g(d):\n    return 1 in d.keys()\n\n\ndef f(d, é='𝔘'):\n    return '𝔘', 1 in d\n",
            id="only in the target, columns in characters",
        ),
        pytest.param(
            "import os\n\n\ndef f(xss):\n    return sum(xss, [])\n",
            "RUF017",
            "import os\nimport functools\nimport operator\n\n\ndef f(xss):\n"
            "    return functools.reduce(operator.iadd, xss, [])\n",
            id="imports come along",
        ),
        pytest.param("import math\n\ndef f(r):\n    return 3.14159 * r\n", "FURB152", None, id="another value"),
        pytest.param("def f(x):\n    return dict()\n", "C408", None, id="not faster"),
        pytest.param("def f(x):\n    return x.keys()\n", "SIM118", None, id="nothing to fix"),
        pytest.param(
            "def f(d):\r\n\treturn 1 in d.keys()\r\n", "SIM118", "def f(d):\r\n\treturn 1 in d\r\n", id="crlf and tabs"
        ),
        pytest.param(
            "\ufeffdef f(d):\n    return 1 in d.keys()\n", "SIM118", "\ufeffdef f(d):\n    return 1 in d\n", id="bom"
        ),
    ],
)
def test_fixes(before: str, code: str, after: str | None) -> None:
    check(before, code, after)


def test_version_decides_what_is_offered() -> None:
    before = "def f(n):\n    return bin(n).count('1')\n"
    check(before, "FURB161", "def f(n):\n    return (n).bit_count()\n", python="py311")
    check(before, "FURB161", None, python="py39")


def test_fixes_are_candidates_and_parts() -> None:
    target = target_in("def f(pairs):\n    return [x for x, _ in pairs] + list(map(lambda p: p[0], pairs))\n")
    candidate = next(c for c in propose(target) if c.parts == ("ruff:C417",))
    assert candidate.origin == "ruff"
    assert compose(target, ["ruff:C417"]) == candidate


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not json",
        b"{}",
        b"[1, null, {}]",
        b'[{"code": "SIM118", "fix": null}]',
        b'[{"code": "SIM118", "fix": {"edits": [{"content": "", "location": {"row": 99, "column": 1},'
        b' "end_location": {"row": 99, "column": 2}}]}}]',
        b'[{"code": null, "fix": {"edits": []}}]',
        json.dumps(["x"]).encode(),
    ],
)
def test_garbage_means_no_candidates(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: SimpleNamespace(stdout=answer))
    assert ruff.fixes(target_in("def f(d):\n    return 1 in d.keys()\n")) == {}


@pytest.mark.parametrize("error", [FileNotFoundError(), subprocess.TimeoutExpired("ruff", 1), PermissionError()])
def test_no_ruff_means_no_candidates(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", fail)
    assert ruff.fixes(target_in("def f(d):\n    return 1 in d.keys()\n")) == {}


def test_the_excluded_codes_exist() -> None:
    """A code that Ruff no longer has, or a reason for a family that is not asked for, would only mislead."""
    command = [find_ruff_bin(), "rule", "--all", "--output-format", "json"]
    known = {rule["code"] for rule in json.loads(subprocess.run(command, capture_output=True, check=True).stdout)}
    assert ruff.EXCLUDED.keys() <= known
    assert all(code.startswith(tuple(ruff.FAMILIES.split(","))) for code in ruff.EXCLUDED)

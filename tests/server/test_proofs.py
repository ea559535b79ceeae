"""A verified edit is carried over to the text as it is now, or not at all."""

from pathlib import Path

import pytest

from speedproof.analysis.targets import find_target
from speedproof.core.report import FunctionResult
from speedproof.core.text import apply_edits
from speedproof.core.verdict import Speedup, Status, Verdict
from speedproof.server.document import Document
from speedproof.server.proofs import Conflict, Proof, edits_for

PATH = Path("/project/a.py")
BEFORE = '''"""Doc."""
import os
import sys

LIMIT = 3


class Shape:
    def area(self):
        return slow(self)

    def other(self):
        return 1


def last():
    return 2
'''
AFTER = BEFORE.replace("import sys", "import fast\nimport sys").replace("slow(self)", "fast.quick(self)")
VERIFIED = Verdict(Status.VERIFIED, "", speedup=Speedup(2.0, 1.9, 2.1))


def proof_of(before: str = BEFORE, after: str | None = AFTER, name: str = "Shape.area") -> Proof:
    target = find_target(PATH, before, name)
    assert target is not None
    return Proof.of(target, FunctionResult(PATH, name, before, VERIFIED, after))


def check_applied(now: str, expected: str) -> None:
    """The rewrite, applied to `now`, comes to `expected`."""
    assert apply_edits(now, edits_for(proof_of(), Document.opened("file:///a.py", 1, now))) == expected


def check_refused(now: str, reason: str, proof: Proof | None = None) -> None:
    with pytest.raises(Conflict, match=reason):
        edits_for(proof or proof_of(), Document.opened("file:///a.py", 1, now))


def test_the_same_text() -> None:
    check_applied(BEFORE, AFTER)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return 2\n", "return 3\n"),
        ("LIMIT = 3\n", "LIMIT = 3\nOTHER = 4\n"),
        ("LIMIT = 3\n", ""),
        ('"""Doc."""\n', '"""Doc.\n\nLonger.\n"""\n'),
        ('"""Doc."""\n', ""),
        ("        return 1\n", "        return 1\n\n    def more(self):\n        return 2\n"),
        ("class Shape:\n", "def before():\n    pass\n\n\nclass Shape:\n    size = 1\n\n"),
        ("class Shape:\n", "@decorated\nclass Shape:\n"),
        ("    return 2\n", "    return 2"),
        ("import sys\n", "import sys\nimport time\n"),
        ("import os\n", "import abc\nimport os\n"),
    ],
)
def test_an_edit_elsewhere_is_kept(old: str, new: str) -> None:
    assert old in BEFORE
    check_applied(BEFORE.replace(old, new), AFTER.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("import sys\n", "import re\nimport sys\n", "import os\nimport fast\nimport re\nimport sys\n"),
        ("import sys\n", "import sys as s\n", "import os\nimport fast\nimport sys as s\n"),
        ("import os\n", "import abc\n", "import abc\nimport fast\nimport sys\n"),
    ],
)
def test_an_edit_beside_an_added_line_is_kept(old: str, new: str, expected: str) -> None:
    after = AFTER.replace("import os\nimport fast\nimport sys\n", expected)
    check_applied(BEFORE.replace(old, new), after)


def test_several_edits_elsewhere_are_kept() -> None:
    def edited(text: str) -> str:
        return text.replace('"""Doc."""', '"""New."""').replace("LIMIT = 3\n", "").replace("return 2", "return 3")

    check_applied(edited(BEFORE), edited(AFTER))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("slow(self)", "slow(self, 1)"),
        ("def area(self)", "def area(self, x)"),
        ("def area(self):\n        return slow(self)\n", ""),
        ("def area(self):\n", "@cached\n    def area(self):\n"),
        ("class Shape", "class Form"),
        ("slow(self)\n", "slow(self)  # why\n"),
        ("    def other(self):\n        return 1\n", "    def area(self):\n        return 1\n"),
    ],
)
def test_an_edit_to_the_function_is_a_conflict(old: str, new: str) -> None:
    check_refused(BEFORE.replace(old, new), "`Shape.area` was changed meanwhile")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import os\nimport sys\n", "import os, sys\n"),
        ("import os\nimport sys\n\n", "\nimport sys, os\n"),
        ("import os\nimport sys\n", ""),
    ],
)
def test_an_edit_to_another_place_that_the_rewrite_changes_is_a_conflict(old: str, new: str) -> None:
    check_refused(BEFORE.replace(old, new), "outside of `Shape.area`")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class Shape:\n", "slow = len\n\n\nclass Shape:\n"),
        ("class Shape:\n", "fast = 3\n\n\nclass Shape:\n"),
        ("class Shape:\n", "class Shape(Base):\n"),
    ],
)
def test_an_edit_to_what_the_function_uses_is_a_conflict(old: str, new: str) -> None:
    before = BEFORE.replace("class Shape:", "class Base:\n    pass\n\n\nclass Shape:")
    proof = proof_of(before, AFTER.replace("class Shape:", "class Base:\n    pass\n\n\nclass Shape:"))
    check_refused(before.replace(old, new), "something that `Shape.area` uses", proof)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return 2", "return (2"),
        # The import would end up inside of a string, or of a condition.
        ("import os\nimport sys\n", 'text = """\nimport os\nimport sys\n"""\n'),
        ("import os\nimport sys\n", "if os:\n    import os\nimport sys\nelse:\n    pass"),
    ],
)
def test_what_does_not_come_out_sound_is_a_conflict(old: str, new: str) -> None:
    check_refused(BEFORE.replace(old, new), "does not fit")


def test_nothing_is_taken_from_an_unverified_result() -> None:
    check_refused(BEFORE, "nothing is verified", proof_of(after=None))


def test_a_large_file_changed_everywhere_is_a_conflict_and_no_long_wait() -> None:
    many = "".join(f"value_{i} = {i}\n" for i in range(20_000))
    now = BEFORE.replace("LIMIT", "BOUND") + many.replace("=", " =")
    check_refused(now.replace('"""Doc."""', '"""New."""'), "outside of", proof_of(BEFORE + many, AFTER + many))


def test_holds_whatever_the_line_ends() -> None:
    target = find_target(PATH, BEFORE.replace("\n", "\r\n"), "Shape.area")
    assert target is not None
    assert proof_of().holds_for(target)

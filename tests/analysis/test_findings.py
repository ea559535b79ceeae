"""Hints at places that a rule may improve. A line that ends in `#! rule` expects one that starts on it."""

import re
from pathlib import Path

import pytest

from speedproof.analysis import findings
from speedproof.analysis.findings import find
from speedproof.analysis.syntax import Syntax
from speedproof.analysis.targets import targets_of
from speedproof.core.target import Finding
from speedproof.core.text import Edit, Span
from speedproof.suggest.propose import propose
from speedproof.suggest.rules.catalogue import RULES

MARK = re.compile(r" *#! (\S+)$", re.MULTILINE)


def check(marked: str) -> None:
    """The findings of a text, without its marks, are those that its marks name."""
    text = MARK.sub("", marked)
    expected = [(number, match[1]) for number, line in enumerate(marked.splitlines()) if (match := MARK.search(line))]
    syntax = Syntax.parse(text)
    found, _ = find(syntax, {})
    assert [(text.count("\n", 0, finding.span.start), finding.rule) for finding in found] == expected
    for target in targets_of(Path("a.py"), syntax):
        promised = {finding.rule for finding in found if finding.span.start in target.span}
        kept = {part.partition("/")[0] for candidate in propose(target) for part in candidate.parts}
        assert promised <= kept, f"the rule does not match in {target.qualname}"


def test_ids_are_those_of_the_rules() -> None:
    rules = {rule.id.partition("/")[0] for rule in RULES}
    assert {pattern.rule for pattern in findings._PATTERNS} <= rules


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_findings_are_in_code_points(newline: str) -> None:
    text = '# \U0001f600\ndef f(größen):\n    ß = ""\n    for g in größen:\n        ß += g\n'.replace("\n", newline)
    ((finding,), _) = find(Syntax.parse(text), {})
    assert finding.span.of(text) == "ß += g"
    assert finding.message.startswith("`ß` may be")


def test_strings() -> None:
    check("""
def grows(parts):
    text = ""
    for part in parts:
        text += part  #! str-concat-in-loop
    return text

def grows_in_while():
    text = "start"
    n = 0
    while n < 9:
        text += str(n)  #! str-concat-in-loop
        n += 1
    return text

def looked_at():
    text = ""
    while len(text) < 9:
        text += "x"
    return text

def made_anew(lines):
    for line in lines:
        text = ""
        text += line
        print(text)

def not_repeated():
    text = ""
    text += "a"

def a_number(parts):
    total = 0
    for part in parts:
        total += part

def nested(parts):
    text = ""
    def add(more):
        for part in more:
            text += part
""")


def test_lists() -> None:
    check("""
def grows(n):
    out = []
    for i in range(n):
        out = out + [i]  #! list-concat-to-append
    return out

def grows_elsewhere(n, other):
    out = []
    for i in range(n):
        out = other + [i]

def queue(items):
    todo = list(items)
    while todo:
        item = todo.pop(0)  #! pop-front-to-deque
        print(item)

def stack(items):
    todo = list(items)
    while todo:
        print(todo.pop())

def unknown_queue(todo):
    while todo:
        todo.pop(0)

def backwards(items):
    out = []
    for item in items:
        out.insert(0, item)  #! insert-front-to-reverse
    return out

def second(items):
    out = [1]
    for item in items:
        out.insert(1, item)
    out.insert(0, 3)
    return out
""")


def test_strings_that_grow_in_front() -> None:
    check("""
def digits(n):
    text = ""
    while n:
        text = str(n % 2) + text  #! str-prepend-in-loop
        n //= 2
    return text

def once(n):
    text = ""
    text = str(n) + text
    return text
""")


def test_sorting() -> None:
    check("""
def medians(values):
    seen = []
    out = []
    for value in values:
        seen.append(value)
        seen.sort()  #! insort-in-loop
        out.append(seen[len(seen) // 2])
    return out

def once(values):
    seen = []
    for value in values:
        seen.append(value)
    seen.sort()
    return seen

def other_order(values):
    seen = []
    for value in values:
        seen.append(value)
        seen.sort(reverse=True)
    return seen
""")


def test_keys() -> None:
    check("""
def known(table, words):
    return [word for word in words if word in list(table.keys())]  #! keys-membership

def known_values(table, words):
    return [word for word in words if word in list(table.values())]
""")


def test_patterns() -> None:
    check("""
import re

def years(lines):
    found = []
    for line in lines:
        if re.match("[0-9]{4}$", line):  #! regex-precompiled
            found.append(line)
    return found

def once(line):
    return re.match("[0-9]{4}$", line)

def unknown(lines, pattern):
    return [line for line in lines if re.match(pattern, line)]
""")


def test_membership() -> None:
    check("""
def common(left, right: list[int] = ()):
    return [x for x in left if x in right]  #! membership-to-set

def steady(items):
    known = sorted(items)
    for item in items:
        if item not in known:  #! membership-to-set
            print(item)
        if item in {1, 2}:
            print(item)

def changing(items):
    seen = []
    for item in items:
        if item not in seen:  #! seen-list-to-set
            seen.append(item)
    return seen

def shrinking(items):
    seen = []
    for item in items:
        if item not in seen:
            seen.append(item)
        else:
            seen.remove(item)

def once(item):
    known = [1, 2]
    return item in known

def unknown(items, known):
    return [item for item in items if item in known]
""")


def test_counting() -> None:
    check("""
def unique(nums: list[int]):
    return [n for n in nums if nums.count(n) == 1]  #! count-to-counter

def changing(nums: list[int]):
    for n in nums:
        if nums.count(n) == 1:
            nums.remove(n)

def a_constant(nums: list[int], others):
    return [nums.count(0) for _ in others]
""")


def test_module_level_code_has_no_findings() -> None:
    check('text = ""\nfor part in parts:\n    text += part\n')


def test_only_changed_functions_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def function(name: str) -> str:
        return f'def {name}(parts):\n    text = ""\n    for part in parts:\n        text += part\n    return text\n\n\n'

    looked_at: list[str] = []
    of_function = findings._of_function

    def counting(syntax: Syntax, span: Span) -> list[Finding]:
        looked_at.append(span.of(syntax.text))
        return list(of_function(syntax, span))

    monkeypatch.setattr(findings, "_of_function", counting)
    syntax = Syntax.parse("".join(function(f"f{i}") for i in range(9)))
    first, known = find(syntax, {})
    assert (len(first), len(looked_at)) == (9, 9)
    looked_at.clear()
    edited = syntax.edited(Edit(Span(4, 6), "other"))
    second, _ = find(edited, known)
    assert [source[:9] for source in looked_at] == ["def other"]
    assert [finding.span.of(edited.text) for finding in second] == ["text += part"] * 9

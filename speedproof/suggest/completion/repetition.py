"""Answers that go round in circles."""

import re
from collections.abc import Sequence
from itertools import pairwise

MAX_BLOCK = 8
"""Lines in a block that is looked for again right below itself."""
TELLING = 8
"""Characters of a line that is not wanted twice in a row; a shorter one may be."""
N_ALIKE = 3
"""So many lines or blocks, alike but for numbers that count, are one too many."""

_NUMBER = re.compile(r"\d+")
_ROUND = re.compile(r"(?=.{0,40}[^\W\d_])(.{4,40}?)\1{3,}$")
"""Something with a letter in it, four times in a row."""
_LAST = 240
_OPERATOR = re.compile(r"\s+(?:and|or|&&|\|\|)\s+")
"""What is on both sides of these is never the same twice in one line."""
_SEPARATOR = re.compile(r"(?:\s*[,+|&]|\s+(?:and|or|&&|\|\|))\s*$")


def repeats_from(lines: Sequence[str]) -> int | None:
    """The index of the line from which on `lines`, stripped, only repeat what is before; the last one is looked at.

    That is an exact copy of the line or of the block before, or the third one that differs only in its numbers, which
    go up or down evenly: then from the second on, since the third shows that the second was no better.
    """
    for size in range(1, min(MAX_BLOCK, len(lines) // 2) + 1):
        block, before = lines[-size:], lines[-2 * size : -size]
        if block == before:
            thrice = lines[-3 * size : -2 * size] == block
            if thrice or sum(map(len, block)) >= TELLING * min(size, 2):
                return len(lines) - (2 * size if thrice else size)
        if len(lines) >= N_ALIKE * size:
            blocks = [lines[len(lines) - n * size : len(lines) - (n - 1) * size] for n in range(N_ALIKE, 0, -1)]
            if _count(["\n".join(block) for block in blocks]):
                return len(lines) - (N_ALIKE - 1) * size
    return None


def round_in(line: str) -> int | None:
    """Where `line`, or the beginning of one, ends if it must not go round.

    That is after the first of a run of equal pieces at its end, or before an operand that was there before.
    """
    if (again := _operand_again(line)) is not None:
        return again
    shift = max(len(line) - _LAST, 0)
    match = _ROUND.search(line, shift)
    if match is None:
        return None
    start, size = match.start(), len(match[1])
    while start and line[start - 1] == line[start - 1 + size]:
        start -= 1
    separator = _SEPARATOR.search(line, start, start + size)
    return separator.start() if separator is not None else start + size


def _operand_again(line: str) -> int | None:
    """Where the operator begins that is followed by what one of its kind has as an operand already."""
    seen: list[str] = []
    before: re.Match[str] | None = None
    for operator in _OPERATOR.finditer(line):
        operand = line[before.end() if before is not None else 0 : operator.start()]
        if before is not None and len(operand) >= TELLING and any(_ends_with(each, operand) for each in seen):
            return before.start()
        seen.append(operand)
        before = operator
    return None


def _ends_with(text: str, operand: str) -> bool:
    """Whether `operand` is the last of `text`, in which a keyword or a bracket may be before it."""
    return text == operand or (text.endswith(operand) and not text[-len(operand) - 1].isalnum())


def _count(texts: Sequence[str]) -> bool:
    """Whether `texts` differ in numbers only, each of which changes by the same amount every time."""
    if len({_NUMBER.sub("0", text) for text in texts}) != 1:
        return False
    columns = list(zip(*([int(number[:18]) for number in _NUMBER.findall(text)] for text in texts), strict=True))
    steps = [{after - before for before, after in pairwise(column)} for column in columns]
    return any(step != {0} for step in steps) and all(len(step) == 1 for step in steps)

"""Two loops that move past given characters at both ends of a string: `strip`.

Why: the loops take a turn for every character, `strip` works inside the interpreter.

Requires: the loops are just these, nothing else uses their positions, and both values are strings, which is asked
unless annotations say so; anything else goes through the loops.

Before:
    def strip(text: str, characters: str = " ") -> str:
        start = 0
        end = len(text)
        while start < end and text[start] in characters:
            start += 1
        while end > start and text[end - 1] in characters:
            end -= 1
        return text[start:end]
After:
    def strip(text: str, characters: str = " ") -> str:
        return text.strip(characters)
Try:
    ("  a b ",)
    ("xxaxbxx", "x")
    ("abc", "")
    ("", "ab")
    ("aaa", "a")

Before:
    def trimmed(text, characters):
        start, end = 0, len(text)
        while start < end and text[start] in characters:
            start += 1
        while start < end and text[end - 1] in characters:
            end -= 1
        # What is left.
        return text[start:end]
After:
    def trimmed(text, characters):
        if isinstance(text, str) and isinstance(characters, str):
            return text.strip(characters)
        start, end = 0, len(text)
        while start < end and text[start] in characters:
            start += 1
        while start < end and text[end - 1] in characters:
            end -= 1
        # What is left.
        return text[start:end]
Try:
    ("xxaxbxx", "x")
    ([0, 1, 0], [0])
    ("ab", ["a"])
    ("", "")

Unchanged: the positions are used
    def f(text: str, characters: str):
        start = 0
        end = len(text)
        while start < end and text[start] in characters:
            start += 1
        while end > start and text[end - 1] in characters:
            end -= 1
        return text[start:end], start

Unchanged: another test
    def f(text: str, characters: str):
        start = 0
        end = len(text)
        while start < end and text[start] not in characters:
            start += 1
        while end > start and text[end - 1] not in characters:
            end -= 1
        return text[start:end]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match_lines, statement
from speedproof.suggest.syntax.tree import move_comments

_FORWARD = "while $start < $end and $text[$start] in $chars:\n    $start += 1\n"
_STARTS = ("$start = 0\n$end = len($text)\n", "$end = len($text)\n$start = 0\n", "$start, $end = 0, len($text)\n")
_BACKWARD = tuple(
    f"while {test} and $text[$end - 1] in $chars:\n    $end -= 1\nreturn $text[$start:$end]"
    for test in ("$end > $start", "$start < $end")
)
_PATTERNS = tuple(first + _FORWARD + last for first in _STARTS for last in _BACKWARD)


def rewrite(context: Context) -> cst.FunctionDef | None:
    for block, body in context.blocks():
        for at in range(max(len(body) - 5, 0), len(body)):
            found = match_lines(body[at:], *_PATTERNS)
            if found is None or not all(isinstance(n, cst.Name) for n in (found.text, found.chars)):
                continue
            if not context.builtins("len", "isinstance", "str") or _is_guarded(body[:at], found.text.value):
                continue
            quick = statement("return $text.strip($chars)", text=found.text, chars=found.chars)
            if context.is_a(found.text, "str") and context.is_a(found.chars, "str"):
                return context.with_block(block, [*body[:at], move_comments(body[at], quick)])
            guarded = statement(
                "if isinstance($text, str) and isinstance($chars, str):\n    $$quick",
                text=found.text, chars=found.chars, quick=[quick],
            )  # fmt: skip
            rest = [body[at].with_changes(leading_lines=()), *body[at + 1 :]]
            return context.with_block(block, [*body[:at], move_comments(body[at], guarded), *rest])
    return None


def _is_guarded(before: tuple[cst.CSTNode, ...], text: str) -> bool:
    return bool(before) and match_lines(
        (before[-1],),  # type: ignore[arg-type]
        f"if isinstance({text}, str) and isinstance($chars, str):\n    return {text}.strip($chars)",
    ) is not None  # fmt: skip

"""Spans and edits over text, in code-point offsets. Lines and columns exist only at the protocol's edge."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import accumulate


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code-point offsets, `start <= end`."""

    start: int
    end: int

    def __contains__(self, offset: int) -> bool:
        return self.start <= offset < self.end

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` of a text by `new_text`."""

    span: Span
    new_text: str


def with_newlines(text: str) -> str:
    """`text` with "\\n" for its line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def line_edits(before: str, after: str) -> list[Edit]:
    """The smallest set of whole-line edits that turns `before` into `after`, in order, not overlapping."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    # The matcher takes seconds for a large file, even if little of it differs: it gets only what does.
    n_before = _common(old, new)
    n_after = _common(old[n_before:][::-1], new[n_before:][::-1])
    old_middle, new_middle = old[n_before : len(old) - n_after], new[n_before : len(new) - n_after]
    starts = list(accumulate(map(len, old_middle), initial=sum(map(len, old[:n_before]))))
    matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=False)
    return [
        Edit(Span(starts[i1], starts[i2]), "".join(new_middle[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def _common(left: list[str], right: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(left), len(right)))


def apply_edits(text: str, edits: list[Edit]) -> str:
    """`text` with all `edits` applied; they refer to `text` as it is and must not overlap."""
    parts, position = [], 0
    for edit in sorted(edits, key=lambda e: e.span):
        if edit.span.start < position:
            raise ValueError(f"overlapping edits at offset {edit.span.start}")
        parts += [text[position : edit.span.start], edit.new_text]
        position = edit.span.end
    return "".join([*parts, text[position:]])


def diff(path: str, before: str, after: str, within: tuple[Span, Span] | None = None) -> str:
    """A unified diff that `git apply` takes; empty where nothing changed.

    With `within`, a span of `before` and one of `after`, only the lines of these are compared.
    """
    shifts = (0, 0)
    if within is not None:
        of_before, of_after = within
        shifts = before.count("\n", 0, of_before.start), after.count("\n", 0, of_after.start)
        before, after = _whole_lines(before, of_before), _whole_lines(after, of_after)
    lines = unified_diff(lines_of(before), lines_of(after), f"a/{path}", f"b/{path}")
    return "".join(
        _shifted(line, *shifts) if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def lines_of(text: str) -> list[str]:
    """With their ends. Only a line feed ends one, as for Git; str.splitlines knows form feeds and others, too."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _whole_lines(text: str, span: Span) -> str:
    return text[text.rfind("\n", 0, span.start) + 1 : text.find("\n", span.end) + 1 or len(text)]


def _shifted(line: str, before: int, after: int) -> str:
    """A hunk's heading with its line numbers moved; any other line as it is."""
    heading = re.fullmatch(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@\n", line)
    if heading is None:
        return line
    return f"@@ -{int(heading[1]) + before}{heading[2] or ''} +{int(heading[3]) + after}{heading[4] or ''} @@\n"

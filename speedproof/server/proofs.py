"""Verified results and how they are applied to a text that has changed since.

A result was reached for one text. It stays good for as long as the function and what it uses in its module read as
they did. Its edits are carried over to the text as it is now; where a place of theirs has changed too, they are not.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from speedproof.analysis.surroundings import Names, Surroundings, names_in, surroundings
from speedproof.analysis.syntax import Syntax
from speedproof.analysis.targets import targets_of
from speedproof.core.report import FunctionResult
from speedproof.core.target import Target
from speedproof.core.text import Edit, Span, apply_edits, line_edits
from speedproof.server.document import Document, difference

MAX_COMPARED_LINES = 2000
"""Between the first and the last changed line. Beyond that all of it counts as changed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A result together with the target that it is for and, where it is verified, what applying it comes to."""

    target: Target
    result: FunctionResult
    edits: tuple[Edit, ...] = ()
    """Of the text that the result was reached for."""
    outcome: str = ""
    """The function as verified."""
    additions: frozenset[str] = frozenset()
    """What the rewrite adds to the module beside it: imports and constants."""
    names: Names = field(default_factory=Names)
    """What the function as verified refers to."""
    surroundings: Surroundings = frozenset()
    """What the function, before and after, rests on in its module."""

    @classmethod
    def of(cls, target: Target, result: FunctionResult) -> "Proof":
        """Takes some milliseconds, more for a large file."""
        if result.after is None or result.was_given:
            return cls(target, result)
        edits = line_edits(result.before, result.after)
        before = Syntax.parse(result.before)
        after = before.edited(*reversed(edits))
        verified = _named(target, after)
        if len(verified) != 1:
            return cls(target, result)
        additions = _statements(after) - _statements(before)
        # The statement that the function is in, its class perhaps, is no addition.
        own = {added for added in additions if verified[0].source in added}
        names = names_in(after, verified[0].span)
        return cls(
            target,
            result,
            edits=tuple(edits),
            outcome=verified[0].source,
            additions=frozenset(additions - own),
            names=names,
            surroundings=surroundings(before, target.span, names),
        )

    @property
    def key(self) -> tuple[str, str]:
        return str(self.target.path), self.target.qualname

    def holds_for(self, target: Target) -> bool:
        """Whether `target` reads as the function did that the result was reached for, line ends aside."""
        if target.qualname != self.target.qualname:
            return False
        return _with_newlines(target.source) == _with_newlines(self.target.source)

    def is_applied_in(self, target: Target, syntax: Syntax) -> bool:
        """Whether `target` reads as what was verified, and the module has what the rewrite adds to it."""
        if not self.outcome or target.qualname != self.target.qualname:
            return False
        return _with_newlines(target.source) == _with_newlines(self.outcome) and self.additions <= _statements(syntax)

    @property
    def label(self) -> str:
        """`3.1× faster`."""
        speedup = self.result.verdict.speedup
        return "faster" if speedup is None else f"{speedup.estimate:.1f}× faster"


class Conflict(Exception):
    """The edit does not fit the text any more. The message, for the user, says why."""


def edits_for(proof: Proof, document: Document) -> list[Edit]:
    """The edits of a verified result in terms of `document`, which is a normal one, in order.

    Raises Conflict where they do not fit.
    """
    name = proof.target.qualname
    if not proof.outcome:
        raise Conflict(f"nothing is verified for `{name}`")
    if document.text == proof.result.before:
        return list(proof.edits)
    now = next((found for found in _named(proof.target, document.syntax) if proof.holds_for(found)), None)
    if now is None:
        raise Conflict(f"`{name}` was changed meanwhile")
    if surroundings(document.syntax, now.span, proof.names) != proof.surroundings:
        raise Conflict(f"something that `{name}` uses was changed meanwhile")
    moved = _moved(proof.edits, proof.result.before, proof.target.span, document.text, now.span)
    if moved is None:
        raise Conflict(f"a place outside of `{name}` that the rewrite changes too was changed meanwhile")
    # The last look before it is shown: all must come out as it was verified, in a sound file.
    outcome = Syntax.parse(apply_edits(document.text, moved))
    found = [target.source for target in _named(proof.target, outcome)]
    if outcome.has_error or found != [proof.outcome] or not proof.additions <= _statements(outcome):
        raise Conflict(f"the rewrite of `{name}` does not fit the file as it is now")
    return moved


def _named(target: Target, syntax: Syntax) -> list[Target]:
    return [found for found in targets_of(target.path, syntax) if found.qualname == target.qualname]


def _statements(syntax: Syntax) -> set[str]:
    """What stands at the module's top level."""
    return {segment.source(node) for segment in syntax.segments for node in segment.statements}


def _moved(edits: Sequence[Edit], before: str, function: Span, now: str, function_now: Span) -> list[Edit] | None:
    """`edits` of `before` as edits of `now`, in which `function` is found, unchanged, at `function_now`."""
    lines, lines_now = _whole_lines(before, function), _whole_lines(now, function_now)
    if lines.of(before) != lines_now.of(now):
        return None
    kept = _unchanged(before, now)
    moved = []
    for edit in edits:
        if lines.start <= edit.span.start and edit.span.end <= lines.end:
            shift: int | None = lines_now.start - lines.start
        else:
            shift = next((shift for span, shift in kept if _fits(span, edit.span, len(before))), None)
        if shift is None:
            return None
        moved.append(Edit(Span(edit.span.start + shift, edit.span.end + shift), edit.new_text))
    return moved


def _whole_lines(text: str, span: Span) -> Span:
    return Span(text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end) + 1 or len(text))


def _fits(kept: Span, span: Span, length: int) -> bool:
    """Whether `span` lies in `kept` with something of it on either side; on one side where nothing is replaced.

    The text's ends count as something.
    """
    if not kept.start <= span.start <= span.end <= kept.end:
        return False
    left, right = kept.start < span.start or kept.start == 0, span.end < kept.end or kept.end == length
    return left or right if span.start == span.end else True


def _unchanged(before: str, now: str) -> list[tuple[Span, int]]:
    """The spans of `before` that are in `now` as well, in order, with how far each has moved."""
    changed = difference(before, now)
    start = before.rfind("\n", 0, changed.span.start) + 1
    end = before.find("\n", changed.span.end) + 1 or len(before)
    end_now = end + len(now) - len(before)
    spans = [(Span(0, start), 0)]
    old, new = before[start:end].splitlines(keepends=True), now[start:end_now].splitlines(keepends=True)
    if len(old) <= MAX_COMPARED_LINES and len(new) <= MAX_COMPARED_LINES:
        for block in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            old_start, new_start = (start + sum(map(len, side)) for side in (old[: block.a], new[: block.b]))
            length = sum(map(len, old[block.a : block.a + block.size]))
            spans.append((Span(old_start, old_start + length), new_start - old_start))
    return _joined([*spans, (Span(end, len(before)), end_now - end)])


def _joined(spans: Sequence[tuple[Span, int]]) -> list[tuple[Span, int]]:
    """`spans` with each joined to the one before it where nothing came or went between them."""
    joined = [spans[0]]
    for span, shift in spans[1:]:
        last, last_shift = joined[-1]
        if last.end == span.start and last_shift == shift:
            joined[-1] = (Span(last.start, span.end), shift)
        else:
            joined.append((span, shift))
    return joined


@dataclass(frozen=True, slots=True)
class Committed:
    """The functions of a file as they were committed last."""

    sources: Mapping[str, str]

    @classmethod
    def of(cls, path: Path, text: str) -> "Committed":
        return cls({found.qualname: _with_newlines(found.source) for found in targets_of(path, Syntax.parse(text))})

    def has_other(self, target: Target) -> bool:
        """Whether the function was there, and read otherwise, line ends aside."""
        source = self.sources.get(target.qualname)
        return source is not None and source != _with_newlines(target.source)


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")

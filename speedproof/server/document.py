"""A file as the editor shows it, at one version. Immutable, so that work in the background can read it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pygls import uris

from speedproof.analysis.syntax import Syntax
from speedproof.core.text import Edit, Span
from speedproof.server.lines import LineIndex
from speedproof.server.parsing import Parsing

PYTHON = "python"
NOWHERE = Span(0, 0)


@dataclass(frozen=True, eq=False)
class Document:
    """`version` is the client's; None where the text was read from disk because no editor has the file open."""

    uri: str
    version: int | None
    text: str
    lines: LineIndex
    parsing: Parsing
    language: str = PYTHON
    """As the editor calls it."""
    edited_at: Span = NOWHERE
    """What the last edit put in."""

    @classmethod
    def opened(cls, uri: str, version: int | None, text: str, language: str = PYTHON) -> "Document":
        return cls(uri, version, text, LineIndex.of(text), Parsing(text), language)

    @property
    def path(self) -> Path | None:
        """Where the file is, or None for a document that is no file (yet)."""
        name = uris.to_fs_path(self.uri) if self.uri.startswith("file:") else None
        return Path(name) if name else None

    @property
    def syntax(self) -> Syntax:
        """Parsed when first asked for, so that typing does not wait for it."""
        return self.parsing.syntax

    @cached_property
    def normal(self) -> "Document":
        """The document as the jobs see it: with "\\n" for its line ends, unless it mixes several kinds.

        Lines and columns are the same in both, so an edit of this one is, in positions, one of the other.
        """
        if self.newline == "\n":
            return self
        return Document.opened(self.uri, self.version, self.text.replace(self.newline, "\n"), self.language)

    @cached_property
    def newline(self) -> str:
        """What ends its lines where that is always the same, else "\\n"."""
        kinds = set(re.findall(r"\r\n|\r|\n", self.text)) if "\r" in self.text else set()
        return kinds.pop() if len(kinds) == 1 else "\n"

    def settled(self) -> "Document":
        """With what `Syntax.settled` says."""
        syntax = self.syntax
        settled = syntax.settled()
        return self if settled is syntax else replace(self, parsing=Parsing(settled))

    def edited(self, edit: Edit, version: int) -> "Document":
        text = self.text[: edit.span.start] + edit.new_text + self.text[edit.span.end :]
        lines = self.lines.edited(edit, text)
        parsing = self.parsing.edited(edit)
        edited_at = Span(edit.span.start, edit.span.start + len(edit.new_text))
        return replace(self, version=version, text=text, lines=lines, parsing=parsing, edited_at=edited_at)

    def replaced(self, text: str, version: int) -> "Document":
        """The document after the client has sent the whole text anew, of which most is usually as it was."""
        return self.edited(difference(self.text, text), version)


def difference(before: str, after: str) -> Edit:
    """The one edit that turns `before` into `after`, as small as one edit can be."""
    shorter = min(len(before), len(after))
    n_prefix = _largest(shorter, lambda n: before[:n] == after[:n])
    n_suffix = _largest(shorter - n_prefix, lambda n: n == 0 or before[-n:] == after[-n:])
    return Edit(Span(n_prefix, len(before) - n_suffix), after[n_prefix : len(after) - n_suffix])


def _largest(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to `limit` for which `holds`, which holds for all smaller ones too."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low

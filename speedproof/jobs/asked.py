"""What is asked of completion, and what it offers, in offsets of the document.

Everything below works on texts with "\\n" for their line ends, whatever the document has. The cursor's line is the same
in both, so an edit of it is moved from one to the other by a difference of offsets.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

from speedproof.analysis.syntax import Syntax
from speedproof.core.completion import Around, Usage
from speedproof.core.settings import Settings
from speedproof.core.text import Edit, Span, with_newlines


@dataclass(frozen=True, slots=True)
class Popup:
    """The entry that is selected in the editor's list of completions, which is offered for `span`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Offsets are code points of `text`, which is the document's with its own line ends."""

    document: str
    """Its URI."""
    path: str
    """How the file is shown to a model: relative to its project."""
    text: str
    offset: int
    parse: Callable[[], Syntax | None]
    """The syntax of `text`; None where it is not Python."""
    newline: str = "\n"
    invoked: bool = False
    """The user asked for it, and waits."""
    popup: Popup | None = None
    settings: Settings = field(default_factory=Settings)
    is_parsed: bool = False
    """`parse` takes no longer than the last edits take."""

    def around(self) -> Around:
        return Around(self.path, with_newlines(self.text[: self.offset]), with_newlines(self.text[self.offset :]))


@dataclass(frozen=True, slots=True)
class Offer:
    """A completion: `edit` of the text that was asked about, in its own line ends."""

    edit: Edit
    source: str
    """`typed ahead`, `cache` or `model`."""
    usage: Usage = field(default_factory=Usage)
    id: int = field(default_factory=count(1).__next__)


def accepted(asked: Asked, edit: Edit) -> Asked:
    """The request that would follow where `edit` were made and the cursor stood behind it."""
    text = asked.text[: edit.span.start] + edit.new_text + asked.text[edit.span.end :]

    def parse() -> Syntax | None:
        syntax = asked.parse()
        return None if syntax is None else syntax.edited(edit)

    return replace(asked, text=text, offset=edit.span.start + len(edit.new_text), parse=parse, invoked=False)


def in_document(asked: Asked, edit: Edit, *, start: int) -> Edit:
    """`edit`, of a text with the cursor at `start`, as one of the document: on the cursor's line both are alike."""
    shift = asked.offset - start
    span = Span(edit.span.start + shift, edit.span.end + shift)
    return Edit(span, edit.new_text.replace("\n", asked.newline) if asked.newline != "\n" else edit.new_text)


def in_around(asked: Asked, span: Span) -> Span:
    """The other way round: `span`, on the cursor's line, in `asked.around()`."""
    shift = n_before(asked) - asked.offset
    return Span(span.start + shift, span.end + shift)


def n_before(asked: Asked) -> int:
    """Of the text before the cursor, with "\\n" for its line ends."""
    return len(with_newlines(asked.text[: asked.offset]))

"""Inline completion as plain data: what a model is asked to complete, and what the syntax says about the place."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text from elsewhere that helps: of the file `path`, relative to the project and with "/" between its parts."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Around:
    """A text cut at the cursor. Line ends are "\\n"."""

    path: str
    """Of the document, as in `Chunk`; a made-up name where it is no file yet."""
    prefix: str
    suffix: str
    extra_context: tuple[Chunk, ...] = ()
    """Least likely to change first, so that what was computed for the start of a prompt serves the next one."""


class Kind(Enum):
    """What the cursor is in."""

    CODE = "code"
    COMMENT = "comment"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Place:
    """What the syntax says about the cursor."""

    kind: Kind
    multi_line: bool
    """More than the rest of the line is wanted: a block begins here that holds nothing yet, or a scope has ended."""
    indent: str
    """The white space before what the completion begins or continues: of the block that the cursor is in."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a completion cost, in tokens of the prompt and of the answer; None where the model's server does not say."""

    n_cached_tokens: int | None = None
    n_computed_tokens: int | None = None
    n_generated_tokens: int | None = None

"""One parse for all who ask for it, and for all versions that come while it is under way."""

import threading

from speedproof.analysis.syntax import Syntax
from speedproof.core.text import Edit


class Parsing:
    """The syntax of a text, worked out when first asked for, by the thread that asks.

    That of an older version, and the edits since then, stand for the text: where the older one is still being parsed,
    as a large file is while its user types on, that is waited for and edited, and no second parse begins.
    """

    def __init__(self, origin: "str | Syntax | Parsing", edits: tuple[Edit, ...] = ()) -> None:
        """`origin` is the text before `edits`, or what is known of it; they are in order."""
        self._known: tuple[str | Syntax | Parsing, tuple[Edit, ...]] = (origin, edits)
        """Replaced as a whole, for threads that look without the lock."""
        self._lock = threading.Lock()

    @property
    def syntax(self) -> Syntax:
        with self._lock:
            origin, edits = self._known
            if isinstance(origin, Parsing):
                origin = origin.syntax
            elif isinstance(origin, str):
                origin = Syntax.parse(origin)
            syntax = origin.edited(*edits)
            self._known = (syntax, ())
            return syntax

    @property
    def n_unparsed(self) -> int | None:
        """How many edits there are to parse; None where that would mean to parse, or to wait for, the whole text."""
        origin, edits = self._known
        if isinstance(origin, str) or (isinstance(origin, Parsing) and origin.n_unparsed != 0):
            return None
        return len(edits)

    def edited(self, edit: Edit) -> "Parsing":
        """Of the text after one edit more."""
        origin, edits = self._known
        if edits:  # where nobody asks for the syntax, many edits make no chain of as many parsings
            return Parsing(origin, (*edits, edit))
        return Parsing(origin if isinstance(origin, Syntax) else self, (edit,))

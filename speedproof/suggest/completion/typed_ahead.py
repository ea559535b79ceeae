"""Suggestions that were made, for the texts that typing on, accepting a part or deleting some of it leads to.

No model is asked again while somebody types what is suggested. And since the server sees every text, it can also tell
what became of a suggestion, for statistics that stay on the machine: the protocol does not say.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum

from speedproof.core.completion import Around
from speedproof.core.lexical import read
from speedproof.core.text import Edit, Span

MAX_SUGGESTIONS = 50
MAX_ADDED = 8
"""Closing brackets and quotes that an editor may have added by itself."""

_EDGE = 64
"""Characters compared before whole texts are: near to the cursor is where texts differ."""


class Fate(Enum):
    """What became of a suggestion, as far as texts tell."""

    STORED = "stored"
    """Made in advance, and not asked for yet."""
    SHOWN = "shown"
    """Also if it was typed out by hand after that."""
    ACCEPTED = "accepted"
    """All that was left of it, in one go."""
    ACCEPTED_IN_PART = "accepted in part"
    REJECTED = "rejected"
    """The text went on in another way, and nothing of it had been accepted."""
    KEPT = "kept"
    """Accepted, whole or in part, and still there later."""
    CHANGED = "changed"
    """Accepted, whole or in part, and no longer there as it was."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A text cut at the cursor, as it is kept: what is near to the cursor, and the hashes of the rest.

    Dozens of suggestions in a long text would else hold on to dozens of such texts.
    """

    n_prefix: int
    n_suffix: int
    line: str
    """Before the cursor."""
    end: str
    """Of the prefix, `_EDGE` characters."""
    start: str
    """Of the suffix: what is replaced and `_EDGE` characters more."""
    prefix_hash: int
    suffix_hashes: tuple[int, ...]
    """With so many characters gone, from none to all that are replaced."""

    @classmethod
    def of(cls, around: Around, n_replaced: int) -> "_Kept":
        prefix, suffix = around.prefix, around.suffix
        return cls(
            len(prefix),
            len(suffix),
            prefix[prefix.rfind("\n") + 1 :],
            prefix[-_EDGE:],
            suffix[: n_replaced + _EDGE],
            hash(prefix),
            tuple(hash(suffix[n_gone:]) for n_gone in range(n_replaced + 1)),
        )

    def follows(self, prefix: str) -> bool:
        """Whether `prefix`, which is no shorter, begins with that of this text."""
        return hash(prefix[: self.n_prefix]) == self.prefix_hash

    def near(self, prefix: str) -> bool:
        """The same of what is near to the cursor: that is where texts differ, and it costs less."""
        return prefix[max(self.n_prefix - _EDGE, 0) : self.n_prefix] == self.end

    def ends(self, suffix: str, n_added: int, n_gone: int) -> bool:
        """Whether `suffix` from `n_added` on is that of this text from `n_gone` on; they are equally long."""
        near = suffix[n_added : n_added + _EDGE] == self.start[n_gone : n_gone + _EDGE]
        return near and hash(suffix[n_added:]) == self.suffix_hashes[n_gone]


@dataclass(slots=True, eq=False)
class Suggestion:
    """An edit of a text, and how far the text has come towards it."""

    text: _Kept
    edit: Edit
    fate: Fate = Fate.SHOWN
    n_accepted: int = 0
    """Characters that came in one go: by accepting all, a word or a line, not by typing."""
    n_there: int = field(default=0, repr=False)
    """Characters of the new text that were there when the text was last looked at."""
    counted: bool = field(default=False, repr=False)
    """That it was shown is in the statistics."""

    @property
    def new_text(self) -> str:
        return self.edit.new_text

    @property
    def n_replaced(self) -> int:
        """How many characters of the suffix the edit replaces: closers that it brings itself."""
        return self.edit.span.end - self.edit.span.start

    def progress(self, around: Around) -> tuple[int, int] | None:
        """How many characters of the new text are there in `around`, and how many of its suffix the rest replaces.

        None if the text is not on the way there.
        """
        n = len(around.prefix) - self.text.n_prefix
        if not 0 <= n <= len(self.new_text) + MAX_ADDED or not self.text.near(around.prefix):
            return None
        typed = around.prefix[self.text.n_prefix :]
        if not self.new_text.startswith(typed):
            # Blanks that the editor put on a line that stays empty in the suggestion are of no account.
            typed = typed.rstrip(" \t")
            if not typed.endswith("\n") or not self.new_text.startswith(typed + "\n"):
                return None
        n_replaced = self._n_replaced_of(around.suffix, len(typed))
        if n_replaced is None or not self.text.follows(around.prefix):
            return None
        return len(typed), n_replaced

    def left(self, around: Around) -> Edit | None:
        """What is still to be done in the text of `around`; None if that is nothing, or the text is not on the way."""
        progress = self.progress(around)
        if progress is None:
            return None
        n, n_replaced = progress
        rest, start = self.new_text[n:], len(around.prefix)
        if not rest.strip() or rest == around.suffix[:n_replaced]:
            return None
        return Edit(Span(start, start + n_replaced), rest)

    def _n_replaced_of(self, suffix: str, n: int) -> int | None:
        """With `n` characters of the new text there: how many of `suffix` its rest replaces; None if that is another.

        Of the closers that it replaces the first may have been typed over, and new ones may have been added by the
        editor, for brackets of the new text that are open now.
        """
        longer = len(suffix) - self.text.n_suffix
        for n_gone in range(min(self.n_replaced, n) + 1):
            n_added = longer + n_gone
            if not 0 <= n_added <= MAX_ADDED or (n_added and not self._closes(n, suffix[:n_added])):
                continue
            if self.text.ends(suffix, n_added, n_gone):
                return n_added + self.n_replaced - n_gone
        return None

    def _closes(self, n: int, added: str) -> bool:
        """Whether the new text from `n` on closes with the characters `added` what it opened before."""
        opened = read(self.new_text, end=n, opened=read(self.text.line).opened).opened
        closers = read(self.new_text, start=n, opened=opened).closers
        return "".join(closer for _, closer in closers).startswith(added)


class Suggestions:
    """Those of one document, a bounded number of them. Not for several threads at once.

    Texts are whole: an `Around` for a model, with a window of the text, is none for this. Looking one up
    compares what is near to the cursor, and goes through the text only where that is the same.
    """

    def __init__(self) -> None:
        self._stored: deque[Suggestion] = deque(maxlen=MAX_SUGGESTIONS)
        self._shown: Suggestion | None = None
        self._accepted: deque[Suggestion] = deque(maxlen=MAX_SUGGESTIONS)

    def __len__(self) -> int:
        return len(self._stored)

    @property
    def shown(self) -> Suggestion | None:
        """What is shown as far as texts tell."""
        return self._shown

    def add(self, around: Around, edit: Edit, *, shown: bool = True) -> Suggestion:
        """Keep `edit` of the text of `around`, as it is shown now, or made in advance for when that text comes up.

        What is left of a suggestion that is kept already is that suggestion still.
        """
        for known in reversed(self._stored):
            if known.left(around) == edit:
                if shown:
                    self._show(known, around)
                return known
        text = _Kept.of(around, edit.span.end - edit.span.start)
        suggestion = Suggestion(text, edit, Fate.SHOWN if shown else Fate.STORED)
        self._stored.append(suggestion)
        if shown:
            self._shown = suggestion
        return suggestion

    def find(self, around: Around) -> Edit | None:
        """What is left of a suggestion that the text of `around` is on the way to; the newest one. It counts as shown.

        Nothing where a suggestion is there as a whole.
        """
        for suggestion in reversed(self._stored):
            edit = suggestion.left(around)
            if edit is not None:
                self._show(suggestion, around)
                return edit
        return None

    def typed(self, around: Around) -> list[Suggestion]:
        """The suggestions of which the text of `around`, the next one after the last, shows what became of them.

        What comes in one go, more than one character and up to the end of a word, a line or all, was accepted.
        """
        shown = self._shown
        if shown is None:
            return []
        progress = shown.progress(around)
        if progress is None:
            self._shown = None
            if shown.fate is not Fate.SHOWN:
                return []
            shown.fate = Fate.REJECTED
            return [shown]
        before, shown.n_there = shown.n_there, progress[0]
        step = shown.n_there - before
        whole = shown.n_there == len(shown.new_text)
        if whole:
            self._shown = None
        if step < 2 or not _ends_word(shown.new_text, shown.n_there):
            return []
        shown.n_accepted += step
        shown.fate = Fate.ACCEPTED if whole else Fate.ACCEPTED_IN_PART
        if shown not in self._accepted:
            self._accepted.append(shown)
        return [shown]

    def later(self, text: str) -> list[Suggestion]:
        """The suggestions accepted before, which are now told to be there still in `text`, or not. Each comes once."""
        judged = list(self._accepted)
        self._accepted.clear()
        for suggestion in judged:
            there = suggestion.new_text[: suggestion.n_there].strip() in text
            suggestion.fate = Fate.KEPT if there else Fate.CHANGED
        return judged

    def _show(self, suggestion: Suggestion, around: Around) -> None:
        if suggestion.fate is Fate.STORED:
            suggestion.fate = Fate.SHOWN
        progress = suggestion.progress(around)
        if suggestion is not self._shown and progress is not None:
            suggestion.n_there = progress[0]
        self._shown = suggestion


def after_accepting(around: Around, edit: Edit) -> Around:
    """The text once `edit` is accepted as a whole, with the cursor behind it."""
    start = edit.span.start
    text_after = around.suffix[edit.span.end - len(around.prefix) :]
    return replace(around, prefix=around.prefix[:start] + edit.new_text, suffix=text_after)


def _ends_word(text: str, end: int) -> bool:
    return end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum())

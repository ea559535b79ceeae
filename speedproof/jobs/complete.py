"""From a cursor in a text to the completion that is offered there.

completer.known(asked)              what was offered before and still fits, at once
completer.complete(asked, cancel)   the whole way: context, prompt, model, ending, cleaning, fitting
completer.offered(asked, offer)     it is shown: from now on it is known
completer.step(document, cancel)    one short piece of work for when nobody waits

`known`, `offered`, `changed` and `judge` belong to one thread, which must not wait (the event loop); `complete` and
`step` to another, one call at a time. What both use is replaced as a whole, never changed.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from speedproof.analysis.place import place_at, plain_place, sound
from speedproof.analysis.syntax import Syntax
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Chunk, Kind, Place, Usage
from speedproof.core.errors import ModelError
from speedproof.core.settings import Settings
from speedproof.core.store import Counters
from speedproof.core.text import Edit, Span
from speedproof.jobs.acceptance import count_judged, count_shown
from speedproof.suggest.backend import Backend, Generation, Request
from speedproof.suggest.completion.ending import ended
from speedproof.suggest.completion.finish import cleaned, fitted
from speedproof.suggest.completion.prompt import around_for
from speedproof.suggest.completion.typed_ahead import Suggestions

MAX_ANSWERS = 200
SINGLE_LINE_TOKENS = 48
REST_SECONDS = (2.0, 5.0, 15.0, 60.0)
"""After so many failures in a row a model is left alone for so long, unless the user asks."""


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

    def around(self) -> Around:
        return Around(self.path, _with_newlines(self.text[: self.offset]), _with_newlines(self.text[self.offset :]))


@dataclass(frozen=True, slots=True)
class Offer:
    """A completion: `edit` of the text that was asked about, in its own line ends."""

    edit: Edit
    source: str
    """`typed ahead`, `cache` or `model`."""
    usage: Usage = field(default_factory=Usage)
    id: int = field(default_factory=count(1).__next__)


@dataclass(slots=True)
class Totals:
    """What completions cost, from the start on."""

    n_requests: int = 0
    """To the model."""
    n_cached_tokens: int = 0
    n_computed_tokens: int = 0
    n_generated_tokens: int = 0

    def add(self, usage: Usage) -> None:
        self.n_requests += 1
        self.n_cached_tokens += usage.n_cached_tokens or 0
        self.n_computed_tokens += usage.n_computed_tokens or 0
        self.n_generated_tokens += usage.n_generated_tokens or 0


class Completer:
    """A model, and what is kept between completions. `chunks` of a document is what else its model is shown."""

    def __init__(
        self, backend: Backend, counters: Counters | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`counters` is where to count what becomes of suggestions; without them nothing is."""
        self.backend = backend
        self.totals = Totals()
        self._counters = counters
        self._clock = clock
        self._suggestions: dict[str, Suggestions] = {}
        self._chunks: dict[str, tuple[Chunk, ...]] = {}
        self._answers: OrderedDict[tuple[Around, Place], str] = OrderedDict()
        self._last: dict[str, tuple[Asked, Place, Request]] = {}
        """Of each document: the next request's prompt follows this one's, so that more of it is computed already."""
        self._ahead: dict[str, Asked] = {}
        """The text as it would be with the last offer accepted."""
        self._n_failures = 0
        self._rests_until = 0.0

    def known(self, asked: Asked) -> Offer | None:
        """What was offered before, as far as it has not been typed yet."""
        if asked.popup is not None or asked.document not in self._suggestions:
            return None
        around = asked.around()
        self._suggestions[asked.document].typed(around)
        edit = self._suggestions[asked.document].find(around)
        return None if edit is None else Offer(_in_text(asked, edit, start=_length(asked)), "typed ahead")

    def complete(self, asked: Asked, cancel: CancelToken) -> Offer | None:
        """None where nothing is worth showing. Raises Cancelled, and ModelError the first time that a model fails.

        A model that failed is left alone for a while, in which there is nothing unless it is `asked.invoked`.
        """
        if not asked.invoked and self._clock() < self._rests_until:
            return None
        try:
            offer = self._complete(asked, cancel)
        except ModelError:
            self._n_failures += 1
            self._rests_until = self._clock() + REST_SECONDS[min(self._n_failures, len(REST_SECONDS)) - 1]
            raise
        self._n_failures = 0
        return offer

    def offered(self, asked: Asked, offer: Offer) -> None:
        edit = Edit(_between(asked, offer.edit.span), _with_newlines(offer.edit.new_text))
        if asked.popup is None:
            suggestions = self._suggestions.setdefault(asked.document, Suggestions())
            suggestion = suggestions.add(asked.around(), edit)
            if self._counters is not None and suggestion.edit is edit:
                count_shown(self._counters, self.backend.name, suggestion)
        self._ahead[asked.document] = _accepted(asked, offer.edit)

    def changed(self, document: str, text: str, cursor: int) -> None:
        """A keystroke, or an edit of the editor's, has led to `text`, with the cursor probably behind it."""
        suggestions = self._suggestions.get(document)
        if suggestions is not None:
            name = ""  # no matter here
            suggestions.typed(Around(name, _with_newlines(text[:cursor]), _with_newlines(text[cursor:])))

    def judge(self, document: str, text: str) -> None:
        """Some time has passed: count what was accepted, and whether it is still in `text`."""
        suggestions = self._suggestions.get(document)
        if suggestions is not None and self._counters is not None:
            count_judged(self._counters, self.backend.name, suggestions.later(_with_newlines(text)))

    def step(self, document: str, cancel: CancelToken) -> bool:
        """Prepare the model for what is likely to come. Whether there is more to do. Raises as `complete`."""
        if document in self._last:
            asked, place, _ = self._last[document]
            if self.backend.prepare(self._request(asked, place), cancel):
                return True
        ahead = self._ahead.pop(document, None)
        if ahead is not None and self.backend.runs_here:
            self._complete(ahead, cancel)  # its answer is kept
        return False

    def show(self, document: str, chunks: Sequence[Chunk]) -> None:
        """From now on the model is shown these with the document."""
        self._chunks[document] = tuple(chunks)

    def forget(self, document: str) -> None:
        for kept in (self._suggestions, self._chunks, self._last, self._ahead):
            kept.pop(document, None)
        self.backend.forget(document)

    def close(self) -> None:
        self.backend.close()

    def _complete(self, asked: Asked, cancel: CancelToken) -> Offer | None:
        if asked.popup is not None:
            return self._beyond_popup(asked, asked.popup, cancel)
        syntax = asked.parse()
        place = plain_place(asked.text, asked.offset) if syntax is None else place_at(syntax, asked.offset)
        if place.kind is not Kind.CODE and place.kind.value in asked.settings.completion_off:
            return None
        request = self._request(asked, place)
        around = request.around
        answer, source, usage = self._answer(request, place, cancel)
        cancel.check()

        def is_sound(edit: Edit) -> bool:
            return syntax is None or sound(syntax, _in_text(asked, edit, start=len(around.prefix)))

        edit = fitted(answer, around, place, is_sound)
        return None if edit is None else Offer(_in_text(asked, edit, start=len(around.prefix)), source, usage)

    def _request(self, asked: Asked, place: Place) -> Request:
        last = self._last.get(asked.document)
        around = around_for(
            asked.path,
            _with_newlines(asked.text),
            _length(asked),
            self._chunks.get(asked.document, ()),
            self.backend.window,
            None if last is None else last[2].around,
        )
        n_tokens = asked.settings.completion_tokens
        if place.multi_line:
            request = Request(asked.document, around, n_tokens)
        else:
            request = Request(asked.document, around, min(n_tokens, SINGLE_LINE_TOKENS), ("\n",))
        self._last[asked.document] = asked, place, request
        return request

    def _answer(self, request: Request, place: Place, cancel: CancelToken) -> tuple[str, str, Usage]:
        """What the model says, cleaned; where it comes from; what it cost."""
        around = request.around
        key = (around, place)
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key], "cache", Usage()
        generation = self.backend.complete(request, cancel)
        try:
            raw = _heard(generation, around, place)
        finally:
            self.totals.add(generation.usage)
        answer = cleaned(raw, around, place)
        self._answers[key] = answer
        if len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        return answer, "model", generation.usage

    def _beyond_popup(self, asked: Asked, popup: Popup, cancel: CancelToken) -> Offer | None:
        """What goes on after the entry selected in the editor's list, with the entry: else the editor hides it."""
        typed = asked.text[popup.span.start : asked.offset]
        if not (popup.span.start <= asked.offset <= popup.span.end and popup.text.startswith(typed)):
            return None
        offer = self._complete(_accepted(replace(asked, popup=None), Edit(popup.span, popup.text)), cancel)
        if offer is None:
            return None
        n_replaced = offer.edit.span.end - offer.edit.span.start
        span = Span(popup.span.start, popup.span.end + n_replaced)
        return replace(offer, edit=Edit(span, popup.text + offer.edit.new_text))


def _heard(generation: Generation, around: Around, place: Place) -> str:
    """The answer up to where it is complete; the rest is not even made."""
    raw = ""
    try:
        for piece in generation:
            raw += piece
            end = ended(raw, around, place)
            if end is not None:
                return raw[:end]
    finally:
        generation.close()
    return raw


def _accepted(asked: Asked, edit: Edit) -> Asked:
    """The request that would follow where `edit` were made and the cursor stood behind it."""
    text = asked.text[: edit.span.start] + edit.new_text + asked.text[edit.span.end :]

    def parse() -> Syntax | None:
        syntax = asked.parse()
        return None if syntax is None else syntax.edited(edit)

    return replace(asked, text=text, offset=edit.span.start + len(edit.new_text), parse=parse, invoked=False)


def _in_text(asked: Asked, edit: Edit, *, start: int) -> Edit:
    """`edit`, of a text with the cursor at `start`, as one of the document: on the cursor's line both are alike."""
    shift = asked.offset - start
    span = Span(edit.span.start + shift, edit.span.end + shift)
    return Edit(span, edit.new_text.replace("\n", asked.newline) if asked.newline != "\n" else edit.new_text)


def _between(asked: Asked, span: Span) -> Span:
    """The other way round: `span`, on the cursor's line, in `asked.around()`."""
    shift = _length(asked) - asked.offset
    return Span(span.start + shift, span.end + shift)


def _length(asked: Asked) -> int:
    """Of the text before the cursor, with "\\n" for its line ends."""
    return len(_with_newlines(asked.text[: asked.offset]))


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

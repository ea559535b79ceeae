"""From a cursor in a text to the completion that is offered there.

completer.known(asked)              what was offered before and still fits, at once
completer.ready(asked)              what needs no model: place, context, and an answer that was given before
completer.complete(asked, cancel)   the whole way: that, model, ending, cleaning, fitting
completer.offered(asked, offer)     it is shown: from now on it is known
completer.step(document, cancel)    one short piece of work for when nobody waits

`known`, `ready`, `offered`, `changed` and `judge` belong to one thread, which must not wait (the event loop);
`complete` and `step` to another, one call at a time. What both use is replaced as a whole, never changed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from speedproof.analysis.place import place_at, plain_place
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Chunk, Kind, Place, Usage
from speedproof.core.errors import Cancelled, ModelError
from speedproof.core.store import Counters, Store
from speedproof.core.text import Edit, Span, with_newlines
from speedproof.jobs.acceptance import count_judged, count_shown
from speedproof.jobs.asked import Asked, Offer, Popup, accepted, in_around, in_document, n_before
from speedproof.jobs.pending import Pending
from speedproof.suggest.backend import Backend, Generation, Request
from speedproof.suggest.completion.ending import ended
from speedproof.suggest.completion.finish import cleaned
from speedproof.suggest.completion.prompt import around_for
from speedproof.suggest.completion.templates import continued
from speedproof.suggest.completion.typed_ahead import Suggestions

KIND = "completion"
"""Of values in the store."""
MAX_ANSWERS = 200
MAX_UNHEARD = 3
"""Characters that may be typed before anything of an answer is there; with more it is begun anew."""
SINGLE_LINE_TOKENS = 48
REST_SECONDS = (2.0, 5.0, 15.0, 60.0)
"""After so many failures in a row a model is left alone for so long, unless the user asks."""


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
        self,
        backend: Backend,
        counters: Counters | None = None,
        store: Store | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`counters` is where to count what becomes of suggestions, `store` where to keep answers from elsewhere."""
        self.backend = backend
        self.totals = Totals()
        self._counters = counters
        self._store = None if backend.runs_here else store
        self._clock = clock
        self._suggestions: dict[str, Suggestions] = {}
        self._chunks: dict[str, tuple[tuple[str, ...], tuple[Chunk, ...]]] = {}
        """What else the model is shown with a document, and the setting `exclude` under which it was found."""
        self._answers: dict[int, str] = {}
        """By the hash of what was asked about and its place, which would hold on to much text."""
        self._last: dict[str, tuple[Asked, Place, Request]] = {}
        """Of each document: the next request's prompt follows this one's, so that more of it is computed already."""
        self._typed: dict[str, str] = {}
        """What was typed since the request that is being answered; where the answer goes another way it ends."""
        self._heard: dict[str, str] = {}
        """How far that answer has come."""
        self._ahead: dict[str, Asked] = {}
        """The text as it would be with the last offer accepted."""
        self._n_failures = 0
        self._rests_until = 0.0

    def known(self, asked: Asked) -> Offer | None:
        """What was offered before, as far as it has not been typed yet."""
        if asked.popup is not None or asked.document not in self._suggestions:
            return None
        around, suggestions = asked.around(), self._suggestions[asked.document]
        suggestions.typed(around)
        edit = suggestions.find(around)
        if edit is None:
            return None
        self._count_shown(suggestions)
        return Offer(in_document(asked, edit, start=n_before(asked)), "typed ahead")

    def ready(self, asked: Asked) -> Offer | Pending | None:
        """The offer where no model is needed for it, None where nothing is worth showing or the model is left alone.

        Parses the text where that was not done. Not for what has a popup.
        """
        found = self._looked_up(asked)
        return None if isinstance(found, Pending) and self._is_left_alone(asked) else found

    def complete(self, asked: Asked, cancel: CancelToken, pending: Pending | None = None) -> Offer | None:
        """None where nothing is worth showing. Raises Cancelled, and ModelError the first time that a model fails.

        A model that failed is left alone for a while, in which there is nothing unless it is `asked.invoked`.
        `pending` is what `ready` gave for it, if that was asked before.
        """
        if self._is_left_alone(asked):
            return None
        try:
            offer = self._complete(asked, cancel, pending)
        except ModelError:
            self._n_failures += 1
            self._rests_until = self._clock() + REST_SECONDS[min(self._n_failures, len(REST_SECONDS)) - 1]
            raise
        self._n_failures = 0
        return offer

    def offered(self, asked: Asked, offer: Offer) -> None:
        edit = Edit(in_around(asked, offer.edit.span), with_newlines(offer.edit.new_text))
        if asked.popup is None:
            suggestions = self._suggestions.setdefault(asked.document, Suggestions())
            suggestions.add(asked.around(), edit)
            self._count_shown(suggestions)
        self._ahead[asked.document] = accepted(asked, offer.edit)

    def keep(self, asked: Asked, offer: Offer) -> None:
        """It was made, but not shown: the text may have gone on meanwhile, and what is left of it be known there."""
        if asked.popup is None:
            edit = Edit(in_around(asked, offer.edit.span), with_newlines(offer.edit.new_text))
            self._suggestions.setdefault(asked.document, Suggestions()).add(asked.around(), edit, shown=False)

    def begin(self, document: str) -> None:
        """An answer for the document as it is now is going to be made, or was."""
        self._typed.pop(document, None)
        self._heard.pop(document, None)

    def goes_on(self, asked: Asked, text: str, offset: int) -> bool:
        """Whether `text`, with the cursor at `offset`, may be what the answer to `asked`, being made, leads to.

        It is from now on looked at whether it really is.
        """
        start = asked.offset
        same = offset >= start and text[offset:] == asked.text[start:] and text[:start] == asked.text[:start]
        typed, heard = with_newlines(text[start:offset]), self._heard.get(asked.document, "")
        if not same or not _agree(heard, typed) or (not heard and len(typed) > MAX_UNHEARD):
            return False
        self._typed[asked.document] = typed
        return True

    def changed(self, document: str, text: str, cursor: int) -> None:
        """A keystroke, or an edit of the editor's, has led to `text`, with the cursor probably behind it."""
        suggestions = self._suggestions.get(document)
        if suggestions is not None:
            name = ""  # no matter here
            suggestions.typed(Around(name, with_newlines(text[:cursor]), with_newlines(text[cursor:])))

    def judge(self, document: str, text: str) -> None:
        """Some time has passed: count what was accepted, and whether it is still in `text`."""
        suggestions = self._suggestions.get(document)
        if suggestions is not None and self._counters is not None:
            count_judged(self._counters, self.backend.name, suggestions.later(with_newlines(text)))

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

    def show(self, document: str, chunks: Sequence[Chunk], exclude: tuple[str, ...] = ()) -> None:
        """From now on the model is shown these with the document, as long as `exclude` is set so."""
        self._chunks[document] = exclude, tuple(chunks)

    def forget(self, document: str) -> None:
        for kept in (self._suggestions, self._chunks, self._last, self._ahead, self._typed, self._heard):
            kept.pop(document, None)
        self.backend.forget(document)

    def close(self) -> None:
        self.backend.close()

    def _count_shown(self, suggestions: Suggestions) -> None:
        suggestion = suggestions.shown
        if self._counters is not None and suggestion is not None and not suggestion.counted:
            suggestion.counted = True
            count_shown(self._counters, self.backend.name, suggestion)

    def _is_left_alone(self, asked: Asked) -> bool:
        return not asked.invoked and self._clock() < self._rests_until

    def _complete(self, asked: Asked, cancel: CancelToken, pending: Pending | None = None) -> Offer | None:
        if asked.popup is not None:
            return self._beyond_popup(asked, asked.popup, cancel)
        found = pending or self._looked_up(asked)
        if not isinstance(found, Pending):
            return found
        answer, source, usage = self._answer(found.request, found.place, cancel)
        cancel.check()
        return found.offer(asked, answer, source, usage)

    def _looked_up(self, asked: Asked) -> Offer | Pending | None:
        syntax = asked.parse()
        place = plain_place(asked.text, asked.offset) if syntax is None else place_at(syntax, asked.offset)
        if place.kind is not Kind.CODE and place.kind.value in asked.settings.completion_off:
            return None
        pending = Pending(syntax, place, self._request(asked, place))
        answer = self._answers.get(hash((pending.request.around, place)))
        return pending if answer is None else pending.offer(asked, answer, "cache", Usage())

    def _request(self, asked: Asked, place: Place) -> Request:
        chunks, previous = self._shown_beside(asked)
        around = around_for(
            asked.path, with_newlines(asked.text), n_before(asked), chunks, self.backend.window, previous
        )
        n_tokens = asked.settings.completion_tokens
        if not place.multi_line:
            n_tokens = min(n_tokens, SINGLE_LINE_TOKENS)
        # On a blank line some models begin with a line end.
        is_blank = not around.prefix[around.prefix.rfind("\n") + 1 :].strip()
        stop = () if place.multi_line or is_blank else ("\n",)
        request = Request(asked.document, around, n_tokens, stop)
        self._last[asked.document] = asked, place, request
        return request

    def _shown_beside(self, asked: Asked) -> tuple[tuple[Chunk, ...], Around | None]:
        """What of other files may be shown, and the last prompt, without what of them may not be shown any more."""
        settings = asked.settings
        exclude, chunks = self._chunks.get(asked.document, ((), ()))
        if not settings.completion_context or exclude != settings.exclude:
            chunks = ()
        last = self._last.get(asked.document)  # in one step: the other thread may forget it
        if last is None:
            return chunks, None
        before, _, request = last
        if before.settings.exclude != settings.exclude or not settings.completion_context:
            return chunks, replace(request.around, extra_context=())
        return chunks, request.around

    def _answer(self, request: Request, place: Place, cancel: CancelToken) -> tuple[str, str, Usage]:
        """What the model says, cleaned; where it comes from; what it cost."""
        around = request.around
        named = [self.backend.identity, asdict(around), place.multi_line, request.max_tokens]
        if self._store is not None and (stored := self._store.get(KIND, named)) is not None:
            return cleaned(stored["text"], around, place, cut_off=stored["cut_off"]), "cache", Usage()
        generation = self.backend.complete(request, cancel)
        try:
            raw = self._listen(generation, request, place)
        finally:
            self.totals.add(generation.usage)
        cut_off = (generation.usage.n_generated_tokens or 0) >= request.max_tokens
        if self._store is not None:
            self._store.put(KIND, named, {"text": raw, "cut_off": cut_off})
        answer = cleaned(raw, around, place, cut_off=cut_off)
        self._answers[hash((around, place))] = answer
        if len(self._answers) > MAX_ANSWERS:
            del self._answers[next(iter(self._answers))]
        return answer, "model", generation.usage

    def _listen(self, generation: Generation, request: Request, place: Place) -> str:
        """The answer up to where it is complete; the rest is not even made.

        Raises Cancelled where the user types something else meanwhile.
        """
        document, raw = request.document, ""
        self._heard[document] = raw  # an answer that was called off may have had a last word since `begin`
        try:
            for piece in generation:
                raw = continued(raw + piece, request.around.prefix)
                self._heard[document] = raw
                end = ended(raw, request.around, place)
                if end is not None:
                    return raw[:end]
                if not _agree(raw, self._typed.get(document, "")):
                    raise Cancelled
        finally:
            generation.close()
        return raw

    def _beyond_popup(self, asked: Asked, popup: Popup, cancel: CancelToken) -> Offer | None:
        """What goes on after the entry selected in the editor's list, with the entry: else the editor hides it."""
        typed = asked.text[popup.span.start : asked.offset]
        if not (popup.span.start <= asked.offset <= popup.span.end and popup.text.startswith(typed)):
            return None
        offer = self._complete(accepted(replace(asked, popup=None), Edit(popup.span, popup.text)), cancel)
        if offer is None:
            return None
        n_replaced = offer.edit.span.end - offer.edit.span.start
        span = Span(popup.span.start, popup.span.end + n_replaced)
        return replace(offer, edit=Edit(span, popup.text + offer.edit.new_text))


def _agree(answer: str, typed: str) -> bool:
    """Whether one is the beginning of the other."""
    return answer.startswith(typed) or typed.startswith(answer)

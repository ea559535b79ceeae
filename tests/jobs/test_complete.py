"""What of other files goes into a prompt, and no longer does when the settings say so; which answers go on.

And what needs no model.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from completing import Reply, ScriptedModel

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Chunk, Usage
from speedproof.core.errors import ModelError
from speedproof.core.settings import Settings
from speedproof.jobs.asked import Asked, Offer
from speedproof.jobs.complete import Completer
from speedproof.jobs.pending import Pending
from speedproof.suggest.backend import Request

TEXT = "value = "
CHUNK = Chunk("other.py", "def helper(first, second): ...")


class Listening(ScriptedModel):
    """Notes what it is shown of other files."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[Chunk, ...]] = []

    def complete(self, request: Request, cancel: CancelToken) -> Reply:
        self.shown.append(request.around.extra_context)
        return super().complete(request, cancel)


def test_what_is_excluded_later_is_not_shown_any_more() -> None:
    model = Listening()
    completer = Completer(model)
    usual = Settings()
    steps = [
        (usual, True),
        (replace(usual, exclude=("other.py",)), False),
        (usual, True),
        (replace(usual, completion_context=False), False),
    ]
    expected = []
    for number, (settings, shown) in enumerate(steps):
        text = "#" * number + "\n" + TEXT  # never the same, so that the model is asked
        asked = Asked("file:///a.py", "a.py", text, len(text), lambda: None, settings=settings)
        completer.show("file:///a.py", [CHUNK], ())
        model.replies.append("1")
        completer.complete(asked, CancelToken())
        expected.append((CHUNK,) if shown else ())
    assert model.shown == expected


def test_what_was_heard_of_an_earlier_answer_does_not_end_the_next() -> None:
    model = ScriptedModel()
    completer = Completer(model)
    model.replies.append("first")
    went_on = []

    class Typing(Reply):
        """While nothing of the answer is there, its user types its first letter."""

        def __iter__(self) -> Iterator[str]:
            went_on.append(completer.goes_on(asked, asked.text + "s", asked.offset + 1))
            yield "second"

    for text in (TEXT, "other = "):
        asked = Asked("file:///a.py", "a.py", text, len(text), lambda: None)
        completer.complete(asked, CancelToken())
        model.complete = lambda request, cancel: Typing("", Usage(), cancel, None)  # type: ignore[method-assign]
    assert went_on == [True]


class Unreachable(Listening):
    is_there = True

    def complete(self, request: Request, cancel: CancelToken) -> Reply:
        if not self.is_there:
            raise ModelError("it cannot be reached")
        return super().complete(request, cancel)


def test_an_answer_that_was_given_before_needs_no_model_and_nothing_waits_for_one_that_has_failed() -> None:
    model, now = Unreachable(), [0.0]
    completer = Completer(model, clock=lambda: now[0])
    texts = TEXT, f"other = 1\n{TEXT}"
    here, elsewhere = (Asked("file:///a.py", "a.py", text, len(text), lambda: None) for text in texts)
    model.replies.append("1")
    pending = completer.ready(here)
    assert isinstance(pending, Pending)
    assert completer.complete(here, CancelToken(), pending) is not None
    model.is_there = False
    with pytest.raises(ModelError):
        completer.complete(elsewhere, CancelToken())
    n_asked = len(model.shown)
    known = completer.ready(here)
    assert isinstance(known, Offer)
    assert (known.edit.new_text, known.source) == ("1", "cache")
    assert completer.ready(elsewhere) is None
    assert isinstance(completer.ready(replace(elsewhere, invoked=True)), Pending)
    assert len(model.shown) == n_asked
    now[0] = 1000.0
    assert isinstance(completer.ready(elsewhere), Pending)

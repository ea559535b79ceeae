"""What of other files goes into a prompt, and no longer does when the settings say so."""

from dataclasses import replace

from completing import Reply, ScriptedModel

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Chunk
from speedproof.core.settings import Settings
from speedproof.jobs.asked import Asked
from speedproof.jobs.complete import Completer
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

"""A completion that goes wrong costs a suggestion, and nothing else."""

import asyncio

import pytest

from speedproof.jobs.asked import Asked
from speedproof.jobs.complete import Completer
from speedproof.server.completion_state import Completing
from speedproof.server.under_way import completed


class Mistaken(Completer):
    def __init__(self) -> None:
        """Of nothing: there is a mistake in it before anything else is needed."""

    def ready(self, asked: Asked) -> None:
        raise RuntimeError("a mistake of ours")


def test_a_mistake_before_a_model_is_asked_is_logged_and_no_suggestion(caplog: pytest.LogCaptureFixture) -> None:
    asked = Asked("file:///a.py", "a.py", "x = ", 4, lambda: None, is_parsed=True)
    assert asyncio.run(completed(Completing(), Mistaken(), asked)) is None
    assert "a mistake of ours" in caplog.text

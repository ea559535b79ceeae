"""The server with a scripted model, and one command more: `bench.text` tells what it has for the text of a document."""

import sys
from pathlib import Path
from typing import Any

from lsprotocol import types

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))

from scripted_model import ASKED, Answer, Model

from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.jobs.complete import Completer
from speedproof.server import app
from speedproof.server.engine import Engine
from speedproof.server.session import Session
from speedproof.suggest.backend import Request


class Suggesting(Model):
    """Has an answer for one line, wherever it is."""

    def complete(self, request: Request, cancel: CancelToken) -> Answer:
        return Answer("sum(value)" if request.around.prefix.endswith("\n    total = ") else "", cancel)


def completer(settings: Settings) -> Completer | None:
    return Completer(Suggesting()) if settings.model else None


async def text(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    assert params.arguments is not None
    document = session.documents.get(str(params.arguments[0]))
    return None if document is None else {"text": document.text, "version": document.version}


if __name__ == "__main__":
    app.COMMANDS = (*app.COMMANDS, ("bench.text", text))
    ASKED.parent.mkdir(parents=True, exist_ok=True)
    sys.exit(app.serve(engine=Engine(completer=completer)))

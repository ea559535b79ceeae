"""Our server as it is, with a model that always has another answer, and a command that tells what text it knows.

`bench.text` takes a document's URI; its result is the text, or null where it is not open.
"""

import itertools
import sys
from collections.abc import Iterator

from lsprotocol import types

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.core.settings import Settings
from speedproof.core.store import Counters, Store
from speedproof.jobs.acceptance import folder
from speedproof.jobs.complete import Completer
from speedproof.server import app
from speedproof.server.engine import Engine
from speedproof.server.session import Session
from speedproof.suggest.backend import Request


class Model:
    identity = "another each time"
    name = "scripted"
    runs_here = False
    window = 4000
    usage = Usage()

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def complete(self, request: Request, cancel: CancelToken) -> "Model":
        return self

    def __iter__(self) -> Iterator[str]:
        yield f"first_{next(self._numbers)} + second"

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        return False

    def forget(self, document: str) -> None:
        pass

    def close(self) -> None:
        pass


def completer(settings: Settings) -> Completer:
    return Completer(Model(), Counters(folder()), Store())


async def text(session: Session, params: types.ExecuteCommandParams) -> str | None:
    document = session.documents.get(str((params.arguments or [""])[0]))
    return None if document is None else document.text


if __name__ == "__main__":
    app.COMMANDS = (*app.COMMANDS, ("bench.text", text))
    sys.exit(app.serve(engine=Engine(completer=completer)))

"""Our server with a model that costs nothing: `silent` has nothing to say, at once, `failing` cannot be reached.

What is left is what a keystroke costs without a model.
"""

import sys
from collections.abc import Iterator

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.core.errors import ModelError
from speedproof.core.settings import Settings
from speedproof.jobs.complete import Completer
from speedproof.server.app import serve
from speedproof.server.engine import Engine
from speedproof.suggest.backend import Request


class Silence:
    """A backend and its answer in one."""

    identity = "silence"
    name = "scripted"
    runs_here = True
    window = 8000
    usage = Usage()

    def complete(self, request: Request, cancel: CancelToken) -> "Silence":
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        return False

    def forget(self, document: str) -> None:
        pass

    def close(self) -> None:
        pass


class Failure(Silence):
    def __iter__(self) -> Iterator[str]:
        raise ModelError("the model cannot be reached")


MODELS = {"silent": Silence, "failing": Failure}


def completer(settings: Settings) -> Completer:
    return Completer(MODELS[sys.argv[1]]())


if __name__ == "__main__":
    sys.exit(serve(engine=Engine(completer=completer)))

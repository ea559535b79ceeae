"""Our server with a scripted model: the first line of a document says what the model makes of each line.

`# {"total = ": "a + b", …}`: by what stands on the cursor's line before the cursor, behind the last `; `. An answer
`WAIT` never comes, one that begins with `HELD ` comes once the file `release` is in the cache folder, one that begins
with `FAIL ` is a failure of the model with the rest for its message. Without an entry it says nothing.
Every line that the model is asked about is written to the file `asked` in the cache folder, and to `shown` what it is
shown of other files.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.core.errors import ModelError
from speedproof.core.settings import Settings
from speedproof.jobs.complete import Completer
from speedproof.server.app import serve
from speedproof.server.engine import Engine
from speedproof.suggest.backend import Request

ASKED = Path(os.environ["SPEEDPROOF_CACHE"]) / "asked"
SHOWN = ASKED.with_name("shown")
RELEASE = ASKED.with_name("release")


class Model:
    identity = "scripted"
    name = "scripted"
    runs_here = False
    window = 4000

    def complete(self, request: Request, cancel: CancelToken) -> "Answer":
        line = request.around.prefix.rpartition("\n")[2].rpartition("; ")[2]
        with ASKED.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        chunks = [[chunk.path, chunk.text] for chunk in request.around.extra_context]
        SHOWN.write_text(json.dumps(chunks), encoding="utf-8")
        answers = json.loads(request.around.prefix.partition("\n")[0].lstrip("\ufeff# "))
        return Answer(answers.get(line, ""), cancel)

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        return False

    def forget(self, document: str) -> None:
        pass

    def close(self) -> None:
        pass


class Answer:
    usage = Usage()

    def __init__(self, text: str, cancel: CancelToken) -> None:
        self._text, self._cancel = text, cancel

    def __iter__(self) -> Iterator[str]:
        while self._text == "WAIT" or (self._text.startswith("HELD ") and not RELEASE.exists()):
            self._cancel.check()
            time.sleep(0.005)
        if self._text.startswith("FAIL "):
            raise ModelError(self._text.removeprefix("FAIL "))
        yield self._text.removeprefix("HELD ")

    def close(self) -> None:
        pass


def completer(settings: Settings) -> Completer | None:
    return Completer(Model()) if settings.model else None


if __name__ == "__main__":
    ASKED.parent.mkdir(parents=True, exist_ok=True)
    sys.exit(serve(engine=Engine(completer=completer)))

"""What typing and the list of code actions cost, and that it does not depend on the size of the file.

Two files of 1,000 and 10,000 lines begin alike; the cursor is at the same place in both. They are open in the same
server and measured in turns. A keystroke is a change and the answer to a request that has nothing to do with it,
which cannot come before the change has been taken in; with completion it is the answer to the request for one. Of that
there are two. Without a model, for it fails and is left alone: the change, the place, the context, what was answered
before. And with one that has nothing to say, at once, in the thread in which models run.
"""

import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _client import Client
from _common import finish, parser, table

MAX_LISTING_MS = 15.0
MAX_COMPLETION_MS = 5.0
"""For 99 of 100 keystrokes."""
MAX_RATIO = 1.5
SIZES = (1_000, 10_000)
CURSOR_LINE = 104
INVOKED, AUTOMATIC = 1, 2
"""How a completion was triggered. Before a model is asked without the user asking, a pause in typing is waited for."""
SECONDS_AFTER_OPENING = 2.0
"""Until what follows from opening two files at once is done: the store is asked for verdicts on every function."""
FUNCTION = '''def function_{number}(items, known):
    """Größe: what is known already."""
    text = ""
    for item in items:
        if item in known:
            text += str(item)
        else:
            known.append(item)
    return text

'''
LINES_OF_FUNCTION = FUNCTION.count("\n")


ACTIONS = {
    "failing": ("listing", "keystroke", "keystroke_and_listing", "keystroke_and_completion"),
    "silent": ("keystroke_and_silent_model",),
}
"""By the model that the server has."""


class OpenFile:
    """A file in the editor, typed into at the end of the cursor's line."""

    def __init__(self, client: Client, path: Path, n_lines: int) -> None:
        self._client, self._uri, self._version, self._column = client, path.as_uri(), 1, 0
        functions = (FUNCTION.format(number=number) for number in range(n_lines // LINES_OF_FUNCTION))
        text = "".join(functions)
        self._column = len(text.split("\n")[CURSOR_LINE])
        item = {"uri": self._uri, "languageId": "python", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": item})

    @property
    def actions(self) -> dict[str, Callable[[], None]]:
        return {
            "listing": self.listing,
            "keystroke": self.keystroke,
            "keystroke_and_listing": self.keystroke_and_listing,
            "keystroke_and_completion": self.keystroke_and_completion,
            "keystroke_and_silent_model": lambda: self.keystroke_and_completion(INVOKED),
        }

    def listing(self) -> None:
        (action,) = self._client.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": self._uri},
                "range": {"start": self._cursor(), "end": self._cursor()},
                "context": {"diagnostics": []},
            },
        )
        assert action["title"] == f"Optimize `function_{CURSOR_LINE // LINES_OF_FUNCTION}`"

    def keystroke(self) -> None:
        self._type()
        self._client.request("codeAction/resolve", {"title": "nothing"})

    def keystroke_and_listing(self) -> None:
        self._type()
        self.listing()

    def keystroke_and_completion(self, kind: int = AUTOMATIC) -> None:
        self._type()
        position = {"textDocument": {"uri": self._uri}, "position": self._cursor()}
        assert (
            self._client.request("textDocument/inlineCompletion", {**position, "context": {"triggerKind": kind}}) == []
        )

    def _type(self) -> None:
        """A letter of a comment, or the comment's beginning."""
        self._version += 1
        text = "x" if self._version > 2 else "  # "
        self._client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self._uri, "version": self._version},
                "contentChanges": [{"range": {"start": self._cursor(), "end": self._cursor()}, "text": text}],
            },
        )
        self._column += len(text)

    def _cursor(self) -> dict[str, Any]:
        return {"line": CURSOR_LINE, "character": self._column}


def main() -> int:
    options = parser(__doc__ or "").parse_args()
    rounds = 60 if options.quick else 1_000
    figures: dict[str, float] = {}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for model, names in ACTIONS.items():
            with served(Path(folder), model) as files:
                samples_of = {
                    name: in_turns({size: files[size].actions[name] for size in SIZES}, rounds) for name in names
                }
            for name, samples in samples_of.items():
                small, large = (1000 * statistics.median(samples[size]) for size in SIZES)
                # Of neighbours in time, so that a load that comes and goes falls on both.
                pairs = zip(*(samples[size] for size in SIZES), strict=True)
                ratio = statistics.median(second / first for first, second in pairs)
                figures |= {f"{name}_1000_lines_ms": small, f"{name}_10000_lines_ms": large, f"{name}_ratio": ratio}
                p99 = 1000 * statistics.quantiles(samples[SIZES[1]], n=100, method="inclusive")[98]
                figures[f"{name}_10000_lines_p99_ms"] = p99
                rows.append([name, f"{small:.2f}", f"{large:.2f}", f"{p99:.2f}", f"{ratio:.2f}"])
    print(table(["median ms", "1,000 lines", "10,000 lines", "its 99th percentile", "ratio"], rows))
    failures = [f"{name} is {value:.2f}" for name, value in figures.items() if value > limit_of(name)]
    return finish("editor", options, figures, failures=failures)


@contextmanager
def served(folder: Path, model: str) -> Iterator[dict[int, OpenFile]]:
    """The files, by their number of lines, open in a server with such a model."""
    server = Path(__file__).with_name("_silent_server.py")
    client = Client([sys.executable, str(server), model], {**os.environ, "SPEEDPROOF_CACHE": str(folder / "cache")})
    client.initialize()
    client.notify("initialized", {})
    files = {size: OpenFile(client, folder / f"{model}_{size}.py", size) for size in SIZES}
    time.sleep(SECONDS_AFTER_OPENING)
    yield files
    client.close()


def limit_of(figure: str) -> float:
    if figure.endswith("_ratio"):
        return MAX_RATIO
    if figure == "keystroke_and_completion_10000_lines_p99_ms":
        return MAX_COMPLETION_MS
    if figure.endswith("_p99_ms"):
        return math.inf
    return MAX_LISTING_MS


def in_turns(actions: dict[int, Callable[[], None]], rounds: int) -> dict[int, list[float]]:
    """The seconds that each action takes, one after the other in every round; the first rounds warm up."""
    samples: dict[int, list[float]] = {key: [] for key in actions}
    for number in range(rounds + 5):
        for key, action in actions.items():
            start = time.perf_counter()
            action()
            if number >= 5:
                samples[key].append(time.perf_counter() - start)
    return samples


if __name__ == "__main__":
    sys.exit(main())

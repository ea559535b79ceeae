"""Cases of completion: the real job from the cursor to the edit, with a model that says what the case says.

The model's tokens are characters, its prompt is `[S]suffix[P]prefix` with one token for each mark, before it
`[F]path[N]text` for every chunk of context; the planner that says what of it is reused is the real one.

What happens, `#<`: `reply` (what the model says next; several queue up), `type "…"`, `delete N`, `accept`,
`accept N` (so many characters of it), `move N` (the cursor, by so many characters), `popup "…"` (the entry selected in
the editor's list, for the word before the cursor), `invoke` (the user asks, rather than types), `idle`, `cancel` (in
the midst of the next reply), `fail "…"` (instead of the next reply), `fault NAME` (the same: one of FAULTS, as whoever
asks a server meets it), `wait SECONDS`, `config` (TOML).
What is expected, `#>`: `completion`, `edit` (the whole text after it was accepted), `reuse CACHED+COMPUTED`, `source`,
`error "…"` (in what the user is told).
"""

import re
import socket
import ssl
import tomllib
from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import httpx
from casefile import Block, Case, parsed

from speedproof.analysis.readable import may_show
from speedproof.analysis.syntax import Syntax
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Usage
from speedproof.core.errors import Cancelled, ModelError
from speedproof.core.settings import Settings
from speedproof.core.text import Edit, Span, apply_edits
from speedproof.jobs.asked import Asked, Offer, Popup
from speedproof.jobs.complete import Completer
from speedproof.jobs.pending import Pending
from speedproof.suggest.backend import Request
from speedproof.suggest.local.plan import align
from speedproof.suggest.local.repair import Repair, Reuse, to_compute
from speedproof.suggest.remote.faults import unreachable
from speedproof.suggest.remote.options import RemoteOptions

SUFFIX, PREFIX, FILE, NEXT = -1, -2, -3, -4
CURSOR = re.compile(r"(?<!\\)\$0")
MAIN = "/main.py"
ROOT = Path("/a project that is not on disk")
SERVER = "https://models.example.org"


def _caused(cause: Exception) -> Exception:
    error = httpx.ConnectError("no connection")
    error.__cause__ = cause
    return error


def _no_tls() -> ssl.SSLError:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


def _certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_message = "unable to get local issuer certificate"
    return error


FAULTS = {
    "certificate": _caused(_certificate()),
    "tls": _caused(_no_tls()),
    "proxy": httpx.ProxyError("503 Service Unavailable"),
    "address": _caused(socket.gaierror(-2, "Name or service not known")),
}
"""Ways in which there is no connection."""


def check_complete(text: str, name: str = "case") -> None:
    check_case(parsed(text, name))


def check_case(case: Case, *, update: bool = False) -> str | None:
    """Play the case. Asserts what it expects, or returns its text with what was found instead."""
    world = World(case)
    found: dict[Block, str] = {}
    for block in case.blocks:
        if block.mark == "<":
            world.happens(block)
        elif block.mark == ">":
            expected = block.rest if block.word == "reuse" else block.body
            actual = world.observed(block)
            if block.word == "error":
                assert expected in actual, f"{case.name}:{block.line + 1}: told was {actual!r}"
            elif actual != expected:
                found[block] = actual
                assert update, f"{case.name}:{block.line + 1}: {block.word}: {actual!r}, not {expected!r}"
    assert not world.model.replies, f"{case.name}: replies that nobody asked for: {list(world.model.replies)}"
    return case.rewritten(found) if found else None


class World:
    """An editor with one document, and a completer."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.model = ScriptedModel()
        self.settings = Settings()
        self.now = 0.0
        self.completer = Completer(self.model, clock=lambda: self.now)
        self.path, self.text, self.cursor = self._main()
        self.popup: str | None = None
        self.invoked = False
        self.offer: Offer | None = None
        self.usage = Usage()
        self.told = ""
        self._is_fresh = False

    def happens(self, block: Block) -> None:
        word, argument = block.word, block.rest
        if word == "reply":
            self.model.replies.append(block.body)
        elif word == "fail":
            self.model.replies.append(ModelError(block.body))
        elif word == "fault":
            self.model.replies.append(unreachable(FAULTS[argument], SERVER, RemoteOptions(SERVER)))
        elif word == "cancel":
            self.model.cancels = True
        elif word == "config":
            self.settings = self.settings.updated(tomllib.loads(block.body), source="config")
        elif word == "wait":
            self.now += float(argument)
        elif word == "idle":
            while self.completer.step(self.uri, CancelToken()):
                pass
        else:
            self._edits(block, word, argument)
            self._is_fresh = False

    def observed(self, block: Block) -> str:
        if not self._is_fresh:
            self._is_fresh = True
            self._run()
        if block.word == "completion":
            return "" if self.offer is None else self.offer.edit.new_text
        if block.word == "edit":
            return apply_edits(self.text, [self.offer.edit] if self.offer else []).removesuffix("\n")
        if block.word == "reuse":
            return f"{self.usage.n_cached_tokens or 0}+{self.usage.n_computed_tokens or 0}"
        if block.word == "source":
            return "" if self.offer is None else self.offer.source
        if block.word == "error":
            return self.told
        raise self.case.error(block, f"nothing known is called {block.word!r}")

    @property
    def uri(self) -> str:
        return f"file://{self.path}"

    def _edits(self, block: Block, word: str, argument: str) -> None:
        self.popup = None
        self.invoked = word == "invoke"
        if word == "type":
            self._replace(Span(self.cursor, self.cursor), block.body)
        elif word == "delete":
            self._replace(Span(self.cursor - int(argument), self.cursor), "")
        elif word == "move":
            self.cursor += int(argument)
        elif word == "popup":
            self.popup = block.body
        elif word == "accept":
            assert self.offer is not None, "there is nothing to accept"
            edit = self.offer.edit
            if argument:
                edit = Edit(Span(edit.span.start, edit.span.start), edit.new_text[: int(argument)])
            self._replace(edit.span, edit.new_text)
        elif word != "invoke":
            raise self.case.error(block, f"nothing known is called {word!r}")

    def _replace(self, span: Span, new_text: str) -> None:
        self.text = self.text[: span.start] + new_text + self.text[span.end :]
        self.cursor = span.start + len(new_text)

    def _run(self) -> None:
        self.offer, self.usage, self.told = None, Usage(), ""
        # As the server does before it asks for anything.
        refusal = may_show(ROOT / self.path.lstrip("/"), ROOT, self.settings.exclude)
        if refusal:
            self.told = refusal
            return
        asked = Asked(
            self.uri,
            self.path.lstrip("/"),
            self.text,
            self.cursor,
            lambda: Syntax.parse(self.text) if self.path.endswith(".py") else None,
            "\r\n" if "\r\n" in self.text else "\n",
            self.invoked,
            self._popup(),
            self.settings,
        )
        self.offer = self.completer.known(asked)
        if self.offer is None:
            cancel = CancelToken()
            self.model.striking = cancel
            try:
                self.offer = self._completed(asked, cancel)
            except Cancelled:
                self.told = "cancelled"
            except ModelError as error:
                self.told = str(error)
            self.usage = self.model.usage
            self.model.usage = Usage()
        if self.offer is not None:
            self.completer.offered(asked, self.offer)

    def _completed(self, asked: Asked, cancel: CancelToken) -> Offer | None:
        """As the server does it."""
        if asked.popup is not None:
            return self.completer.complete(asked, cancel)
        ready = self.completer.ready(asked)
        return self.completer.complete(asked, cancel, ready) if isinstance(ready, Pending) else ready

    def _popup(self) -> Popup | None:
        if self.popup is None:
            return None
        typed = re.search(r"\w*$", self.text[: self.cursor])
        assert typed is not None
        return Popup(Span(typed.start(), self.cursor), self.popup)

    def _main(self) -> tuple[str, str, int]:
        for block in self.case.blocks:
            if block.mark == "-":
                marks = list(CURSOR.finditer(block.body))
                if marks:
                    assert len(marks) == 1, f"{self.case.name}:{block.line + 1}: one cursor, not {len(marks)}"
                    before = block.body[: marks[0].start()].replace(r"\$0", "$0")
                    after = block.body[marks[0].end() :].replace(r"\$0", "$0")
                    return str(PurePosixPath("/", block.word or MAIN)), before + after, len(before)
        raise AssertionError(f"{self.case.name}: there is no cursor, $0")


class ScriptedModel:
    """A backend that says what it is told to, and counts as a cache would: one token per character."""

    identity = "scripted"
    name = "scripted"
    runs_here = True
    window = 4000

    def __init__(self) -> None:
        self.replies: deque[str | ModelError] = deque()
        self.cancels = False
        self.striking = CancelToken()
        self.usage = Usage()
        self._cached: list[int] = []

    def complete(self, request: Request, cancel: CancelToken) -> "Reply":
        assert self.replies, f"the model is asked, and has no reply: {request.around.prefix[-40:]!r}"
        wanted = _tokens(request.around)
        kept, positions = to_compute(
            align(self._cached, wanted), len(self._cached), len(wanted), Reuse.ROTATE, Repair()
        )
        assert kept is not None
        self._cached = wanted
        self.usage = Usage(len(wanted) - len(positions), len(positions))
        reply = Reply(self.replies.popleft(), self.usage, cancel, self.striking if self.cancels else None)
        self.cancels = False
        return reply

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        self._cached = _tokens(request.around)
        return False

    def forget(self, document: str) -> None:
        self._cached = []

    def close(self) -> None:
        pass


class Reply:
    """The text a piece at a time; `striking` is cancelled halfway."""

    def __init__(self, text: str | ModelError, usage: Usage, cancel: CancelToken, striking: CancelToken | None) -> None:
        self._text, self.usage, self._cancel, self._striking = text, usage, cancel, striking

    def __iter__(self) -> Iterator[str]:
        if isinstance(self._text, ModelError):
            raise self._text
        for place in range(0, len(self._text), 3):
            if self._striking is not None and place >= len(self._text) // 2:
                self._striking.cancel()
            self._cancel.check()
            yield self._text[place : place + 3]

    def close(self) -> None:
        pass


def _tokens(around: Around) -> list[int]:
    tokens: list[int] = []
    for chunk in around.extra_context:
        tokens += [FILE, *map(ord, chunk.path), NEXT, *map(ord, chunk.text)]
    return [*tokens, SUFFIX, *map(ord, around.suffix), PREFIX, *map(ord, around.prefix)]

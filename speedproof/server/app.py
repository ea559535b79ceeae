"""The language server: `serve` runs it; the tables say which function answers what."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from lsprotocol import types
from pygls.io_ import StdoutWriter
from pygls.lsp.server import LanguageServer

from speedproof import __version__
from speedproof.core.errors import UsageError
from speedproof.server.engine import Engine
from speedproof.server.handlers import code_action, code_lens, diagnostic, inline_completion
from speedproof.server.handlers.apply_verified import APPLY, apply_verified
from speedproof.server.handlers.completion_report import COMPLETION_REPORT, completion_report
from speedproof.server.handlers.did_change import did_change
from speedproof.server.handlers.did_change_configuration import did_change_configuration
from speedproof.server.handlers.did_close import did_close
from speedproof.server.handlers.did_open import did_open
from speedproof.server.handlers.did_save import did_save
from speedproof.server.handlers.hover import hover
from speedproof.server.handlers.initialize import initialize, initialized
from speedproof.server.handlers.optimize import OPTIMIZE, optimize
from speedproof.server.handlers.proof_page import PROOF_PAGE, proof_page
from speedproof.server.handlers.prove import PROVE, prove
from speedproof.server.handlers.show_proof import SHOW_PROOF, show_proof
from speedproof.server.handlers.snooze import SNOOZE, snooze
from speedproof.server.handlers.status import STATUS, status
from speedproof.server.handlers.work_done_progress_cancel import work_done_progress_cancel
from speedproof.server.messages import LONGEST_LINE, from_stdin, receive
from speedproof.server.robust import RobustProtocol
from speedproof.server.session import Session

Handler = Callable[[Session, Any], Any]

# A plain function is answered before the next message is read; a coroutine runs beside them and can be cancelled.
FEATURES: tuple[tuple[str, Handler, Any], ...] = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
    (types.TEXT_DOCUMENT_CODE_ACTION, code_action.code_action, code_action.OPTIONS),
    (types.CODE_ACTION_RESOLVE, code_action.resolve, None),
    (types.TEXT_DOCUMENT_CODE_LENS, code_lens.code_lens, code_lens.OPTIONS),
    (types.TEXT_DOCUMENT_DIAGNOSTIC, diagnostic.diagnostic, diagnostic.OPTIONS),
    (types.TEXT_DOCUMENT_HOVER, hover, None),
    (types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion.inline_completion, inline_completion.OPTIONS),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration, None),
    (types.WINDOW_WORK_DONE_PROGRESS_CANCEL, work_done_progress_cancel, None),
)

COMMANDS: tuple[tuple[str, Handler], ...] = (
    (OPTIMIZE, optimize),
    (PROVE, prove),
    (APPLY, apply_verified),
    (SHOW_PROOF, show_proof),
    (PROOF_PAGE, proof_page),
    (STATUS, status),
    (SNOOZE, snooze),
    (COMPLETION_REPORT, completion_report),
)

LOOPBACK = "127.0.0.1"


def serve(tcp: int | None = None, engine: Engine | None = None) -> int:
    """Serve one client on stdin and stdout, or on TCP port `tcp` of this machine. Returns the exit status.

    Raises UsageError where it cannot listen there.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    server, session = create(engine or Engine())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(_stop, session))
    try:
        if tcp is None:
            server.serve_io()
        else:
            server.serve_tcp(LOOPBACK, tcp)
    except OSError as error:
        raise UsageError(f"cannot listen on {LOOPBACK}:{tcp}: {error}") from error
    finally:
        session.close()
    return server.protocol.exit_status


class SpeedproofServer(LanguageServer):
    """Serves one client, as `start_io` and `start_tcp` of pygls do, with our own reading of messages."""

    protocol: RobustProtocol

    def serve_io(self) -> None:
        async def serve() -> None:
            await receive(from_stdin(sys.stdin.fileno()), self.protocol)

        self.protocol.set_writer(StdoutWriter(sys.stdout.buffer))
        self._run(serve)

    def serve_tcp(self, host: str, port: int) -> None:
        """Raises OSError where it cannot listen there."""

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.protocol.set_writer(writer)
            await receive(reader, self.protocol)
            listening[0].close()

        async def serve() -> None:
            listening.append(await asyncio.start_server(connected, host, port, limit=LONGEST_LINE))
            with suppress(asyncio.CancelledError):
                await listening[0].serve_forever()

        listening: list[asyncio.Server] = []
        self._run(serve)

    def _run(self, serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            asyncio.run(serve())
        except BrokenPipeError:
            logging.getLogger(__name__).error("the connection to the client is lost")
        finally:
            self.shutdown()  # type: ignore[no-untyped-call]

    def report_server_error(self, error: Exception, *_: Any) -> None:
        """Into the log; pygls would put up a message that the user can do nothing about."""
        logging.getLogger(__name__).error("%s", error, exc_info=error)


def create(engine: Engine) -> tuple[SpeedproofServer, Session]:
    server = SpeedproofServer("speedproof", __version__, protocol_cls=RobustProtocol)
    session = Session(server, engine)
    for method, handler, options in FEATURES:
        server.feature(method, options)(partial(handler, session))
    for name, handler in COMMANDS:
        server.command(name)(partial(handler, session))
    return server, session


def _stop(session: Session, number: int, _: FrameType | None) -> None:
    """On a signal: call off the work and end. Not in order, which would wait for a stdin that stays silent.

    In a thread, for the one interrupted may hold a lock that this needs.
    """

    def end() -> None:
        session.close()
        os._exit(128 + number)

    threading.Thread(target=end).start()

"""The protocol of pygls with its traps closed: whatever a client sends is answered, and harms nothing else.

Each override names its trap. They rest on names that are private to pygls, which is why its version is pinned.
"""

import contextvars
import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

logger = logging.getLogger(__name__)

HANDLED_BY_US = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)


class TriggerKinds:
    """How a completion was triggered, also as drafts of the specification and older clients number it.

    Final are 1 for a request of the user's and 2 for an automatic one, as in lsprotocol, which refuses 0, the drafts'
    number for the first: the client would wait forever. Who has once sent 0 means the drafts' numbers.
    """

    def __init__(self) -> None:
        self._is_draft = False

    def __call__(self, value: Any, _: Any) -> types.InlineCompletionTriggerKind:
        self._is_draft |= value == 0
        invoked = 0 if self._is_draft else 1
        kinds = types.InlineCompletionTriggerKind
        return kinds.Invoked if value == invoked else kinds.Automatic


class RobustProtocol(LanguageServerProtocol):
    """Checks each message as a whole, then lets pygls handle it."""

    def __init__(self, server: LanguageServer, converter: Any) -> None:
        super().__init__(server, converter)
        self.exit_status = 1
        """Of the process; 0 only after `shutdown`, as the specification wants. pygls always exits with 0."""
        self.is_over = False
        """The client has said `exit`."""
        # pygls would keep a copy of every document, cut by `str.splitlines`, which takes a form feed or U+2028
        # for a line end and then edits the wrong line; and it never forgets a progress token. Both are ours.
        for method in HANDLED_BY_US:
            self.fm.builtin_features.pop(method)
        converter.register_structure_hook(types.InlineCompletionTriggerKind, TriggerKinds())

    def handle_message(self, message: Any) -> None:
        refusal = self._reason_to_refuse(message)
        if refusal is not None:
            self._refuse(message, *refusal)
            return
        try:
            structured = self.structure_message(message)
        except JsonRpcException as error:
            # pygls only shows a message to the user; the client waits for its answer forever.
            self._refuse(message, types.ErrorCodes.InvalidParams, f"malformed parameters: {error}")
            return
        self._dispatch(structured)

    def _dispatch(self, message: Any) -> None:
        """Each in a context of its own, as pygls does.

        That asks by `isinstance` which protocols the message meets, which takes Python 3.11 longer than a letter typed
        takes us.
        """
        run = contextvars.copy_context().run
        if not hasattr(message, "method"):
            run(self._handle_response, message.id, getattr(message, "result", None), getattr(message, "error", None))
        elif hasattr(message, "id"):
            run(self._handle_request, message.id, message.method, message.params)
        else:
            run(self._handle_notification, message.method, message.params)

    def _handle_response(self, msg_id: Any, result: Any = None, error: types.ResponseError | None = None) -> None:
        """Drops the answer to a request of ours that nobody awaits any more; pygls fails on it."""
        future = self._request_futures.get(msg_id)
        if future is not None and future.done():
            del self._request_futures[msg_id]
            return
        super()._handle_response(msg_id, result, error)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        """Drops the cancel that crossed its answer, as they do while somebody types; pygls logs each as a warning."""
        if msg_id in self._request_futures:
            super()._handle_cancel_notification(msg_id)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Runs a command as a task of its own, which a cancel reaches; pygls answers and lets it run on."""
        command = self.fm.commands.get(params.command)
        if command is None:
            raise JsonRpcInvalidParams(f"unknown command {params.command!r}")
        return await command(params)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]
        self.exit_status = 0 if self._shutdown else 1
        self.is_over = True

    def refuse_unreadable(self, error: Exception) -> None:
        """Answer a message that is no JSON. It has no id that could be known."""
        self._refuse({"id": None}, types.ErrorCodes.ParseError, f"not a JSON message: {error}")

    def _reason_to_refuse(self, message: Any) -> tuple[int, str] | None:
        """Why `message` cannot be dispatched, as an error code and words, or None."""
        codes = types.ErrorCodes
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            return codes.InvalidRequest, "not a JSON-RPC 2.0 message"
        if "result" in message or "error" in message:
            return None
        method = message.get("method")
        if not isinstance(method, str):
            return codes.InvalidRequest, "a message without a method"
        if method == types.EXIT:
            return None
        if self._workspace is None and method != types.INITIALIZE:
            return codes.ServerNotInitialized, "`initialize` must come first"
        if self._workspace is not None and method == types.INITIALIZE:
            return codes.InvalidRequest, "`initialize` may come only once"
        if self._shutdown:
            return codes.InvalidRequest, "the server is shutting down"
        known = method in self.fm.features or method in self.fm.builtin_features or method == types.CANCEL_REQUEST
        return None if known else (codes.MethodNotFound, f"unknown method {method!r}")

    def _refuse(self, message: Any, code: int, reason: str) -> None:
        """Answer `message` with an error. A notification is only logged: nobody waits for an answer."""
        # Behind `shutdown` Neovim closes its documents, one by one: nobody need know.
        logger.log(logging.DEBUG if self._shutdown else logging.WARNING, "%s", reason)
        fields = message if isinstance(message, dict) else {"id": None}
        request_id = fields.get("id")
        if "result" in fields or "error" in fields:
            # An answer to a request of ours, which cannot be read: who awaits it must not wait forever.
            future = self._request_futures.pop(request_id, None) if isinstance(request_id, str | int) else None
            if future is not None and not future.done():
                future.set_exception(JsonRpcException(reason, code))
        elif "id" in fields or "method" not in fields:
            known_id: Any = request_id if isinstance(request_id, str | int) else None
            self._send_response(known_id, error=types.ResponseError(code, reason))

"""`initialize` and `initialized`"""

import contextlib
from functools import partial

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from speedproof.server.client import Client
from speedproof.server.handlers import completion
from speedproof.server.handlers.did_change_configuration import SECTION, pull_settings
from speedproof.server.session import Session


def initialize(session: Session, params: types.InitializeParams) -> None:
    encoding = session.server.workspace.position_encoding or types.PositionEncodingKind.Utf16
    session.client = Client.of(params.capabilities, encoding)
    if not session.client.completes_inline:
        # Offered to everybody, it would be asked for at every keystroke, and show each suggestion twice.
        handler = partial(completion.completion, session)
        session.server.feature(types.TEXT_DOCUMENT_COMPLETION, completion.OPTIONS)(handler)


async def initialized(session: Session, _: types.InitializedParams) -> None:
    await pull_settings(session)
    if session.client.registers_settings:
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        registration = types.Registration(method, method, {"section": SECTION})
        params = types.RegistrationParams([registration])
        with contextlib.suppress(JsonRpcException):  # it says that it can, and then does not: settings stay as they are
            await session.server.client_register_capability_async(params)

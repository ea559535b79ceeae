"""`initialize` and `initialized`"""

from lsprotocol import types

from speedproof.server.client import Client
from speedproof.server.handlers.did_change_configuration import pull_settings
from speedproof.server.session import Session


def initialize(session: Session, params: types.InitializeParams) -> None:
    encoding = session.server.workspace.position_encoding or types.PositionEncodingKind.Utf16
    session.client = Client.of(params.capabilities, encoding)


async def initialized(session: Session, _: types.InitializedParams) -> None:
    if session.client.registers_settings:
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        registration = types.Registration(method, method, {"section": "speedproof"})
        await session.server.client_register_capability_async(types.RegistrationParams([registration]))
    await pull_settings(session)

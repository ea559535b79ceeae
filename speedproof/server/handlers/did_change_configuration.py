"""`workspace/didChangeConfiguration`: the section `speedproof` of the editor's settings."""

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from speedproof.server import background, status
from speedproof.server.session import Session

SECTION = "speedproof"


async def did_change_configuration(session: Session, params: types.DidChangeConfigurationParams) -> None:
    if session.client.pulls_settings:
        await pull_settings(session)
        return
    # Older clients send all settings along, with the section's name or without.
    settings: Any = params.settings
    _use(session, settings.get(SECTION, settings) if isinstance(settings, dict) else None)


async def pull_settings(session: Session) -> None:
    """Ask the client for our section; one that does not answer properly has none."""
    if not session.client.pulls_settings:
        return
    params = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
    try:
        answer = await session.server.workspace_configuration_async(params)
    except JsonRpcException:
        answer = []
    _use(session, answer[0] if answer else None)


def _use(session: Session, settings: Any) -> None:
    """Takes what is an object; a client that has no such section sends null."""
    session.editor_settings = settings if isinstance(settings, dict) else {}
    session.told.clear()
    session.completing.where.clear()
    for uri in session.documents:
        background.after_open(session, uri)
    status.tell(session)
    if session.client.refreshes_diagnostics:
        session.server.workspace_diagnostic_refresh(None)

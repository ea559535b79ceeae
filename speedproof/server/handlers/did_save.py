"""`textDocument/didSave`"""

from lsprotocol import types

from speedproof.server import background
from speedproof.server.session import Session


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """A verdict in the store may rest on this file or on another that was saved: look again."""
    background.after_change(session, params.text_document.uri)

"""`textDocument/didClose`"""

from lsprotocol import types

from speedproof.server import background, completing
from speedproof.server.session import Session


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """Forgets the document. Work that the user asked for goes on: its result is told, and kept."""
    uri = params.text_document.uri
    completing.before_close(session, uri)
    session.documents.pop(uri, None)
    session.findings.pop(uri, None)
    session.committed.pop(uri, None)
    background.forget(session, uri)
    completing.forget(session, uri)

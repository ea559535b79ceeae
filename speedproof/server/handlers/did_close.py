"""`textDocument/didClose`"""

from lsprotocol import types

from speedproof.server import background
from speedproof.server.session import Session


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """Forgets the document. Work that the user asked for goes on: its result is told, and kept."""
    uri = params.text_document.uri
    if session.completing.completer is not None:  # else nothing of completion has been needed so far
        from speedproof.server import completing

        completing.close(session, uri)
    session.documents.pop(uri, None)
    session.findings.pop(uri, None)
    session.committed.pop(uri, None)
    background.forget(session, uri)

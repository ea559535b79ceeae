"""`textDocument/didOpen`"""

from lsprotocol import types

from speedproof.server import background
from speedproof.server.document import Document
from speedproof.server.session import Session


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    opened = params.text_document
    session.documents[opened.uri] = Document.opened(opened.uri, opened.version, opened.text, str(opened.language_id))
    background.after_open(session, opened.uri)

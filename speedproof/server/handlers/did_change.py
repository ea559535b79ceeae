"""`textDocument/didChange`, incremental."""

from lsprotocol import types

from speedproof.server import background, convert
from speedproof.server.session import Session


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    identifier = params.text_document
    document = session.documents.get(identifier.uri)
    if document is None:  # never opened: there is nothing that the change could refer to
        return
    for change in params.content_changes:
        document = convert.changed(document, change, identifier.version, session.client.encoding)
    session.documents[identifier.uri] = document
    background.after_change(session, identifier.uri)
    if session.completing.completer is not None:  # else nothing of completion has been needed so far
        from speedproof.server import completing

        completing.after_change(session, identifier.uri)

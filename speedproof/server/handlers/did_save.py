"""`textDocument/didSave`"""

from lsprotocol import types

from speedproof.server import background
from speedproof.server.session import Session


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """A verdict may rest on other files than its own: those that do are only good if the store still says so."""
    saved = session.documents.get(params.text_document.uri)
    path = None if saved is None else saved.path
    kept = {key: proof for key, proof in session.proofs.items() if proof.target.path == path}
    if len(kept) < len(session.proofs):
        session.proofs = kept
        session.verdicts_changed()
    for uri in session.documents:
        background.after_open(session, uri)

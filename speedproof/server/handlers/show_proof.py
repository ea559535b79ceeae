"""The command `speedproof.showProof`: the whole evidence of a result as a Markdown document.

Its argument is `{"uri": …, "qualname": …}`; its result the document's URI, or null where nothing is known.
"""

import hashlib
import os
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from speedproof.server.proofs import Proof
from speedproof.server.request import function_named
from speedproof.server.session import Session

SHOW_PROOF = "speedproof.showProof"


async def show_proof(session: Session, params: types.ExecuteCommandParams) -> str | None:
    proof = known_proof(session, *function_named(SHOW_PROOF, params.arguments))
    if proof is None:
        return None
    written = _written(proof)
    shown_uri = written.as_uri()
    if not await _show(session, shown_uri):
        session.show(types.MessageType.Info, f"the proof is in {written}")
    return shown_uri


def known_proof(session: Session, uri: str, qualname: str) -> Proof | None:
    """The latest one for a function; where there is none the user is told."""
    proof = session.proofs.get((str(session.document(uri).path), qualname))
    if proof is None:
        session.show(types.MessageType.Info, f"nothing is known about `{qualname}` yet: optimize it first")
    return proof


async def _show(session: Session, uri: str) -> bool:
    """Whether the client shows the document."""
    if not session.client.shows_documents:
        return False
    try:
        params = types.ShowDocumentParams(uri, take_focus=True)
        return (await session.server.window_show_document_async(params)).success
    except JsonRpcException:  # whatever went wrong there, the user can still open the file
        return False


def _written(proof: Proof) -> Path:
    """The proof as a file in the user's cache folder, one per function, readable by the user alone."""
    import platformdirs

    from speedproof.report.markdown import proof as as_markdown

    cache = os.environ.get("SPEEDPROOF_CACHE") or platformdirs.user_cache_path("speedproof")
    folder = Path(cache, "proofs")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256("\0".join(proof.key).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    path = folder / f"{proof.target.qualname}-{digest}.md"
    path.write_text(as_markdown(proof.result), encoding="utf-8", errors="backslashreplace")
    return path

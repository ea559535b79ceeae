"""The command `speedproof.showProof`: the whole evidence of a result as a Markdown document.

Its argument is `{"uri": …, "qualname": …}`; its result the document's URI, or null where nothing is known.
"""

import hashlib
import os
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from speedproof.server.proofs import Proof
from speedproof.server.session import Session

SHOW_PROOF = "speedproof.showProof"


async def show_proof(session: Session, params: types.ExecuteCommandParams) -> str | None:
    match params.arguments:
        case [{"uri": str(uri), "qualname": str(qualname)}]:
            path = session.document(uri).path
        case _:
            raise JsonRpcInvalidParams(f'{SHOW_PROOF} takes one argument, {{"uri": string, "qualname": string}}')
    proof = session.proofs.get((str(path), qualname))
    if proof is None:
        session.show(types.MessageType.Info, f"nothing is known about `{qualname}` yet: optimize it first")
        return None
    written = _written(proof)
    shown_uri = written.as_uri()
    if not await _show(session, shown_uri):
        session.show(types.MessageType.Info, f"the proof is in {written}")
    return shown_uri


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

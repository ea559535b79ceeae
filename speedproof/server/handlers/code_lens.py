"""`textDocument/codeLens`: on functions with a verdict what it is, what applies it and what shows its proof."""

from collections.abc import Mapping
from functools import partial

from lsprotocol import types

from speedproof.analysis.targets import targets_of
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.core.target import Target
from speedproof.core.text import Span
from speedproof.server import convert
from speedproof.server.document import Document
from speedproof.server.handlers.apply_verified import APPLY
from speedproof.server.handlers.show_proof import SHOW_PROOF
from speedproof.server.proofs import Conflict, Proof, edits_for
from speedproof.server.session import Session

OPTIONS = types.CodeLensOptions(resolve_provider=False)

Title = tuple[str, str]
"""And the command."""


async def code_lens(session: Session, params: types.CodeLensParams) -> list[types.CodeLens]:
    document = session.documents.get(params.text_document.uri)
    if document is None or document.path is None:
        return []
    path = str(document.path)
    proofs = {name: proof for (of_path, name), proof in session.proofs.items() if of_path == path}
    if not proofs:
        return []
    try:
        found = await session.background.run(("lenses", document.uri), partial(_lenses, document, proofs))
    except Cancelled:  # a newer request is on its way
        return []
    lenses = []
    for target, titles in found:
        start = Span(target.span.start, target.span.start)
        where = convert.range_at(document.normal, start, session.client.encoding)
        argument = {"uri": document.uri, "qualname": target.qualname}
        lenses += [
            types.CodeLens(where, types.Command(title, command, arguments=[argument])) for title, command in titles
        ]
    return lenses


def _lenses(
    document: Document, proofs: Mapping[str, Proof], cancel: CancelToken
) -> list[tuple[Target, tuple[Title, ...]]]:
    """Runs in a thread: to see whether an edit fits takes longer than a moment."""
    normal, found = document.normal, []
    if normal.path is None:
        return []
    for target in targets_of(normal.path, normal.syntax):
        cancel.check()
        proof = proofs.get(target.qualname)
        titles = () if proof is None else _titles(proof, normal, target)
        if titles:
            found.append((target, titles))
    return found


def _titles(proof: Proof, document: Document, target: Target) -> tuple[Title, ...]:
    from speedproof.report.words import conclusion

    show = ("proof", SHOW_PROOF)
    if proof.result.was_given:
        return ((conclusion(proof.result), SHOW_PROOF), show) if proof.holds_for(target) else ()
    verdict = (f"verified {proof.label}", SHOW_PROOF)
    if proof.is_applied_in(target, document.syntax):
        return verdict, show
    if not proof.result.found or not proof.holds_for(target):
        return ()
    try:
        edits_for(proof, document)
    except Conflict:
        return ()
    return verdict, ("apply", APPLY), show

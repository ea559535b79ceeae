"""`textDocument/hover`: the evidence for a function, on its name where it is defined."""

from lsprotocol import types

from speedproof.analysis.targets import target_of
from speedproof.core.text import Span
from speedproof.server import convert
from speedproof.server.session import Session


def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    document = session.documents.get(params.text_document.uri)
    if document is None or document.path is None or not session.proofs:
        return None
    offset = convert.offset_at(document, params.position, session.client.encoding)
    target = target_of(document.path, document.syntax, offset)
    proof = None if target is None else session.proofs.get((str(target.path), target.qualname))
    if target is None or proof is None or not proof.holds_for(target):
        return None
    start = target.span.start + target.source.find(f"def {target.name}") + len("def ")
    name = Span(start, start + len(target.name))
    if not name.start <= offset <= name.end:
        return None
    from speedproof.report.markdown import evidence

    where = convert.range_at(document, name, session.client.encoding)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, evidence(proof.result)), where)

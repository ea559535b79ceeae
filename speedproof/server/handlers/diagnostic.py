"""`textDocument/diagnostic`: the findings, for clients that ask for them."""

from lsprotocol import types

from speedproof.server.background import diagnostics
from speedproof.server.session import Session

OPTIONS = types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False, identifier="speedproof")


async def diagnostic(
    session: Session, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport:
    return types.RelatedFullDocumentDiagnosticReport(items=await diagnostics(session, params.text_document.uri))

"""Verified edits on their way to the client: versioned, labelled, and never over what the user typed meanwhile."""

from dataclasses import replace

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from speedproof.core.errors import UsageError
from speedproof.server import convert
from speedproof.server.client import Client
from speedproof.server.document import Document
from speedproof.server.proofs import Conflict, Proof, edits_for
from speedproof.server.session import Session

ATTEMPTS = 3
"""Typing that goes on while the edit is under way makes the client refuse it: then it is made anew."""

ANNOTATION = "speedproof"


async def apply(session: Session, uri: str, proof: Proof) -> bool:
    """Have the client apply a verified rewrite to the document as it is now; whether it did.

    Where that cannot be, the user is told why.
    """
    name = proof.target.qualname
    if not session.client.applies_edits:
        session.show(types.MessageType.Info, f"`{name}`: {proof.label}. Your editor takes the edit as a code action.")
        return False
    for attempt in range(ATTEMPTS):
        try:
            document = session.document(uri)
            edit = workspace_edit(session.client, document, proof)
        except (Conflict, UsageError) as reason:
            session.show(types.MessageType.Warning, f"not applied: {reason}")
            return False
        params = types.ApplyWorkspaceEditParams(edit, label=f"Speedproof: {name} {proof.label}")
        try:
            answer = await session.server.workspace_apply_edit_async(params)
        except JsonRpcException as error:
            answer = types.ApplyWorkspaceEditResult(applied=False, failure_reason=str(error))
        if answer.applied:
            return True
        if attempt + 1 == ATTEMPTS or session.document(uri).version == document.version:
            session.show(
                types.MessageType.Warning, f"the editor did not apply it: {answer.failure_reason or 'no reason given'}"
            )
            return False
    return False


def workspace_edit(client: Client, document: Document, proof: Proof) -> types.WorkspaceEdit:
    """The rewrite as an edit of `document`, in the richest form that the client takes.

    Raises Conflict where the document has changed so that it does not fit.
    """
    normal = document.normal
    edits = [replace(edit, new_text=edit.new_text.replace("\n", document.newline)) for edit in edits_for(proof, normal)]
    text_edits = convert.text_edits(normal, edits, client.encoding)
    if not client.versioned_edits:
        return types.WorkspaceEdit(changes={document.uri: text_edits})
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    if not client.annotated_edits:
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, text_edits)])
    annotated = [types.AnnotatedTextEdit(ANNOTATION, edit.range, edit.new_text) for edit in text_edits]
    annotation = types.ChangeAnnotation(
        label=f"Speedproof: {proof.label}",
        description=f"{proof.target.qualname}: {proof.result.verdict.reason}",
        needs_confirmation=False,
    )
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(identifier, annotated)],
        change_annotations={ANNOTATION: annotation},
    )

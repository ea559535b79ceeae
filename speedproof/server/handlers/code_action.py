"""`textDocument/codeAction` and `codeAction/resolve`: listing is syntax only, and answers at once.

What an action carries names all that choosing it needs; the server remembers no "last action".
"""

from collections.abc import Iterator

from lsprotocol import types

from speedproof.analysis.targets import target_of
from speedproof.core.target import Target
from speedproof.server import convert
from speedproof.server.apply import workspace_edit
from speedproof.server.document import Document
from speedproof.server.handlers.optimize import OPTIMIZE
from speedproof.server.handlers.prove import PROVE
from speedproof.server.handlers.show_proof import SHOW_PROOF
from speedproof.server.proofs import Conflict
from speedproof.server.request import argument_for
from speedproof.server.session import Session

KIND = types.CodeActionKind.RefactorRewrite
ASK_HINT = "speedproof.askHint"
"""A command of the client: it asks for a hint, and runs OPTIMIZE with the same argument and the `hint` in it."""
OPTIONS = types.CodeActionOptions(code_action_kinds=[KIND], resolve_provider=True)


def code_action(session: Session, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """The actions for the function under the cursor, or at the start of the selection."""
    document = session.documents.get(params.text_document.uri)
    if document is None or document.path is None or not _is_wanted(params.context):
        return []
    offset = convert.offset_at(document, params.range.start, session.client.encoding)
    target = target_of(document.path, document.syntax, offset)
    if target is None:
        return []
    actions = [
        *_ready(session, document, target),
        _optimize(session, document, target),
        *_with_hint(session, document, target),
        *_prove(session, document, target),
    ]
    if session.client.action_literals:
        return list(actions)
    return [action.command for action in actions if action.command is not None]


def resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The edit of a ready action, for the document as it is when the user chooses it. Others are complete."""
    match action.data:
        case {"uri": str(uri), "path": str(path), "qualname": str(qualname)} if action.edit is None:
            document, proof = session.documents.get(uri), session.proofs.get((path, qualname))
        case _:
            return action
    if document is None or proof is None:
        return action
    try:
        action.edit = workspace_edit(session.client, document, proof)
    except Conflict as reason:
        session.show(types.MessageType.Warning, f"not applied: {reason}")
    return action


def _is_wanted(context: types.CodeActionContext) -> bool:
    """Whether the client asks for our kind: it, or one that it is a part of."""
    if context.only is None:
        return True
    # Not an f-string: that would name the member of the enum that known kinds are.
    return any(kind == "" or (KIND + ".").startswith(kind + ".") for kind in context.only)


def _optimize(session: Session, document: Document, target: Target) -> types.CodeAction:
    title = f"Optimize `{target.name}`"
    argument = argument_for(session, document, target)
    return types.CodeAction(title, kind=KIND, command=types.Command(title, OPTIMIZE, arguments=[argument]))


def _with_hint(session: Session, document: Document, target: Target) -> Iterator[types.CodeAction]:
    """Where a model is asked, and the client can ask its user for the words that it is told."""
    if ASK_HINT in session.client.commands and session.settings_for(document.path).edits_model != "off":
        title = f"Optimize `{target.name}` with a hint…"
        argument = argument_for(session, document, target)
        yield types.CodeAction(title, kind=KIND, command=types.Command(title, ASK_HINT, arguments=[argument]))


def _prove(session: Session, document: Document, target: Target) -> Iterator[types.CodeAction]:
    """For a function that the last commit has, and has otherwise; and its proof, once there is one."""
    committed = session.committed.get(document.uri)
    if committed is None or not committed.has_other(target):
        return
    proof = session.proofs.get((str(target.path), target.qualname))
    if proof is not None and proof.result.was_given and proof.holds_for(target):
        title = f"Show the proof: {proof.result.outcome}"
        place = {"uri": document.uri, "qualname": target.qualname}
        yield types.CodeAction(title, kind=KIND, command=types.Command(title, SHOW_PROOF, arguments=[place]))
    title = f"Prove this change to `{target.name}`"
    argument = argument_for(session, document, target)
    yield types.CodeAction(title, kind=KIND, command=types.Command(title, PROVE, arguments=[argument]))


def _ready(session: Session, document: Document, target: Target) -> Iterator[types.CodeAction]:
    """What is verified already for this function, as it reads now."""
    proof = session.proofs.get((str(target.path), target.qualname))
    if proof is None or not proof.result.found or proof.result.was_given or not proof.holds_for(target):
        return
    action = types.CodeAction(f"Apply verified rewrite: {proof.label}", kind=KIND, is_preferred=True)
    if session.client.resolves_edits:
        action.data = {"uri": document.uri, "path": str(target.path), "qualname": target.qualname}
        yield action
        return
    try:
        action.edit = workspace_edit(session.client, document, proof)
    except Conflict:
        return
    yield action

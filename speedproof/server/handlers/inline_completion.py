"""`textDocument/inlineCompletion`: one suggestion, or an empty list. Every request is answered with either."""

from lsprotocol import types

from speedproof.server import convert
from speedproof.server.session import Session

OPTIONS = types.InlineCompletionOptions()


async def inline_completion(session: Session, params: types.InlineCompletionParams) -> list[types.InlineCompletionItem]:
    from speedproof.server.completing import offered  # much of it, and not every client completes

    found = await offered(
        session,
        params.text_document.uri,
        params.position,
        invoked=params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked,
        popup=params.context.selected_completion_info,
    )
    if found is None:
        return []
    document, offer = found
    return [
        types.InlineCompletionItem(
            insert_text=offer.edit.new_text,
            range=convert.range_at(document, offer.edit.span, session.client.encoding),
        )
    ]

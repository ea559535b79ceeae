"""`textDocument/completion`, for clients without inline completions: the same suggestion as one labelled entry."""

import re

from lsprotocol import types

from speedproof.core.text import Span
from speedproof.server import convert
from speedproof.server.session import Session

OPTIONS = types.CompletionOptions(trigger_characters=[".", "(", " ", "="])
MAX_LABEL = 60
LAST = "\uffff"
"""Sorts behind what language servers know for sure."""
_WORD_BEFORE = re.compile(r"\w*$")


async def completion(session: Session, params: types.CompletionParams) -> types.CompletionList:
    from speedproof.server.completing import offered  # much of it, and not every client completes

    context = params.context
    found = await offered(
        session,
        params.text_document.uri,
        params.position,
        invoked=context is not None and context.trigger_kind == types.CompletionTriggerKind.Invoked,
        popup=None,
    )
    if found is None:
        return types.CompletionList(is_incomplete=True, items=[])
    document, offer = found
    # Editors match an entry against the word before the cursor, which it therefore has to begin with.
    line_start = document.lines.line_start(document.lines.line_of(offer.edit.span.start))
    word = _WORD_BEFORE.search(document.text[line_start : offer.edit.span.start])
    typed = "" if word is None else word[0]
    text = typed + offer.edit.new_text
    span = Span(offer.edit.span.start - len(typed), offer.edit.span.end)
    item = types.CompletionItem(
        label=_label(text),
        kind=types.CompletionItemKind.Text,
        detail="Speedproof",
        documentation=text if "\n" in text else None,
        sort_text=LAST,
        filter_text=text.split("\n", 1)[0],
        text_edit=types.TextEdit(convert.range_at(document, span, session.client.encoding), text),
        insert_text_mode=types.InsertTextMode.AsIs,
    )
    return types.CompletionList(is_incomplete=True, items=[item])


def _label(text: str) -> str:
    """The first line, shortened; where it goes on, that shows."""
    line, *more = text.split("\n", 1)
    shown = line.strip()
    return f"{shown[: MAX_LABEL - 1]}…" if len(shown) > MAX_LABEL or more else shown

"""Mistral's endpoint for gaps, `/v1/fim/completions`: it knows its model's template by itself."""

from typing import Any

from speedproof.core.completion import Around
from speedproof.core.errors import ModelError
from speedproof.suggest.backend import Request
from speedproof.suggest.remote.events import Event
from speedproof.suggest.remote.openai import usage_of
from speedproof.suggest.remote.options import under
from speedproof.suggest.remote.server import Ask, Dialect, Part, Server, text_of
from speedproof.suggest.remote.vocabulary import ALL_STOPS, named_model

HOST = "mistral.ai"


async def ask(server: Server, request: Request) -> Ask:
    if not server.options.model:
        raise ModelError("Mistral has several models: name one in `model`, `codestral-latest` for one.")
    body = {
        "prompt": _with_context(request.around),
        "suffix": request.around.suffix,
        "max_tokens": request.max_tokens,
        "temperature": 0,
        "stop": list(request.stop),
        "stream": True,
        **named_model(server),
    }
    url = under(server.connection.address.versioned, "/fim/completions")
    return Ask(url, body, read, (*ALL_STOPS, *request.stop), request.max_tokens)


def read(event: Event) -> Part:
    choices = event["choices"]
    usage = usage_of(event)
    if not choices:
        return Part(usage=usage)
    choice = choices[0]
    delta = choice.get("delta") or choice.get("message") or {}  # the latter from a server that does not stream
    return Part(_content(delta.get("content")), usage, done=choice.get("finish_reason") is not None)


def _content(value: Any) -> str:
    """A text, or a list of parts of which some are text."""
    if isinstance(value, list):
        return "".join(text_of(part.get("text")) for part in value if part.get("type") == "text")
    return text_of(value)


def _with_context(around: Around) -> str:
    """Other files before this one, each below its name, in the way in which Codestral was trained."""
    if not around.extra_context:
        return around.prefix
    parts = [f"+++++ {chunk.path}\n{chunk.text.rstrip()}\n\n" for chunk in around.extra_context]
    return "".join([*parts, f"+++++ {around.path}\n", around.prefix])


MISTRAL = Dialect(ask)

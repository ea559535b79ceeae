"""Ollama: `/api/generate`, raw, with a template of ours, as its own often lack the gap or hide why."""

import re
from typing import Any

from speedproof.core.completion import Usage
from speedproof.core.errors import ModelError
from speedproof.suggest.backend import Request
from speedproof.suggest.completion.templates import Template, as_text, template_for
from speedproof.suggest.remote.events import Event
from speedproof.suggest.remote.options import under
from speedproof.suggest.remote.server import Ask, Dialect, Part, Server, count_of, text_of
from speedproof.suggest.remote.vocabulary import named_template, stop_texts

TAGS = "/api/tags"
SIGN = "models"
KEEP_ALIVE = "30m"
MAX_TOKENS = 512
MAX_VOCABULARY_BYTES = 2**26
"""It comes with all merges, which takes some megabytes."""
VOCABULARY = "tokenizer.ggml.tokens"
_CONTEXT = re.compile(r"^num_ctx\s+(\d+)\s*$", re.MULTILINE)


async def ask(server: Server, request: Request) -> Ask:
    """The options are the same in all requests: some of them, if they change, make Ollama load the model again.

    So the limits of a single request are kept on this side, by hanging up.
    """
    options = server.options
    if not options.model:
        raise ModelError("Ollama has several models: name one in `model`, as `ollama list` shows it.")
    template = await _template(server)
    stops = stop_texts(template.stops)
    body = {
        "model": options.model,
        "prompt": as_text(template.pieces(request.around)),
        "raw": True,
        "stream": True,
        "keep_alive": KEEP_ALIVE,
        "options": {
            "temperature": 0,
            "num_predict": MAX_TOKENS,
            "stop": list(stops),
            **({"num_ctx": options.context_tokens} if options.context_tokens else {}),
        },
    }
    url = under(server.connection.address.root, "/api/generate")
    return Ask(url, body, read, (*stops, *request.stop), request.max_tokens)


def read(event: Event) -> Part:
    done = event.get("done") is True
    usage = Usage(n_generated_tokens=count_of(event.get("eval_count"))) if done else None
    return Part(text_of(event["response"]), usage, done)


async def _template(server: Server) -> Template:
    if server.template is None:
        url = under(server.connection.address.root, "/api/show")
        body = {"model": server.options.model, "verbose": True}
        shown = await server.connection.fetch("POST", url, body, MAX_VOCABULARY_BYTES)
        if not server.n_context:
            server.n_context = _context(shown)
        tokens = _vocabulary(shown)
        server.template = named_template(server.options) or template_for(lambda token: token in tokens)
    return server.template


def _vocabulary(shown: Any) -> set[Any]:
    """Empty where it is not told."""
    info = shown.get("model_info") if isinstance(shown, dict) else None
    tokens = info.get(VOCABULARY) if isinstance(info, dict) else None
    return {token for token in tokens if isinstance(token, str)} if isinstance(tokens, list) else set()


def _context(shown: Any) -> int:
    """What the model is started with, if it does not say otherwise; 0 where that is not told."""
    parameters = shown.get("parameters") if isinstance(shown, dict) else None
    found = _CONTEXT.search(parameters) if isinstance(parameters, str) else None
    return int(found[1]) if found else 0


OLLAMA = Dialect(ask)

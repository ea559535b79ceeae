"""llama.cpp's own server: `/infill`, or `/completion` where the model has no tokens for a gap."""

import json
from typing import Any

from speedproof.core.completion import Usage
from speedproof.suggest.backend import Question, Request
from speedproof.suggest.completion.templates import as_text
from speedproof.suggest.remote.events import Event
from speedproof.suggest.remote.faults import Fault
from speedproof.suggest.remote.options import under
from speedproof.suggest.remote.server import Ask, Dialect, Part, Server, count_of, text_of
from speedproof.suggest.remote.vocabulary import ALL_STOPS, named_model, named_template, stop_texts
from speedproof.suggest.remote.vocabulary import template_by_tokenizing as template_of

PROPERTIES = "/props"
SIGN = "default_generation_settings"
"""A key of its properties that no other server has."""
NOT_SUPPORTED = {404, 501}


async def ask(server: Server, request: Request) -> Ask:
    await _introduce(server)
    options = {
        "n_predict": request.max_tokens, "stop": list(request.stop), "stream": True, "cache_prompt": True,
        "temperature": 0.0, "samplers": ["top_k"], "top_k": 1, **named_model(server),
    }  # fmt: skip
    root = server.connection.address.root
    if server.infills and named_template(server.options) is None:
        body = {**_gap(request), **options}
        return Ask(under(root, "/infill"), body, read, (*ALL_STOPS, *request.stop), request.max_tokens)
    template = await template_of(server)
    stops = (*stop_texts(template.stops), *request.stop)
    body = {"prompt": as_text(template.pieces(request.around)), **options, "stop": list(stops)}
    return Ask(under(root, "/completion"), body, read, stops, request.max_tokens)


def _gap(request: Request) -> dict[str, Any]:
    """What is typed on the cursor's line goes apart from the lines above, so that these stay the same meanwhile."""
    around = request.around
    start = around.prefix.rfind("\n") + 1
    return {
        "input_prefix": around.prefix[:start],
        "prompt": around.prefix[start:],
        "input_suffix": around.suffix,
        "input_extra": [{"filename": chunk.path, "text": chunk.text} for chunk in around.extra_context],
    }


def grammar_of(question: Question) -> str:
    """In GBNF, that of an answer which begins and ends as is wanted, of lines without a backquote in between."""
    opening, closing = json.dumps(question.opening), json.dumps(question.closing.lstrip("\n"))
    return f'root ::= {opening} line+ {closing}\nline ::= [^`\\n]* "\\n"\n'


def read(event: Event) -> Part:
    done = event.get("stop") is True
    return Part(text_of(event["content"]), _usage(event) if done else None, done)


def learns(server: Server, fault: Fault) -> bool:
    """The first refusal of `/infill` says that the model has no tokens for it."""
    if server.infills and fault.status in NOT_SUPPORTED:
        server.infills = False
        return True
    return False


def introduced(server: Server, properties: Any) -> None:
    """The server said what it is, which may be nothing."""
    server.was_introduced = True
    if isinstance(properties, dict):
        settings = properties.get(SIGN)
        n_context = count_of(settings.get("n_ctx")) if isinstance(settings, dict) else None
        server.n_context = server.options.context_tokens or n_context or 0
        server.loaded = str(properties.get("model_path") or properties.get("model_alias") or "")


async def _introduce(server: Server) -> None:
    if not server.was_introduced:
        url = under(server.connection.address.root, PROPERTIES)
        introduced(server, await server.connection.probe("GET", url))


def _usage(event: Event) -> Usage:
    """`tokens_cached` is what the cache holds at the end, not what of it served."""
    timings = event.get("timings")
    timings = timings if isinstance(timings, dict) else {}
    n_computed = count_of(timings.get("prompt_n"))
    n_cached = count_of(timings.get("cache_n"))
    n_prompt = count_of(event.get("tokens_evaluated"))
    if n_cached is None and n_computed is not None and n_prompt is not None:
        n_cached = max(0, n_prompt - n_computed)
    return Usage(n_cached, n_computed, count_of(event.get("tokens_predicted")))


LLAMA_CPP = Dialect(ask, learns, warms=True)

"""`/v1/completions` as OpenAI invented it, and vLLM, TGI, LM Studio, DeepSeek and others serve it."""

from typing import Any

from speedproof.core.completion import Usage
from speedproof.suggest.backend import Request
from speedproof.suggest.completion.templates import as_text
from speedproof.suggest.remote.events import Event
from speedproof.suggest.remote.faults import TOO_LONG, Fault
from speedproof.suggest.remote.options import under
from speedproof.suggest.remote.server import Ask, Dialect, Part, Server, count_of, text_of
from speedproof.suggest.remote.vocabulary import named_model, named_template, stop_texts, template_by_tokenizing

MAX_STOPS = 4
REFUSED = {400, 422}


async def ask(server: Server, request: Request) -> Ask:
    """The gap is put into the prompt by our template; `suffix`, which few servers take, is for those only that
    neither tell their model's tokens nor have a template named for them."""
    template = await template_by_tokenizing(server)
    around = request.around
    stops = (*stop_texts(template.stops), *request.stop)
    body: dict[str, Any] = {
        "prompt": as_text(template.pieces(around)),
        "max_tokens": request.max_tokens,
        "temperature": 0,
        "stop": [*request.stop, *stop_texts(template.stops)][:MAX_STOPS],
        "stream": True,
        **named_model(server),
    }
    if server.takes_extras:
        body["stream_options"] = {"include_usage": True}
        if server.stop_ids:
            body["stop_token_ids"] = list(server.stop_ids)
        if around.suffix and not server.tokenizes and named_template(server.options) is None:
            body["suffix"] = around.suffix
    url = under(server.connection.address.versioned, "/completions")
    return Ask(url, body, read, stops, request.max_tokens)


def read(event: Event) -> Part:
    choices = event["choices"]
    usage = usage_of(event)
    if not choices:
        return Part(usage=usage)
    return Part(text_of(choices[0].get("text")), usage, done=choices[0].get("finish_reason") is not None)


def usage_of(event: Event) -> Usage | None:
    """What OpenAI, vLLM and DeepSeek tell at the end of an answer."""
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    n_prompt = count_of(usage.get("prompt_tokens"))
    n_cached = count_of(usage.get("prompt_cache_hit_tokens"))
    if isinstance(details, dict):
        n_cached = count_of(details.get("cached_tokens"))
    n_computed = None if n_prompt is None or n_cached is None else max(0, n_prompt - n_cached)
    return Usage(n_cached, n_computed, count_of(usage.get("completion_tokens")))


def learns(server: Server, fault: Fault) -> bool:
    """A refusal may be about the fields that not everybody knows."""
    if server.takes_extras and fault.status in REFUSED and fault.code not in TOO_LONG:
        server.takes_extras = False
        return True
    return False


OPENAI = Dialect(ask, learns)

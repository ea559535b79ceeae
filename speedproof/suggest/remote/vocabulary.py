"""Which template fits a server's model: told by its vocabulary, as far as the server can be asked about it."""

from collections.abc import Awaitable, Callable, Iterable

from speedproof.core.errors import UsageError
from speedproof.suggest.completion.templates import TEMPLATES, Special, Template, template_for
from speedproof.suggest.remote.options import RemoteOptions, under
from speedproof.suggest.remote.server import Server, count_of


class Unasked(Exception):
    """Whether the model has this token is not known yet."""


def named_template(options: RemoteOptions) -> Template | None:
    """The one that the user wants. Raises UsageError where there is none of that name."""
    if options.template and options.template not in TEMPLATES:
        raise UsageError(f"`model-template`: there is no {options.template!r}; there are {', '.join(TEMPLATES)}")
    return TEMPLATES.get(options.template)


async def template_by(has_token: Callable[[str], Awaitable[bool]]) -> Template:
    """The template for a model that must be asked about each token: about no more of them than needed."""
    known: dict[str, bool] = {}

    def look_up(token: str) -> bool:
        if token not in known:
            raise Unasked(token)
        return known[token]

    while True:
        try:
            return template_for(look_up)
        except Unasked as unasked:
            token = unasked.args[0]
        known[token] = await has_token(token)


async def template_by_tokenizing(server: Server) -> Template:
    """For servers with an endpoint that tokenizes, as llama.cpp's and vLLM have; prefix-only for the others.

    vLLM leaves special tokens out of its texts, and does not stop at them: it is told by their numbers.
    """

    async def has_token(token: str) -> bool:
        return await _id_of(server, token) is not None

    if server.template is None:
        template = named_template(server.options) or await template_by(has_token)
        if any(number is not None for number in server.ids.values()):
            numbers = [await _id_of(server, stop) for stop in template.stops]
            server.stop_ids = tuple(number for number in numbers if number is not None)
        server.template = template
    return server.template


async def _id_of(server: Server, token: str) -> int | None:
    """None where the model has no such token, or cannot be asked: a special token is a single one."""
    if token not in server.ids and server.tokenizes:
        body = {
            "content": token, "add_special": False, "parse_special": True,  # llama.cpp
            "prompt": token, "add_special_tokens": False, **named_model(server),  # vLLM
        }  # fmt: skip
        reply = await server.connection.probe("POST", under(server.connection.address.root, "/tokenize"), body)
        tokens = reply.get("tokens") if isinstance(reply, dict) else None
        if not isinstance(tokens, list):
            server.tokenizes = False
            return None
        if not server.n_context:
            server.n_context = count_of(reply.get("max_model_len")) or 0
        server.ids[token] = count_of(tokens[0]) if len(tokens) == 1 else None
    return server.ids.get(token)


def named_model(server: Server) -> dict[str, str]:
    """The field that says which model is meant, where the user names one."""
    return {"model": server.options.model} if server.options.model else {}


def stop_texts(stops: Iterable[str]) -> tuple[str, ...]:
    """How special tokens look in the text of an answer: SentencePiece's with a space before them, and without."""
    return tuple(dict.fromkeys(text for stop in stops for text in (Special(stop).text, stop.lstrip("▁"))))


ALL_STOPS = stop_texts(stop for template in TEMPLATES.values() for stop in template.stops)
"""For a server that knows its model's template, and does not tell."""

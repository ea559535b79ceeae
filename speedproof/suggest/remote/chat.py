"""`/v1/chat/completions`, for servers that have nothing else: a model that talks is asked not to."""

import re
from dataclasses import replace
from typing import Any

from speedproof.core.completion import Around
from speedproof.suggest.backend import Question, Request
from speedproof.suggest.remote.events import Event
from speedproof.suggest.remote.mistral import read
from speedproof.suggest.remote.options import under
from speedproof.suggest.remote.server import Ask, Dialect, Part, Server, count_of
from speedproof.suggest.remote.vocabulary import ALL_STOPS, named_model

INSTRUCTION = (
    "You complete source code. The user sends a file in which <CURSOR> marks a place. Answer with exactly the text to"
    " insert there, usually a line or a few: no explanation, no code fence, nothing of what stands before or after it."
)
SLACK_TOKENS = 64
"""For a fence and a remark around the code."""
_FENCE = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_THOUGHT = re.compile(r"<think>.*?(?:</think>\s*|\Z)", re.DOTALL)


async def ask(server: Server, request: Request) -> Ask:
    """Stops are not sent: the first line end would often be that behind an opening fence."""
    around = request.around
    n_tokens = request.max_tokens + SLACK_TOKENS
    body: dict[str, Any] = {
        "messages": [
            {"role": "system", "content": INSTRUCTION},
            {"role": "user", "content": _question(around)},
        ],
        "max_tokens": n_tokens,
        "temperature": 0,
        "stream": True,
        **named_model(server),
    }
    url = under(server.connection.address.versioned, "/chat/completions")
    stops = (*ALL_STOPS, *request.stop)
    return Ask(url, body, read, stops, n_tokens, whole=lambda answer: code_in(answer, around.prefix))


async def ask_question(server: Server, question: Question) -> Ask:
    """Every kind of server has this endpoint, whatever it completes with."""
    body: dict[str, Any] = {
        "messages": [{"role": turn.role, "content": turn.text} for turn in question.turns],
        "max_tokens": question.max_tokens,
        "temperature": question.temperature,
        "stream": True,
        **named_model(server),
    }
    if server.takes_extras:
        body["stream_options"] = {"include_usage": True}
        if question.temperature:
            body["seed"] = question.seed
    url = under(server.connection.address.versioned, "/chat/completions")
    return Ask(url, body, _read_talk, ALL_STOPS, question.max_tokens + SLACK_TOKENS)


def _read_talk(event: Event) -> Part:
    """What a server says of the prompt as a whole counts as computed, should it not say how much it had."""
    part = read(event)
    usage = event.get("usage")
    if part.usage is None or part.usage.n_computed_tokens is not None or not isinstance(usage, dict):
        return part
    return replace(part, usage=replace(part.usage, n_computed_tokens=count_of(usage.get("prompt_tokens"))))


def code_in(answer: str, prefix: str) -> str:
    """The code of an answer: what is in its first fence if it has any, and not once more what the line begins with."""
    text = _THOUGHT.sub("", answer.replace("\r", ""))
    fenced = _FENCE.search(text)
    if fenced is not None:
        text = fenced[1].removesuffix("\n")
    typed = prefix[prefix.rfind("\n") + 1 :]
    if typed.strip() and text.lstrip().startswith(typed.lstrip()):
        text = text.lstrip()[len(typed.lstrip()) :]
    return text.replace("<CURSOR>", "")


def _question(around: Around) -> str:
    parts = [f"{chunk.path}:\n{chunk.text.rstrip()}\n\n" for chunk in around.extra_context]
    return "".join([*parts, f"{around.path}:\n", around.prefix, "<CURSOR>", around.suffix])


CHAT = Dialect(ask)

"""From a request to the parts of an answer: which protocol, what to ask, where the answer ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from speedproof.suggest.backend import Question, Request
from speedproof.suggest.remote import faults, llama_cpp, ollama
from speedproof.suggest.remote.chat import CHAT, ask_question
from speedproof.suggest.remote.connection import Connection
from speedproof.suggest.remote.cut import Cut
from speedproof.suggest.remote.events import DONE, Event
from speedproof.suggest.remote.faults import Fault
from speedproof.suggest.remote.llama_cpp import LLAMA_CPP
from speedproof.suggest.remote.mistral import HOST, MISTRAL
from speedproof.suggest.remote.ollama import OLLAMA
from speedproof.suggest.remote.openai import OPENAI
from speedproof.suggest.remote.options import shown, under
from speedproof.suggest.remote.server import Ask, Dialect, Part, Server

DIALECTS: dict[str, Dialect] = {
    "llama.cpp": LLAMA_CPP,
    "ollama": OLLAMA,
    "openai": OPENAI,
    "mistral": MISTRAL,
    "chat": CHAT,
}
GRACE_SECONDS = 0.5
"""For what follows a complete answer: numbers, and the end of the reply, with which the connection can be kept."""


async def answered(server: Server, request: Request) -> AsyncGenerator[Part, None]:
    """The answer as it comes, without special tokens, ended where the request says. Raises ModelError."""
    while True:
        dialect = None
        try:
            dialect = await dialect_of(server)
            async with aclosing(_said(server, await dialect.ask(server, request))) as parts:
                async for part in parts:
                    yield part
            return
        except Fault as fault:
            server.note(fault)
            if dialect is None or not dialect.learns(server, fault):
                raise


async def conversed(server: Server, question: Question) -> AsyncGenerator[Part, None]:
    """The answer as it comes, without special tokens. Raises ModelError."""
    while True:
        try:
            ask = await ask_question(server, question)
            if question.opening and await dialect_of(server) is LLAMA_CPP:
                ask.body["grammar"] = llama_cpp.grammar_of(question)
            async with aclosing(_said(server, ask)) as parts:
                async for part in parts:
                    yield part
            return
        except Fault as fault:
            server.note(fault)
            if not OPENAI.learns(server, fault):
                raise


async def warmed(server: Server, request: Request) -> AsyncGenerator[Part, None]:
    """Get the server ready for requests like this one, in so far as it can be: an answer without text."""
    dialect = await dialect_of(server)
    if not dialect.warms:
        await dialect.ask(server, request)  # learns what has to be known
        return
    async with aclosing(answered(server, replace(request, max_tokens=0))) as parts:
        async for part in parts:
            yield replace(part, text="")


async def dialect_of(server: Server) -> Dialect:
    if not server.api:
        server.api = await _detected(server)
    return DIALECTS[server.api]


async def _detected(server: Server) -> str:
    """What the server speaks; OpenAI's protocol if it does not say."""
    root = server.connection.address.root
    if root.host == HOST or root.host.endswith(f".{HOST}"):
        return "mistral"
    properties = await server.connection.probe("GET", under(root, llama_cpp.PROPERTIES))
    if isinstance(properties, dict) and llama_cpp.SIGN in properties:
        llama_cpp.introduced(server, properties)
        return "llama.cpp"
    tags = await server.connection.probe("GET", under(root, ollama.TAGS))
    return "ollama" if isinstance(tags, dict) and isinstance(tags.get(ollama.SIGN), list) else "openai"


def _said(server: Server, ask: Ask) -> AsyncGenerator[Part, None]:
    return _ended(_parts(server.connection, ask), ask)


async def _parts(connection: Connection, ask: Ask) -> AsyncGenerator[Part, None]:
    """All that the server sends. Raises Fault where that is no answer, or none that is complete."""
    where = shown(ask.url)
    finished = False
    async with aclosing(connection.events(ask.url, ask.body)) as events:
        while True:
            try:
                async with asyncio.timeout(GRACE_SECONDS if finished else None):
                    event = await anext(events)
            except StopAsyncIteration:
                break
            except (TimeoutError, Fault):
                if finished:
                    return
                raise
            part = _read(ask, event, where)
            finished = finished or part.done
            yield part
    if not finished:
        raise faults.cut(where)


def _read(ask: Ask, event: Event, where: str) -> Part:
    if event is DONE:
        return Part(done=True)
    if event.get("error"):
        raise faults.reported(where, faults.code_in(event))
    try:
        return ask.read(event)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise faults.garbage(where) from None


async def _ended(parts: AsyncGenerator[Part, None], ask: Ask) -> AsyncGenerator[Part, None]:
    """Up to the first stop, or the most pieces. Closes `parts` then, and with it the connection."""
    cut = Cut(ask.stops)
    pieces: list[str] = []
    async with aclosing(parts):
        async for part in parts:
            if part.text:
                pieces.append(part.text)
            if len(pieces) > ask.max_pieces:
                break
            text = cut.feed(part.text) if ask.whole is None else ""
            yield replace(part, text=text)
            if cut.found:
                return
    if ask.whole is not None:
        yield Part(cut.feed(ask.whole("".join(pieces))))
    yield Part(cut.rest())

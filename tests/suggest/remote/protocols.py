"""The protocols of model servers as they look on the wire, one of each, and what tests ask in all of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recorded_server import RecordedServer, Reply, Script, Step, answer

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Chunk, Usage
from speedproof.core.errors import SpeedproofError
from speedproof.suggest.backend import Request
from speedproof.suggest.remote.backend import RemoteBackend
from speedproof.suggest.remote.options import RemoteOptions

KEY = "sk-4f1d-nobody-may-see-this"
SOURCE = "unpublished_name"
"""Stands in what is sent, and must not come up anywhere else."""
KEY_VARIABLE = "SPEEDPROOF_TEST_KEY"
AROUND = Around(
    path="pkg/a.py",
    prefix=f"import b\n\ndef {SOURCE}(x):\n    return ",
    suffix="\n\nprint(1)\n",
    extra_context=(Chunk("pkg/b.py", "def helper():\n    pass\n"),),
)
REQUEST = Request("file:///pkg/a.py", AROUND, max_tokens=16)
ANSWER = "x + 1"
FIM_TOKENS = ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]


@dataclass(frozen=True)
class Protocol:
    """One way of asking, as a server of that kind sees it."""

    api: str
    endpoint: str
    model: str
    setup: dict[str, Script] = field(default_factory=dict)
    """What else is asked, and answered."""
    usage: Usage = field(default_factory=Usage)
    """Of `said`."""

    def options(self, server: RecordedServer, **more: Any) -> RemoteOptions:
        return RemoteOptions(**{"url": server.url, "api": self.api, "model": self.model, **more})

    def said(self, *pieces: str | Step) -> Reply:
        """These pieces, and the end of the answer."""
        return Reply((*self.pieces(pieces), *self.end(len(pieces))), headers=self.kind)

    def broken(self, *pieces: str | Step) -> Reply:
        """These pieces, and that is all."""
        return Reply(self.pieces(pieces), headers=self.kind)

    def pieces(self, pieces: Sequence[str | Step]) -> tuple[bytes | Step, ...]:
        return tuple(piece if isinstance(piece, Step) else self.line(self.event(piece)) for piece in pieces)

    def line(self, event: dict[str, Any]) -> bytes:
        """One event on the wire."""
        text = json.dumps(event)
        return (f"{text}\n" if self.api == "ollama" else f"data: {text}\n\n").encode()

    def event(self, text: str) -> dict[str, Any]:
        match self.api:
            case "llama.cpp":
                return {"index": 0, "content": text, "tokens": [], "stop": False, "id_slot": 0}
            case "ollama":
                return {"model": self.model, "created_at": "2026-01-01T00:00:00Z", "response": text, "done": False}
            case "openai":
                return {"id": "c", "object": "text_completion", "choices": [_choice(text=text)]}
        return {"id": "c", "object": "chat.completion.chunk", "choices": [_choice(delta={"content": text})]}

    def end(self, n_tokens: int) -> tuple[bytes, ...]:
        match self.api:
            case "llama.cpp":
                timings = {"cache_n": 30, "prompt_n": 12, "predicted_n": n_tokens}
                last = {"content": "", "stop": True, "stop_type": "eos", "tokens_cached": 47, "tokens_evaluated": 42}
                return (self.line({**last, "tokens_predicted": n_tokens, "timings": timings}),)
            case "ollama":
                last = {"model": self.model, "response": "", "done": True, "done_reason": "stop"}
                return (self.line({**last, "prompt_eval_count": 42, "eval_count": n_tokens}),)
        usage = {"prompt_tokens": 42, "completion_tokens": n_tokens, "prompt_tokens_details": {"cached_tokens": 30}}
        final = _choice(text="", reason="stop") if self.api == "openai" else _choice(delta={}, reason="stop")
        return (self.line({"choices": [final]}), self.line({"choices": [], "usage": usage}), b"data: [DONE]\n\n")

    @property
    def kind(self) -> dict[str, str]:
        return {"Content-Type": "application/x-ndjson" if self.api == "ollama" else "text/event-stream"}


def _choice(reason: str | None = None, **content: Any) -> dict[str, Any]:
    return {"index": 0, **content, "finish_reason": reason}


def tokenized(body: Any) -> Reply:
    """What vLLM says of a model that has the tokens of a gap."""
    tokens = [7 + FIM_TOKENS.index(body["prompt"])] if body["prompt"] in FIM_TOKENS else [1, 2, 3]
    return answer({"count": len(tokens), "max_model_len": 2048, "tokens": tokens})


_SHOWN = {"model_info": {"tokenizer.ggml.tokens": ["a", *FIM_TOKENS]}, "parameters": 'num_ctx   2048\nstop    "x"'}
_ALL = Usage(30, 12, 2)
PROTOCOLS = {
    protocol.api: protocol
    for protocol in (
        Protocol(
            "llama.cpp",
            "/infill",
            "",
            {"/props": answer({"default_generation_settings": {"n_ctx": 2048}, "model_path": "/m.gguf"})},
            _ALL,
        ),
        Protocol("ollama", "/api/generate", "coder:1b", {"/api/show": answer(_SHOWN)}, Usage(n_generated_tokens=2)),
        Protocol("openai", "/v1/completions", "org/coder", {"/tokenize": tokenized}, _ALL),
        Protocol("mistral", "/v1/fim/completions", "codestral", {}, _ALL),
        Protocol("chat", "/v1/chat/completions", "talker", {}, _ALL),
    )
}


def serving(protocol: Protocol, *replies: Reply) -> RecordedServer:
    """A server of that kind, that answers requests for completions with these, one after the other."""
    return RecordedServer({**protocol.setup, protocol.endpoint: replies})


def heard(
    backend: RemoteBackend, request: Request = REQUEST, cancel: CancelToken | None = None
) -> tuple[str, Exception | None]:
    """All of an answer, and the fault that ended it."""
    text = ""
    generation = backend.complete(request, cancel or CancelToken())
    try:
        for piece in generation:
            text += piece
    except SpeedproofError as error:
        return text, error
    finally:
        generation.close()
    return text, None

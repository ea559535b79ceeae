"""Each protocol: what is asked, how the answer is understood, what is kept for the next request."""

import json
from dataclasses import replace
from typing import Any

import pytest
from recorded_server import RecordedServer, Reply, Script, answer

from remote.protocols import ANSWER, AROUND, FIM_TOKENS, PROTOCOLS, REQUEST, Protocol, heard, serving, tokenized
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Usage
from speedproof.suggest.completion.templates import TEMPLATES, as_text
from speedproof.suggest.remote.backend import RemoteBackend
from speedproof.suggest.remote.openai import MAX_STOPS

EACH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
IN_A_GAP = as_text(TEMPLATES["starcoder"].pieces(AROUND))
WITHOUT_A_GAP = as_text(TEMPLATES["prefix-only"].pieces(AROUND))
LLAMA_CPP, OLLAMA, OPENAI, MISTRAL, CHAT = PROTOCOLS.values()


@EACH
def test_an_answer(protocol: Protocol) -> None:
    with serving(protocol, protocol.said("x +", " 1")) as server:
        backend = RemoteBackend(protocol.options(server))
        generation = backend.complete(REQUEST, CancelToken())
        assert "".join(generation) == ANSWER
        assert list(generation) == []
        assert generation.usage == protocol.usage
        assert heard(backend) == (ANSWER, None)
        assert len(server.links) == 1, "the connection is kept"
        assert server.asked(protocol.endpoint)[0].body.get("model", "") == protocol.model
        backend.close()


@EACH
@pytest.mark.parametrize(
    ("pieces", "stop", "expected"),
    [
        (["x ", "+ 1", "<fim", "_pref", "ix>y"], (), ANSWER),
        (["x + 1<|end", "oftext|>", "def"], (), ANSWER),
        (["x + 1\n", "return"], ("\n",), ANSWER),
        (["x +", " 1\r", "\n    y"], ("\n    y",), ANSWER),
        (["a <fim", "ish"], (), "a <fimish"),
        (["a <fim"], (), "a <fim"),
        (["\ud83d", "é😀"], (), "\ufffdé😀"),
        ([""], (), ""),
        ([str(n % 10) for n in range(200)], (), "0123456789012345"),
    ],
)
def test_where_it_ends(protocol: Protocol, pieces: list[str], stop: tuple[str, ...], expected: str) -> None:
    with serving(protocol, protocol.said(*pieces)) as server:
        backend = RemoteBackend(protocol.options(server))
        text, fault = heard(backend, replace(REQUEST, stop=stop))
        assert fault is None
        # A chat is granted some more, as there may be words around the code.
        assert text == expected if protocol.api != "chat" else text.startswith(expected)
        backend.close()


@EACH
def test_an_end_that_is_late(protocol: Protocol) -> None:
    """The last chunk of a reply says that the connection can be used again; the answer does not wait for it long."""
    late = protocol.said("x + 1")
    with serving(protocol, replace(late, parts=(*late.parts, *protocol.broken().parts))) as server:
        backend = RemoteBackend(protocol.options(server))
        assert heard(backend) == (ANSWER, None)
        backend.close()


QUESTIONS: dict[str, tuple[Protocol, dict[str, Script], dict[str, Any], str, dict[str, Any]]] = {
    "llama.cpp": (
        LLAMA_CPP,
        {},
        {},
        "/infill",
        {
            "input_prefix": "import b\n\ndef unpublished_name(x):\n",
            "prompt": "    return ",
            "input_suffix": AROUND.suffix,
            "input_extra": [{"filename": "pkg/b.py", "text": "def helper():\n    pass\n"}],
            "n_predict": 16,
            "cache_prompt": True,
            "stop": ["\n\n"],
        },
    ),
    "llama.cpp, a model without a gap": (
        LLAMA_CPP,
        {"/infill": answer({"error": {"code": 501, "type": "not_supported_error"}}, 501)},
        {},
        "/completion",
        {"prompt": WITHOUT_A_GAP, "n_predict": 16, "cache_prompt": True},
    ),
    "llama.cpp, a template by name": (
        LLAMA_CPP,
        {},
        {"template": "starcoder"},
        "/completion",
        {"prompt": IN_A_GAP, "n_predict": 16},
    ),
    "ollama": (
        OLLAMA,
        {},
        {},
        "/api/generate",
        {"prompt": IN_A_GAP, "raw": True, "keep_alive": "30m"},
    ),
    "ollama, which tells no vocabulary": (
        OLLAMA,
        {"/api/show": answer({"model_info": {"tokenizer.ggml.tokens": None}})},
        {},
        "/api/generate",
        {"prompt": WITHOUT_A_GAP},
    ),
    "vllm": (
        OPENAI,
        {"/tokenize": tokenized},
        {},
        "/v1/completions",
        {
            "prompt": IN_A_GAP,
            "max_tokens": 16,
            "suffix": None,
            "stop_token_ids": [7, 8, 9],
            "stream_options": {"include_usage": True},
        },
    ),
    "openai, where nothing can be asked": (
        OPENAI,
        {"/tokenize": Reply(status=404)},
        {},
        "/v1/completions",
        {"prompt": WITHOUT_A_GAP, "suffix": AROUND.suffix},
    ),
    "openai, a template by name": (
        OPENAI,
        {"/tokenize": Reply(status=404)},
        {"template": "starcoder"},
        "/v1/completions",
        {"prompt": IN_A_GAP, "suffix": None},
    ),
    "mistral": (
        MISTRAL,
        {},
        {},
        "/v1/fim/completions",
        {
            "prompt": "+++++ pkg/b.py\ndef helper():\n    pass\n\n+++++ pkg/a.py\n" + AROUND.prefix,
            "suffix": AROUND.suffix,
            "max_tokens": 16,
            "stop": ["\n\n"],
        },
    ),
    "chat": (CHAT, {}, {}, "/v1/chat/completions", {"stop": None, "temperature": 0}),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_is_asked(name: str) -> None:
    protocol, scripts, more, endpoint, expected = QUESTIONS[name]
    completion = replace(LLAMA_CPP, endpoint="/completion") if endpoint == "/completion" else protocol
    with RecordedServer({endpoint: completion.said("x + 1"), **protocol.setup, **scripts}) as server:
        backend = RemoteBackend(protocol.options(server, **more))
        for _ in range(2):
            assert heard(backend, replace(REQUEST, stop=("\n\n",))) == (ANSWER, None)
        body = server.asked(endpoint)[-1].body
        assert {key: body.get(key) for key in expected} == expected
        assert body["stream"] is True
        for path in protocol.setup.keys() | scripts.keys():
            assert len(server.asked(path)) <= (len(FIM_TOKENS) + 12 if path == "/tokenize" else 1), "asked once"
        backend.close()


def test_at_most_four_stops_for_openai() -> None:
    with serving(OPENAI, OPENAI.said("x + 1")) as server:
        backend = RemoteBackend(OPENAI.options(server))
        heard(backend, replace(REQUEST, stop=("\n", "\ndef")))
        stops = server.asked("/v1/completions")[0].body["stop"]
        assert stops[:2] == ["\n", "\ndef"]
        assert len(stops) == MAX_STOPS
        backend.close()


def test_fields_that_a_server_does_not_know_are_left_out_from_then_on() -> None:
    said = OPENAI.said("x + 1")

    def strict(body: Any) -> Reply:
        return answer({"detail": "extra fields"}, 422) if "suffix" in body else said

    with RecordedServer({"/v1/completions": strict}) as server:
        backend = RemoteBackend(OPENAI.options(server))
        for _ in range(2):
            assert heard(backend) == (ANSWER, None)
        assert ["suffix" in seen.body for seen in server.asked("/v1/completions")] == [True, False, False]
        backend.close()


def test_ollama_gets_the_same_options_each_time() -> None:
    """Others make it load the model again."""
    with serving(OLLAMA, OLLAMA.said("x + 1")) as server:
        backend = RemoteBackend(OLLAMA.options(server, context_tokens=1024))
        heard(backend)
        heard(backend, replace(REQUEST, max_tokens=3, stop=("\n",)))
        one, other = [seen.body for seen in server.asked("/api/generate")]
        assert one["options"] == other["options"]
        assert one["options"]["num_ctx"] == 1024
        backend.close()


@pytest.mark.parametrize(
    ("protocol", "scripts", "n_expected"),
    [
        (LLAMA_CPP, LLAMA_CPP.setup, 1),
        (OLLAMA, {"/api/tags": answer({"models": []}), **OLLAMA.setup}, 2),
        (OPENAI, OPENAI.setup, 2),
    ],
    ids=lambda value: value.api if isinstance(value, Protocol) else "",
)
def test_what_a_server_speaks_is_asked_once(protocol: Protocol, scripts: dict[str, Script], n_expected: int) -> None:
    with RecordedServer({**scripts, protocol.endpoint: protocol.said("x + 1")}) as server:
        backend = RemoteBackend(protocol.options(server, api="auto"))
        for _ in range(3):
            assert heard(backend) == (ANSWER, None)
        assert len(server.asked("/props")) + len(server.asked("/api/tags")) == n_expected
        backend.close()


def test_a_server_that_is_still_loading_its_model_is_not_taken_for_another() -> None:
    loading = answer({"error": {"code": 503, "type": "unavailable_error"}}, 503)
    with serving(LLAMA_CPP, LLAMA_CPP.said("x + 1")) as server:
        backend = RemoteBackend(LLAMA_CPP.options(server, api="auto", retries=0))
        properties = server.scripts["/props"]
        server.scripts["/props"] = loading
        _, fault = heard(backend)
        assert "loading its model" in str(fault)
        server.scripts["/props"] = properties
        assert heard(backend) == (ANSWER, None)
        backend.close()


@pytest.mark.parametrize("protocol", [LLAMA_CPP, OLLAMA, OPENAI], ids=lambda protocol: protocol.api)
def test_how_much_a_server_takes(protocol: Protocol) -> None:
    with serving(protocol, protocol.said("x + 1")) as server:
        backend = RemoteBackend(protocol.options(server))
        before = backend.window
        heard(backend)
        assert 4000 < backend.window < before  # 2048 tokens instead of the 4096 that were guessed
        backend.close()


def test_a_prompt_that_was_too_long_makes_the_next_one_shorter() -> None:
    refusal = answer({"error": {"type": "exceed_context_size_error", "message": "too long"}}, 400)
    with serving(LLAMA_CPP, refusal) as server:
        backend = RemoteBackend(LLAMA_CPP.options(server))
        windows = []
        for _ in range(4):
            _, fault = heard(backend)
            assert "takes no prompt as long as" in str(fault)
            windows.append(backend.window)
        assert windows == sorted(windows, reverse=True)
        assert len(set(windows)) == 4
        backend.close()


def test_preparing() -> None:
    """llama.cpp's server gets the same prompt, and is asked for no token."""
    with serving(LLAMA_CPP, LLAMA_CPP.said()) as server:
        backend = RemoteBackend(LLAMA_CPP.options(server))
        for _ in range(2):
            assert backend.prepare(REQUEST, CancelToken()) is False
        [prepared] = server.asked("/infill")
        heard(backend)
        [_, completed] = server.asked("/infill")
        assert prepared.body.pop("n_predict") == 0
        assert completed.body.pop("n_predict") == 16
        assert prepared.body == completed.body
        backend.close()


@pytest.mark.parametrize("protocol", [OLLAMA, OPENAI, MISTRAL, CHAT], ids=lambda protocol: protocol.api)
def test_the_others_are_not_prepared(protocol: Protocol) -> None:
    with serving(protocol, protocol.said("x + 1")) as server:
        backend = RemoteBackend(protocol.options(server))
        assert backend.prepare(REQUEST, CancelToken()) is False
        assert server.asked(protocol.endpoint) == []
        backend.close()


def test_identity() -> None:
    """What is kept for an unnamed model is not found again once another one may answer."""
    with serving(LLAMA_CPP, LLAMA_CPP.said("x + 1")) as server:
        first, second = (RemoteBackend(LLAMA_CPP.options(server)) for _ in range(2))
        assert first.identity != second.identity
        for backend in (first, second):
            heard(backend)
        assert first.identity == second.identity
        named = RemoteBackend(LLAMA_CPP.options(server, model="m", url=server.url.replace("//", "//me:secret@")))
        assert "secret" not in json.dumps(named.identity)
        assert named.identity == RemoteBackend(LLAMA_CPP.options(server, model="m")).identity
        for backend in (first, second, named):
            backend.close()


def test_a_server_that_does_not_stream() -> None:
    whole = {"choices": [{"index": 0, "text": ANSWER, "finish_reason": "stop"}], "usage": {"completion_tokens": 2}}
    with serving(OPENAI, answer(whole)) as server:
        backend = RemoteBackend(OPENAI.options(server))
        generation = backend.complete(REQUEST, CancelToken())
        assert "".join(generation) == ANSWER
        assert generation.usage == Usage(n_generated_tokens=2)
        backend.close()


def test_an_empty_text() -> None:
    with serving(LLAMA_CPP, LLAMA_CPP.said("x + 1")) as server:
        backend = RemoteBackend(LLAMA_CPP.options(server))
        assert heard(backend, replace(REQUEST, around=Around("a.py", "", ""))) == (ANSWER, None)
        backend.close()

"""Against llama.cpp's own server, with real inference. Its model, SmolLM2, has no tokens for a gap."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from llama_cpp_server import running

from remote.protocols import heard
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Chunk
from speedproof.core.errors import Cancelled
from speedproof.suggest.backend import Question, Request, Turn
from speedproof.suggest.remote.backend import RemoteBackend
from speedproof.suggest.remote.options import RemoteOptions

PREFIX = 'DAYS = ["Monday", "Tuesday", "Wednesday", '
AROUND = Around("days.py", PREFIX, "\n\n\ndef name(n):\n    return DAYS[n]\n")
REQUEST = Request("file:///days.py", AROUND, max_tokens=24, stop=("\n",))
LONG = Request("file:///long.py", Around("long.py", "numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,", ""), 1500)
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(2048, "--slots") as url:
        yield url


@pytest.mark.parametrize(
    "options",
    [{}, {"api": "llama.cpp"}, {"api": "openai"}, {"api": "openai", "model": "small"}, {"template": "prefix-only"}],
    ids=str,
)
def test_a_completion(url: str, options: dict[str, Any]) -> None:
    """`/infill` is refused by the server, and `/completion` serves instead; `/v1/completions` where it is asked for."""
    backend = RemoteBackend(RemoteOptions(url, **options))
    text, fault = heard(backend, REQUEST)
    assert fault is None
    assert text.strip().startswith('"Thursday", "Friday"')
    assert "\n" not in text
    if options.get("api") != "openai":
        assert 4000 < backend.window < 6000  # of 2048 tokens
    backend.close()


@pytest.mark.parametrize("api", ["auto", "llama.cpp"])
def test_an_answer_is_made_to_begin_as_is_wanted(url: str, api: str) -> None:
    """By a grammar, which this server takes. What is said then has nothing of what such a small model likes to say."""
    backend = RemoteBackend(RemoteOptions(url, api=api))
    free = Question((Turn("user", "Say hello in Python, in one line."),), 60)
    opening = '```python\ndef hello(name: str = "Zoë\\n"):\n'
    bound = replace(free, opening=opening, closing="\n```")
    assert not "".join(backend.answer(free, CancelToken())).startswith(opening)
    text = "".join(backend.answer(bound, CancelToken()))
    assert text.startswith(opening)
    assert "`" not in text.removeprefix(opening).removesuffix("```")
    backend.close()


def test_a_gap() -> None:
    """`/infill` serves a model that has tokens for it, for which some of SmolLM2's are declared to be.

    It makes nothing sensible of them, but the server puts together the prompt as it does for other models, with the
    text behind the cursor.
    """
    tokens = [
        f"tokenizer.ggml.fim_{name}_token_id=int:{number}" for name, number in (("pre", 8), ("suf", 9), ("mid", 10))
    ]
    with running(1024, *(argument for token in tokens for argument in ("--override-kv", token))) as url:
        backend = RemoteBackend(RemoteOptions(url))
        prompts = []
        for suffix in ("", "\n\n" + "print(DAYS)\n" * 20):
            generation = backend.complete(Request("file:///a.py", Around("a.py", PREFIX, suffix), 4), CancelToken())
            list(generation)
            usage = generation.usage
            prompts.append((usage.n_cached_tokens or 0) + (usage.n_computed_tokens or 0))
        assert prompts[1] > prompts[0] + 50
        backend.close()


def test_other_files_are_seen(url: str) -> None:
    """Whatever a model makes of them: the prompt with them is longer, and its tokens are counted."""
    backend = RemoteBackend(RemoteOptions(url))
    chunk = Chunk("names.py", "def weekday_name(index):\n    return index\n" * 5)
    prompts = []
    for around in (AROUND, Around(AROUND.path, AROUND.prefix, AROUND.suffix, (chunk,))):
        generation = backend.complete(Request("file:///days.py", around, 4), CancelToken())
        assert "".join(generation)
        usage = generation.usage
        assert usage.n_cached_tokens is not None
        assert usage.n_computed_tokens is not None
        assert usage.n_generated_tokens == 4
        prompts.append(usage.n_cached_tokens + usage.n_computed_tokens)
    assert prompts[1] > prompts[0] + 50
    backend.close()


def test_the_prompt_is_kept_and_prepared(url: str) -> None:
    """What was typed since is all that is computed, and not even that after a preparation."""
    backend = RemoteBackend(RemoteOptions(url))
    text = "".join(f"def function_{n}(x):\n    return x + {n}\n\n\n" for n in range(12))
    first = Around("many.py", text + "def function_12(", "")
    later = Around("many.py", text + "def function_12(x):\n    return ", "")
    computed = []
    for around, prepared in ((first, False), (later, False), (first, False), (later, True)):
        request = Request("file:///many.py", around, 2)
        if prepared:
            backend.prepare(request, CancelToken())
        generation = backend.complete(request, CancelToken())
        list(generation)
        assert generation.usage.n_computed_tokens is not None
        computed.append(generation.usage.n_computed_tokens)
    assert computed[0] > 100
    assert computed[1] < 20
    assert computed[3] < computed[1]
    backend.close()


@pytest.mark.parametrize("api", ["llama.cpp", "openai"])
@pytest.mark.parametrize("cancelling", [True, False], ids=["cancel", "close"])
def test_the_server_stops_working(url: str, api: str, *, cancelling: bool) -> None:
    backend = RemoteBackend(RemoteOptions(url, api=api))
    cancel = CancelToken()
    generation = backend.complete(LONG, cancel)
    pieces = iter(generation)
    for _ in range(3):
        next(pieces)
    assert _slot(url)["is_processing"]
    if cancelling:
        cancel.cancel()
        with pytest.raises(Cancelled):
            list(pieces)
    else:
        generation.close()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _slot(url)["is_processing"]:
        assert time.monotonic() < deadline, "it goes on"
        time.sleep(0.02)
    state = _slot(url)["next_token"]
    state = state[0] if isinstance(state, list) else state
    assert state["n_decoded"] < LONG.max_tokens / 2
    backend.close()


def test_a_prompt_that_is_too_long() -> None:
    """Numbers take more tokens than most text does; after some refusals the window fits them as well."""
    with running(512) as url:
        backend = RemoteBackend(RemoteOptions(url))
        text = "".join(f"name_{n} = {n * 7919}\n" for n in range(1000))
        faults = []
        for _ in range(4):
            _, fault = heard(backend, Request("file:///long.py", Around("long.py", text, ""), 4))
            faults.append(str(fault))
            text = text[-backend.window :]
        assert "takes no prompt as long as" in faults[0]
        assert faults[-1] == "None"
        backend.close()


def test_a_key_that_the_server_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_TEST_KEY", "right")
    with running(256, "--api-key", "right") as url:
        backend = RemoteBackend(RemoteOptions(url, api="llama.cpp", key_variable="SPEEDPROOF_TEST_KEY"))
        assert heard(backend, REQUEST)[1] is None
        monkeypatch.setenv("SPEEDPROOF_TEST_KEY", "wrong")
        assert "does not accept the key (401)" in str(heard(backend, REQUEST)[1])
        backend.close()


def _slot(url: str) -> dict[str, Any]:
    slots: list[dict[str, Any]] = httpx.get(f"{url}/slots", trust_env=False).raise_for_status().json()
    return slots[0]

"""A local model as the rest sees it: a tiny random one that writes ASCII, and once the real one."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gguf_files import SPECIAL, TOKENS
from models import NEVER, logits_of
from test_session import After
from writers import ascii_gguf, tokens_of

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Chunk, Usage
from speedproof.core.errors import Cancelled, ModelError
from speedproof.suggest.backend import Backend, Question, Request, Turn
from speedproof.suggest.local.backend import LocalBackend, LocalOptions
from speedproof.suggest.local.tokens import Tokens
from speedproof.suggest.models import DEFAULT, models_folder, private_folder

pytestmark = pytest.mark.usefixtures("data")

PREFIX = "def f(a):\n    return a\n\n\ndef g(b):\n    "
PROMPT = PREFIX.removesuffix(" ")
"""A space at the very end is left to the answer."""
SUFFIX = "\n\n\nprint(g(1))\n"
DOCUMENT = "file:///a.py"


@pytest.fixture
def model(tmp_path: Path) -> Any:
    return ascii_gguf(tmp_path / "model.gguf")


@pytest.fixture
def backend(tmp_path: Path, model: Any) -> LocalBackend:
    return LocalBackend(LocalOptions(str(tmp_path / "model.gguf"), device="cpu", context=256))


def request(prefix: str = PREFIX, suffix: str = SUFFIX, stop: tuple[str, ...] = (), max_tokens: int = 12) -> Request:
    return Request(DOCUMENT, Around("a.py", prefix, suffix), max_tokens, stop)


def answered(backend: Backend, asked: Request, cancel: CancelToken = NEVER) -> tuple[str, Usage]:
    generation = backend.complete(asked, cancel)
    text = "".join(generation)
    return text, generation.usage


def greedy(model: Any, tokens: Tokens, ids: list[int], count: int) -> str:
    made: list[int] = []
    for _ in range(count):
        made.append(int(logits_of(model, [*ids, *made])[-1].argmax()))
    return tokens.decode(made)


def test_the_most_probable_text(backend: LocalBackend, model: Any, tmp_path: Path) -> None:
    tokens = tokens_of(tmp_path / "model.gguf")
    ids = tokens.encode(PROMPT)
    text, usage = answered(backend, request())
    assert text == greedy(model, tokens, ids, 12)
    assert usage == Usage(0, len(ids), 12)
    assert isinstance(backend.identity, dict)
    assert backend.identity["content"]
    assert backend.runs_here


def test_a_gap_is_filled_where_the_model_knows_gaps(tmp_path: Path) -> None:
    model = ascii_gguf(tmp_path / "model.gguf", fim=True)
    tokens = tokens_of(tmp_path / "model.gguf")
    begin, hole, end = (int(tokens.id_of(token) or 0) for token in SPECIAL[1:])
    ids = [begin, *tokens.encode(PREFIX), hole, *tokens.encode(SUFFIX), end, *tokens.encode("re")]
    backend = LocalBackend(LocalOptions(str(tmp_path / "model.gguf"), device="cpu", context=256))
    text, usage = answered(backend, request(PREFIX + "re"))
    assert text == greedy(model, tokens, ids, 12)
    assert usage.n_computed_tokens == len(ids)
    # What is typed on as it was suggested is there already.
    text, usage = answered(backend, request(PREFIX + "re" + text[:4]))
    assert usage.n_cached_tokens is not None
    assert usage.n_cached_tokens >= len(ids)
    assert usage.n_computed_tokens is not None
    assert usage.n_computed_tokens <= 4


def test_a_keystroke_computes_a_few_tokens(backend: LocalBackend, tmp_path: Path) -> None:
    n_prompt = len(tokens_of(tmp_path / "model.gguf").encode(PROMPT))
    first, usage = answered(backend, request())
    assert usage == Usage(0, n_prompt, 12)
    assert answered(backend, request()) == (first, Usage(n_prompt - 1, 1, 12))
    answered(backend, request(PREFIX + "y"))
    _, usage = answered(backend, request(PREFIX + "y("))
    assert usage.n_computed_tokens == 1
    # Accepted: the answer was computed when it was made, but for its last token.
    text, _ = answered(backend, request(PREFIX + "y"))
    _, usage = answered(backend, request(PREFIX + "y" + text))
    assert usage.n_computed_tokens is not None
    assert usage.n_computed_tokens <= 3
    backend.forget(DOCUMENT)
    _, usage = answered(backend, request())
    assert usage == Usage(0, n_prompt, 12)


def test_what_ends_an_answer(backend: LocalBackend) -> None:
    whole, _ = answered(backend, request(max_tokens=30))
    assert len(whole) >= 30
    for start in range(6):
        stop = whole[start : start + 3]
        text, usage = answered(backend, request(stop=("#", stop), max_tokens=30))
        assert text == whole[: whole.index(stop)]
        assert usage.n_generated_tokens is not None
        assert usage.n_generated_tokens < 30
    generation = backend.complete(request(max_tokens=30), NEVER)
    assert whole.startswith(next(iter(generation)))
    generation.close()
    generation.close()
    assert list(generation) == []
    assert answered(backend, request(max_tokens=30))[0] == whole
    assert answered(backend, request(max_tokens=1))[1].n_generated_tokens == 1


def test_special_tokens_end_an_answer_and_are_not_told(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    model = ascii_gguf(path)
    tokens = tokens_of(path)
    first = int(logits_of(model, tokens.encode(PROMPT))[-1].argmax())
    for special in (0, 1, len(TOKENS) - 1):
        ascii_gguf(path, instead=(first, special))
        backend = LocalBackend(LocalOptions(str(path), device="cpu", context=256))
        assert answered(backend, request()) == ("", Usage(0, len(tokens.encode(PROMPT)), 0))


def test_an_answer_begins_as_it_is_told_to_goes_on_indented_and_ends_before_its_closing(
    backend: LocalBackend, model: Any, tmp_path: Path
) -> None:
    opening = "def f(x):\n"
    asked = Question((Turn("user", "Say something."),), 30, opening=opening)
    whole = "".join(backend.answer(asked, NEVER))
    assert whole.startswith(opening)
    said = whole.removeprefix(opening)
    tokens = tokens_of(tmp_path / "model.gguf")
    prompt = [*tokens.beginning, *tokens.encode("Say something.\n\n"), *tokens.encode(opening)]
    assert said == " " + greedy(model, tokens, [*prompt, *tokens.encode(" ")], 29)
    stop = said[3:6]
    assert "".join(backend.answer(replace(asked, closing=stop), NEVER)) == opening + said.partition(stop)[0]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9, 14, 30])
def test_cancelled_at_any_time(backend: LocalBackend, count: int) -> None:
    expected = answered(backend, request(max_tokens=30))[0]
    backend.forget(DOCUMENT)
    told: list[str] = []
    with pytest.raises(Cancelled):
        told.extend(backend.complete(request(max_tokens=30), After(count)))
    assert expected.startswith("".join(told))
    assert answered(backend, request(max_tokens=30))[0] == expected


def test_texts_cannot_steer(backend: LocalBackend, tmp_path: Path) -> None:
    text = "".join(SPECIAL) + "<think>" + PREFIX
    _, usage = answered(backend, request(text, text))
    assert usage.n_computed_tokens == len(tokens_of(tmp_path / "model.gguf").encode(text.removesuffix(" ")))


@pytest.mark.parametrize("length", [1, 700, 20_000])
@pytest.mark.parametrize("fim", [False, True])
def test_no_text_is_too_long(tmp_path: Path, length: int, fim: bool) -> None:
    ascii_gguf(tmp_path / "model.gguf", fim=fim)
    backend = LocalBackend(LocalOptions(str(tmp_path / "model.gguf"), device="cpu", context=128))
    long = "x = 12\n" * length
    n_computed = []
    for typed in ("", "a", "ab", "abc"):
        asked = Request(DOCUMENT, Around("a.py", long + typed, long, (Chunk("b.py", long),)), 500)
        text, usage = answered(backend, asked)
        assert text
        assert usage.n_cached_tokens is not None
        assert usage.n_computed_tokens is not None
        assert usage.n_cached_tokens + usage.n_computed_tokens <= 64
        n_computed.append(usage.n_computed_tokens)
    assert max(n_computed[1:]) <= 40
    assert answered(backend, Request("empty", Around("a.py", "", ""), 5))[0]


def test_preparing_leaves_one_token_to_compute(backend: LocalBackend, tmp_path: Path) -> None:
    long = PREFIX * 6
    n_prompt = len(tokens_of(tmp_path / "model.gguf").encode(long.removesuffix(" ")))
    n_steps = 0
    while backend.prepare(request(long), NEVER):
        n_steps += 1
        assert n_steps < 1000
    assert n_steps >= 1
    _, usage = answered(backend, request(long))
    assert usage == Usage(n_prompt - 1, 1, 12)
    edited = long[:50] + "xyz" + long[50:]
    while backend.prepare(request(edited), NEVER):
        pass
    text, usage = answered(backend, request(edited))
    assert usage.n_computed_tokens == 1
    backend.forget(DOCUMENT)
    assert answered(backend, request(edited))[0] == text
    with pytest.raises(Cancelled):
        backend.prepare(request(long), After(0))


class TestLoading:
    def test_what_cannot_be_loaded_is_told_and_not_tried_again(self, tmp_path: Path) -> None:
        path = tmp_path / "model.gguf"
        path.write_bytes(b"GGUF and nothing more")
        backend = LocalBackend(LocalOptions(str(path), device="cpu"))
        assert backend.complete(request(), NEVER).usage == Usage()
        for _ in range(2):
            with pytest.raises(ModelError, match="is damaged"):
                answered(backend, request())
        with pytest.raises(ModelError, match="is damaged"):
            backend.prepare(request(), NEVER)
        backend.retry()
        with pytest.raises(ModelError, match="is damaged"):
            answered(backend, request())
        ascii_gguf(path)
        assert answered(backend, request())[0]
        backend.retry()
        assert answered(backend, request())[1].n_computed_tokens == 1
        backend.close()

    def test_a_model_that_is_not_there(self, tmp_path: Path) -> None:
        backend = LocalBackend(LocalOptions(DEFAULT, device="cpu", context=256))
        assert backend.identity
        with pytest.raises(ModelError, match="speedproof models fetch smollm2-135m"):
            answered(backend, request())
        ascii_gguf(private_folder(models_folder() / DEFAULT) / "model.gguf")
        assert answered(backend, request())[0]

    def test_settings_that_are_none(self, tmp_path: Path, model: Any) -> None:
        backend = LocalBackend(LocalOptions(str(tmp_path / "model.gguf"), device="abacus"))
        with pytest.raises(ModelError, match="the device 'abacus' is not usable"):
            answered(backend, request())

    def test_loading_goes_on_when_nobody_waits(self, tmp_path: Path, model: Any) -> None:
        holding, reached = threading.Event(), threading.Event()

        def progress(_what: str, _share: float | None) -> None:
            reached.set()
            holding.wait(30)

        backend = LocalBackend(LocalOptions(str(tmp_path / "model.gguf"), device="cpu", context=256), progress)
        cancel = CancelToken()

        def call_off() -> None:
            reached.wait(30)
            cancel.cancel()

        caller = threading.Thread(target=call_off)
        caller.start()
        with pytest.raises(Cancelled):
            answered(backend, request(), cancel)
        caller.join()
        assert backend.prepare(request(), NEVER)
        assert not holding.is_set()
        holding.set()
        assert answered(backend, request())[0]

    def test_closing_ends_it(self, tmp_path: Path, model: Any) -> None:
        reached, go_on = threading.Event(), threading.Event()
        told: list[float | None] = []

        def progress(_what: str, share: float | None) -> None:
            told.append(share)
            reached.set()
            go_on.wait(30)

        backend = LocalBackend(LocalOptions(str(tmp_path / "model.gguf"), device="cpu"), progress)
        assert backend.prepare(request(), NEVER)
        reached.wait(30)
        backend.close()
        go_on.set()
        for thread in threading.enumerate():
            if thread.name == "load the model":
                thread.join(30)
        assert len(told) == 1

    def test_torch_is_loaded_with_the_first_completion(self) -> None:
        program = (
            "import sys\n"
            "from speedproof.suggest.local.backend import LocalBackend, LocalOptions\n"
            "backend = LocalBackend(LocalOptions('nobody/nothing'))\n"
            "print(backend.window, bool(backend.identity), 'torch' in sys.modules, 'tokenizers' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.split()[1:] == ["True", "False", "False"]


def test_the_real_model(kept: Path) -> None:
    backend = LocalBackend(LocalOptions(str(kept), device="cpu", context=512))
    asked = request('def add(a, b):\n    """The sum."""\n    return a', "", ("\n",), max_tokens=8)
    text, _ = answered(backend, asked)
    assert text.startswith(" + b")
    asked = request('def add(a, b):\n    """The sum."""\n    return a +', "", ("\n",), max_tokens=8)
    typed, usage = answered(backend, asked)
    assert typed.startswith(" b")
    assert usage.n_computed_tokens is not None
    assert usage.n_computed_tokens <= 2
    text, _ = answered(backend, request("# 日本語のコメント 🙂\nprint('日本", "", ("\n",), max_tokens=8))
    assert "\ufffd" not in text

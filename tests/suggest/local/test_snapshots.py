"""What is read again after a restart: as good as if it had never been away, or not used at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from gguf_files import random_gguf
from models import MOVABLE, NEVER, logits_of, prepared
from restarts import DOCUMENT, N_PAGES, OPTIONS, check_whole, expected, pages, read, started
from test_session import EDITS, TEXT, apart

from speedproof.core.store import Blobs
from speedproof.suggest.local import snapshots
from speedproof.suggest.local.engine import Engine
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.session import Reused
from speedproof.suggest.local.snapshots import PAGE, identity_of

pytestmark = pytest.mark.usefixtures("data")


@pytest.mark.parametrize("name", MOVABLE)
def test_as_if_it_had_never_been_away(name: str) -> None:
    theirs, _ = prepared(*MOVABLE[name])
    for number, edit in enumerate(EDITS.values()):
        document = f"file:///{number}.py"
        stayed = started(name)
        read(stayed, TEXT, document)
        text = edit(TEXT)
        wanted, usual = stayed.session(document).update(text, NEVER)
        came = started(name)
        logits, reused = read(came, text, document)
        assert reused == usual
        assert apart(logits, wanted) < 1e-4
        logits, reused = read(came, text, document)
        assert reused == Reused(len(text) - 1, 1)
        assert apart(logits, logits_of(theirs, text)[-1]) < 1e-3


@pytest.mark.parametrize("precision", Precision)
def test_every_precision(precision: Precision) -> None:
    options = replace(OPTIONS, precision=precision)
    wanted, _ = read(started(options=options), TEXT)
    logits, reused = read(started(options=options), TEXT)
    assert reused == Reused(len(TEXT) - 1, 1)
    assert apart(logits, wanted) < (0.1 if precision is Precision.BF16 else 1e-3)


def test_a_text_that_is_cut_or_goes_on() -> None:
    read(started(), TEXT)
    for n_tokens in (1, 15, 16, PAGE - 1, PAGE, PAGE + 1, 200, len(TEXT)):
        for more in ([], [5, 6, 7]):
            text = [*TEXT[:n_tokens], *more]
            logits, reused = started().session(DOCUMENT, text).update(text, NEVER)
            assert reused.n_cached == (min(n_tokens, len(text) - 1) if n_tokens >= 16 else 0)
            assert apart(logits, expected(text)) < 1e-3
    narrow = replace(OPTIONS, context=100)
    _, reused = started(options=narrow).session(DOCUMENT, TEXT).update(TEXT[:100], NEVER)
    assert reused == Reused(99, 1)


def test_the_best_of_what_there_is() -> None:
    read(started(), TEXT)
    other = TEXT[:100:-1]
    for wanted in (TEXT, other):
        for n_shared in (0, 100, 299):
            engine = started()
            read(engine, [*wanted[:n_shared], *TEXT[50:60], *other], "file:///b.py")
            logits, reused = engine.session(DOCUMENT, wanted).update(wanted, NEVER)
            assert reused.n_cached == (len(TEXT) - 1 if wanted is TEXT else min(n_shared, len(other) - 1))
            assert apart(logits, expected(wanted)) < 1e-3


@pytest.mark.parametrize(("n_tokens", "n_computed"), [(1, 1), (10, 1), (44, 1), (45, 255)])
def test_the_cursor_goes_up_and_down(n_tokens: int, n_computed: int) -> None:
    came = started()
    read(came, TEXT)
    for engine in (came, started()):
        read(engine, TEXT[:n_tokens])
        logits, reused = engine.session(DOCUMENT, TEXT).update(TEXT, NEVER)
        assert reused == Reused(len(TEXT) - n_computed, n_computed)
        assert apart(logits, expected(TEXT)) < 1e-3


class TestWhatItDependsOn:
    @pytest.mark.parametrize(
        "other",
        [
            lambda: started(identity="two"),
            lambda: started(identity=""),
            lambda: started(options=replace(OPTIONS, precision=Precision.FP16)),
            lambda: started("llama, linear"),
            lambda: started(options=replace(OPTIONS, snapshot_mb=0)),
        ],
    )
    def test_the_model_and_how_it_is_run(self, other: Callable[[], Engine]) -> None:
        read(started(), TEXT)
        assert read(other(), TEXT)[1] == Reused(0, len(TEXT))
        check_whole()

    @pytest.mark.parametrize(("version", "other"), [("FORMAT", 0), ("__version__", "0.0")])
    def test_the_version(self, version: str, other: object, monkeypatch: pytest.MonkeyPatch) -> None:
        read(started(), TEXT)
        with monkeypatch.context() as patch:
            patch.setattr(snapshots, version, other)
            assert read(started(), TEXT)[1] == Reused(0, len(TEXT))
        check_whole()

    def test_the_document(self) -> None:
        read(started(), TEXT)
        assert read(started(), TEXT, "file:///b.py")[1].n_cached == 0

    def test_the_content_of_a_model(self, tmp_path: Path) -> None:
        path = tmp_path / "model.gguf"
        random_gguf(path)
        folder = tmp_path / "folder"
        folder.mkdir()
        assert identity_of(folder) == identity_of(tmp_path / "none.gguf") == identity_of("no/body") == ""
        (folder / "config.json").write_text("{}")
        assert identity_of(folder) == ""
        seen = set()
        for change in (
            lambda: random_gguf(path, "qwen2"),
            lambda: (folder / "a.safetensors").write_bytes(b"a"),
            lambda: (folder / "a.safetensors").write_bytes(b"b"),
            lambda: (folder / "b.safetensors").write_bytes(b"b"),
            lambda: (folder / "config.json").write_text("[]"),
        ):
            seen.add((identity_of(path), identity_of(folder)))
            change()
            assert (identity_of(path), identity_of(folder)) not in seen


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "one byte of the data": lambda page: page[:-100] + bytes([page[-100] ^ 1]) + page[-99:],
    "one byte of the header": lambda page: page[:20] + b"\xff" + page[21:],
    "another token": lambda page: page.replace(b'"tokens":[', b'"tokens":[1', 1),
    "a token that is none": lambda page: page.replace(b'"tokens":[', b'"tokens":[-', 1),
    "one more byte": lambda page: page + b"\0",
    "cut off": lambda page: page[: len(page) // 2],
    "a header and no more": lambda page: page[: 8 + int.from_bytes(page[:8], "little")],
    "no header": lambda page: page[8:],
    "a very long header": lambda page: b"\xff" * 8 + page[8:],
    "empty": lambda page: b"",
    "a deep header": lambda page: (9000).to_bytes(8, "little") + b"[" * 9000,
    "another table": lambda page: (2).to_bytes(8, "little") + b"[]" + page,
}


def page_from(data: Path, number: int) -> Path:
    tokens = json.dumps(TEXT[number * PAGE : number * PAGE + PAGE], separators=(",", ":")).encode()
    [file] = (file for file in pages(data) if tokens in file.read_bytes())
    return file


@pytest.mark.parametrize("number", [0, 2, 3])
@pytest.mark.parametrize("damage", [*DAMAGE, "gone"])
def test_what_is_damaged_is_dropped_and_made_again(damage: str, number: int, data: Path) -> None:
    read(started(), TEXT)
    file = page_from(data, number)
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(DAMAGE[damage](file.read_bytes()))
    engine = started()
    logits, reused = engine.session(DOCUMENT, TEXT).update(TEXT, NEVER)
    assert not file.exists()
    assert reused.n_cached == number * PAGE
    assert apart(logits, expected(TEXT)) < 1e-3
    engine.improve(DOCUMENT, NEVER)
    check_whole()


def test_pages_that_changed_places(data: Path) -> None:
    read(started(), TEXT)
    files = pages(data)
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents[1:] + contents[:1], strict=True):
        file.write_bytes(content)
    assert read(started(), TEXT)[1] == Reused(0, len(TEXT))
    check_whole()


def test_pages_of_another_model(data: Path) -> None:
    read(started(), TEXT)
    own = {page_from(data, number) for number in range(N_PAGES)}
    read(started(identity="two"), TEXT)
    others = [file for file in pages(data) if file not in own]
    contents = {file.read_bytes()[-100:]: file for file in others}
    for file in own:
        other = contents[file.read_bytes()[-100:]]
        file.write_bytes(other.read_bytes())
    assert read(started(), TEXT)[1] == Reused(0, len(TEXT))
    check_whole()


def test_a_table_that_is_damaged(data: Path) -> None:
    read(started(), TEXT)
    (data / "snapshots" / "cache.db").write_bytes(b"noise" * 10_000)
    logits, _ = read(started(), TEXT)
    assert apart(logits, expected(TEXT)) < 1e-3
    check_whole()


def test_where_nothing_can_be_kept(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Blobs, "put", lambda *_: False)
    read(started(), TEXT)
    assert read(started(), TEXT)[1].n_cached == 0
    assert pages(data) == []
    (data / "snapshots" / "cache.db").unlink()
    for file in (data / "snapshots").iterdir():
        file.unlink()
    (data / "snapshots").rmdir()
    (data / "snapshots").touch()
    assert read(started(), TEXT)[1].n_cached == 0

"""When snapshots are written, what of them stays, and who keeps none."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from models import CONTEXT, NEVER
from restarts import DOCUMENT, N_PAGES, OPTIONS, check_whole, expected, pages, read, started
from test_session import EDITS, TEXT, After, apart
from writers import ascii_gguf

from speedproof.core.completion import Around
from speedproof.core.errors import Cancelled
from speedproof.suggest.backend import Request
from speedproof.suggest.local import engine, snapshots
from speedproof.suggest.local.backend import LocalBackend, LocalOptions
from speedproof.suggest.local.snapshots import PAGE
from speedproof.suggest.models import converted_folder, models_folder, private_folder, remove, snapshots_folder

pytestmark = pytest.mark.usefixtures("data")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(snapshots, "monotonic", clock)
    return clock


def test_it_is_the_users_alone(data: Path) -> None:
    data.mkdir(mode=0o755)
    read(started(), TEXT)
    assert len(pages(data)) == N_PAGES
    assert {each.stat().st_mode & 0o777 for each in (data, data / "snapshots")} == {0o700}


@pytest.mark.parametrize(
    ("document", "name", "n_pages"),
    [
        (DOCUMENT, "llama", N_PAGES),
        ("untitled:Untitled-1", "llama", 0),
        ("vscode-notebook-cell:/a.ipynb#1", "llama", 0),
        (DOCUMENT, "gpt2", 0),
    ],
)
def test_what_is_kept_at_all(document: str, name: str, n_pages: int, data: Path) -> None:
    read(started(name), TEXT, document)
    assert len(pages(data)) == n_pages


class TestWhenItIsWritten:
    def test_not_before_all_is_exact(self, data: Path) -> None:
        engine = started()
        engine.session(DOCUMENT, TEXT).update(TEXT, NEVER)
        engine.session(DOCUMENT).update(EDITS["at the top"](TEXT), NEVER)
        assert pages(data) == []
        while engine.improve(DOCUMENT, NEVER):
            assert pages(data) == []
        assert len(pages(data)) == N_PAGES

    @pytest.mark.parametrize(
        ("text", "seconds", "is_written"),
        [
            (TEXT, 61, False),
            ([*TEXT, *range(50)], 61, False),
            ([*TEXT, *TEXT[::-1]][:410], 61, True),
            ([*TEXT, *TEXT[::-1]][:410], 59, False),
            ([5, *TEXT], 61, False),
            (TEXT[:100], 61, False),
            (TEXT[::-1], 61, True),
            (TEXT[40::-1], 61, False),
        ],
    )
    def test_again_where_much_has_changed(
        self, text: list[int], seconds: float, is_written: bool, data: Path, clock: Clock
    ) -> None:
        engine = started()
        read(engine, TEXT)
        before = pages(data)
        clock.now += seconds
        read(engine, text)
        assert (pages(data) != before) == is_written
        _, reused = read(started(), text)
        assert (reused.n_computed == 1) == (is_written or text in (TEXT, TEXT[:100]))

    def test_only_the_pages_that_are_others(self, data: Path, clock: Clock) -> None:
        engine = started()
        read(engine, TEXT)
        before = pages(data)
        clock.now += 61
        text = [*TEXT[:200], *TEXT[::-1][:100]]
        read(engine, text)
        assert len(set(before) & set(pages(data))) == 200 // PAGE
        check_whole(text)
        clock.now += 61
        read(engine, TEXT[::-1][:150])
        assert len(pages(data)) == 3
        check_whole(TEXT[::-1][:150])

    def test_after_a_restart_as_without(self, data: Path, clock: Clock) -> None:
        read(started(), TEXT)
        before = pages(data)
        engine = started()
        read(engine, [*TEXT[:290], 5, 6])
        assert pages(data) == before
        clock.now += 61
        read(engine, TEXT[::-1])
        assert not set(pages(data)) & set(before)

    @pytest.mark.parametrize("count", range(N_PAGES))
    @pytest.mark.parametrize("goes_on", [True, False])
    def test_called_off(self, count: int, goes_on: bool, data: Path) -> None:
        read(started(), TEXT)
        before = pages(data)
        engine = started()
        text = [*TEXT[:100], *TEXT[::-1]][:290]
        session = engine.session(DOCUMENT, text)
        session.update(text, NEVER)
        while session.improve(NEVER):
            pass
        with pytest.raises(Cancelled):
            engine.improve(DOCUMENT, After(count))
        # What was written is whole, and the rest is as it was.
        assert len(set(pages(data)) - set(before)) == min(count, 4)
        assert len(pages(data)) == N_PAGES
        logits, _ = started().session(DOCUMENT, TEXT).update(TEXT, NEVER)
        assert apart(logits, expected(TEXT)) < 1e-3
        last = text if goes_on else TEXT
        read(engine, last)
        check_whole(last)


class TestTheLimit:
    def test_holds_and_what_was_used_last_stays(self, data: Path) -> None:
        options = replace(OPTIONS, snapshot_mb=2)
        texts = [[number, *TEXT[1:]] for number in range(20)]
        for number, text in enumerate(texts):
            for _ in range(2):
                read(started(options=options), text, f"file:///{number}.py")
            read(started(options=options), texts[0], "file:///0.py")
            files = [file for file in (data / "snapshots").rglob("*") if file.is_file()]
            assert sum(file.stat().st_size for file in files if "db-" not in file.name) <= 2 * 2**20
        n_cached = []
        for number, text in enumerate(texts):
            _, reused = started(options=options).session(f"file:///{number}.py", text).update(text, NEVER)
            n_cached.append(reused.n_cached)
        assert n_cached[0] == len(TEXT) - 1
        assert n_cached[1:] == sorted(n_cached[1:])
        assert n_cached[1] == 0
        assert n_cached[-4:] == [len(TEXT) - 1] * 4
        assert {count for count in n_cached if 0 < count < len(TEXT) - 1} & {PAGE, 2 * PAGE, 3 * PAGE, 4 * PAGE}

    @pytest.mark.parametrize(("n_bytes", "n_pages"), [(2**20, 11), (2**19, 0), (700_000, 3)])
    def test_a_text_that_is_longer(
        self, n_bytes: int, n_pages: int, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "MIB", n_bytes)
        options = replace(OPTIONS, snapshot_mb=1)
        text = (TEXT * 2)[:CONTEXT]
        read(started(options=options), text)
        assert len(pages(data)) == min(n_pages, CONTEXT // PAGE)
        _, reused = read(started(options=options), text)
        assert reused.n_cached >= min(len(text) - 1, (n_pages - 1) * PAGE)


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from restarts import TEXT, read, started
for number in range(6):
    read(started(), TEXT[number:], "file:///shared.py")
    read(started(), TEXT, f"file:///{{sys.argv[1]}}{{number}}.py")
"""


def test_several_processes(data: Path) -> None:
    program = PROGRAM.format(path=[str(Path(__file__).parent)])
    others = [
        subprocess.Popen([sys.executable, "-c", program, name], stderr=subprocess.PIPE, text=True) for name in "ab"
    ]
    for other in others:
        assert (other.communicate(timeout=300)[1], other.returncode) == ("", 0)
    for name in "ab":
        for number in range(6):
            assert read(started(), TEXT, f"file:///{name}{number}.py")[1].n_computed == 1
    logits, _ = read(started(), TEXT, "file:///shared.py")
    assert apart(logits, expected(TEXT)) < 1e-3


class TestBackend:
    REQUEST = Request(DOCUMENT, Around("a.py", "def f(a):\n    return a\n\n\n" * 5, ""), 8)

    def prepared(self, source: str, snapshot_mb: int = 0) -> None:
        """As when a document is open and nothing is typed, until the editor is closed."""
        backend = LocalBackend(LocalOptions(source, device="cpu", context=256, snapshot_mb=snapshot_mb))
        while backend.prepare(self.REQUEST, NEVER):
            pass
        backend.close()

    def n_computed(self, source: str) -> int | None:
        generation = LocalBackend(LocalOptions(source, device="cpu", context=256, snapshot_mb=8)).complete(
            self.REQUEST, NEVER
        )
        assert "".join(generation)
        return generation.usage.n_computed_tokens

    def test_off_unless_it_is_wanted(self, data: Path, tmp_path: Path) -> None:
        source = str(tmp_path / "model.gguf")
        ascii_gguf(tmp_path / "model.gguf")
        self.prepared(source)
        assert not (data / "snapshots").exists()
        self.prepared(source, 8)
        assert pages(data) != []
        assert self.n_computed(source) == 1
        self.prepared(source)
        assert pages(data) == []
        assert self.n_computed(source) != 1

    def test_it_goes_with_the_model(self, data: Path) -> None:
        for name in ("one", "two"):
            ascii_gguf(private_folder(models_folder() / name) / "model.gguf", fim=name == "two")
            self.prepared(name, 8)
        n_pages = len(pages(data))
        assert self.n_computed("two") == 1
        remove("one")
        assert len(list(converted_folder().glob("[!.]*"))) == 1
        assert 0 < len(pages(data)) < n_pages
        assert self.n_computed("two") == 1
        remove("two")
        assert pages(data) == []
        assert snapshots_folder().is_dir()

"""What is known of a project's modules: which files are read, how often, and what happens when time is up."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from related_cases import AREA, FOREVER, SHOP, at_cursor, check, find, write

from speedproof.analysis import workspace
from speedproof.analysis.outline import Outline, outline_of
from speedproof.analysis.readable import MAX_BYTES
from speedproof.analysis.related import related
from speedproof.analysis.syntax import Segment
from speedproof.analysis.workspace import MAX_READS, REFRESH_SECONDS, Opened, WorkspaceIndex
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Chunk
from speedproof.core.errors import Cancelled
from speedproof.core.text import Edit, Span

WITHHELD: dict[str, tuple[dict[str, str | bytes], str, list[str]]] = {
    "secrets": ({"secrets.py": AREA}, "from secrets import area\narea($0", []),
    "an ignored file": ({"mod.py": AREA, ".gitignore": "mod.py"}, "from mod import area\narea($0", []),
    "an ignored folder": ({"lib/mod.py": AREA, ".gitignore": "lib/"}, "from lib.mod import area\narea($0", []),
    "an excluded file": ({"mod.py": AREA}, "from mod import area\narea($0", ["mod.py"]),
    "a binary file": ({"mod.py": b"\0\0" + AREA.encode()}, "from mod import area\narea($0", []),
    "a huge file": ({"mod.py": AREA + "\n#" + "x" * MAX_BYTES}, "from mod import area\narea($0", []),
    "no text": ({"mod.py": "# größe\n".encode("latin-1") + AREA.encode()}, "from mod import area\narea($0", []),
    "an unknown encoding": ({"mod.py": "# coding: nonsense\n" + AREA}, "from mod import area\narea($0", []),
    "a folder": ({"mod.py/x": ""}, "from mod import area\narea($0", []),
}


@pytest.mark.parametrize("case", WITHHELD)
def test_what_may_not_be_shown_or_cannot_be_read(tmp_path: Path, case: str) -> None:
    files, text, exclude = WITHHELD[case]
    check(tmp_path, files, text, [], exclude=exclude)
    check(tmp_path, files, "def f():\n    return area($0", [], exclude=exclude)


def test_files_in_other_encodings(tmp_path: Path) -> None:
    text = "# coding: latin-1\r\ndef größe(a):\r\n    return 'ü'\r\n"
    expected = [("mod.py", "def größe(a):\n    return 'ü'")]
    check(tmp_path, {"mod.py": text.encode("latin-1")}, "from mod import größe\ngröße($0", expected)


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(tmp_path, {"outside.py": AREA, "project/real.py": "def real(a): ...\n"})
    for name, target in {
        "out.py": "../outside.py",
        "loop.py": "loop.py",
        "again": ".",
        "one.py": "two.py",
        "two.py": "one.py",
        "within.py": "real.py",
    }.items():
        (root / name).symlink_to(target)
    for name in ("out", "loop", "again.again.out", "one"):
        check(root, {}, f"from {name} import area\narea($0", [])
    check(root, {}, "from within import real\nreal($0", [("within.py", "def real(a): ...")])
    check(root, {}, "def f():\n    area($0", [])


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    write(tmp_path, SHOP)
    check(tmp_path, {}, "from shop.prices import area\narea($0", [])


class TestOpened:
    def test_what_the_editor_shows_counts(self, tmp_path: Path) -> None:
        write(tmp_path, SHOP)
        index = WorkspaceIndex(tmp_path)
        text = "from shop.prices import area\narea($0"
        assert [chunk.text for chunk in find(index, text)] == [AREA]
        changed = Opened(tmp_path / "shop/prices.py", "def area(radius):\n    return radius\n")
        assert find(index, text, opened=[changed])[0].text == "def area(radius):\n    return radius"
        assert [chunk.text for chunk in find(index, text)] == [AREA]

    def test_a_file_that_is_nowhere_else(self, tmp_path: Path) -> None:
        new = Opened(tmp_path / "new.py", "def fresh(a):\n    return a\n")
        found = find(WorkspaceIndex(tmp_path), "def f():\n    fresh($0", opened=[new])
        assert Chunk("new.py", "def fresh(a):\n    return a") in found


class TestCost:
    def index(self, root: Path, n_files: int) -> WorkspaceIndex:
        write(root, {f"part{number // 50}/m{number}.py": f"def task_{number}(a): ...\n" for number in range(n_files)})
        return WorkspaceIndex(root)

    def test_a_thousand_files_are_read_once_and_some_at_a_time(self, tmp_path: Path) -> None:
        index, n_reads = self.index(tmp_path, 1000), [0]
        while len(n_reads) < 2 or n_reads[-1] > n_reads[-2]:
            assert find(index, "def f():\n    unknown($0") == []
            n_reads.append(index.n_files_read)
            assert n_reads[-1] - n_reads[-2] <= MAX_READS
        assert n_reads[-1] == 1000
        text = "def f():\n    x = task_999($0"
        assert find(index, text) == [Chunk("part19/m999.py", "def task_999(a): ...")]
        find(index, text.replace("x", "xy"))
        find(index, text.replace("task_999", "unknown"), name="part3/m160.py")
        assert index.n_files_read == 1000

    def test_files_nearby_first(self, tmp_path: Path) -> None:
        index = self.index(tmp_path, 500)
        assert find(index, "def f():\n    task_450($0", name="part9/new.py") == [
            Chunk("part9/m450.py", "def task_450(a): ...")
        ]
        assert index.n_files_read <= MAX_READS

    def test_an_import_reads_its_module_only(self, tmp_path: Path) -> None:
        index = self.index(tmp_path, 200)
        find(index, "from part1.m60 import task_60\nx = task_60($0")
        assert index.n_files_read == 1

    def test_a_changed_file_is_read_again_and_no_other(self, tmp_path: Path) -> None:
        index = self.index(tmp_path, 20)
        text = "def f():\n    task_7($0"
        find(index, text)
        write(tmp_path, {"part0/m7.py": "def task_7(a, b): ...\n"})
        assert find(index, text) == [Chunk("part0/m7.py", "def task_7(a, b): ...")]
        assert index.n_files_read == 21
        (tmp_path / "part0/m7.py").unlink()
        assert find(index, text) == []
        assert index.n_files_read == 21

    def test_new_files_are_found_after_a_while(self, tmp_path: Path) -> None:
        index = self.index(tmp_path, 5)
        text = "def f():\n    latest($0"
        assert find(index, text) == []
        write(tmp_path, {"part0/new.py": "def latest(a): ...\n"})
        assert find(index, text) == []
        later = REFRESH_SECONDS + 1
        found = find(index, text, clock=lambda: later, deadline=later + 1)
        assert found == [Chunk("part0/new.py", "def latest(a): ...")]
        assert index.n_files_read == 6

    def test_a_file_that_is_ignored_by_now(self, tmp_path: Path) -> None:
        index = self.index(tmp_path, 5)
        text = "from part0.m3 import task_3\ntask_3($0"
        assert len(find(index, text)) == 1
        write(tmp_path, {".gitignore": "m3.py\n"})
        later = REFRESH_SECONDS + 1
        assert find(index, text, clock=lambda: later, deadline=later + 1) == []

    def test_an_edit_costs_its_segment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = []

        def counted(segment: Segment) -> Outline:
            seen.append(segment)
            return outline_of(segment)

        monkeypatch.setattr(workspace, "outline_of", counted)
        index = WorkspaceIndex(tmp_path)
        body = "".join(f"def task_{number}(a):\n    return {number}\n\n\n" for number in range(1000))
        document, offset = at_cursor(tmp_path, body + "x = task_5($0")
        syntax = document.syntax
        assert syntax is not None
        for letter in ["", "1", ")"]:
            syntax = syntax.edited(Edit(Span(offset, offset), letter))
            offset += len(letter)
            seen.clear()
            opened = Opened(document.path, syntax.text, syntax)
            found = related(index, opened, offset, cancel=CancelToken(), deadline=FOREVER, clock=lambda: 0.0)
            assert found == [Chunk("main.py", "def task_5(a):\n    return 5")]
            assert len(seen) == (1 if letter else len(syntax.segments))


class TestLimits:
    def test_called_off(self, tmp_path: Path) -> None:
        write(tmp_path, SHOP)
        cancel = CancelToken()
        cancel.cancel()
        index = WorkspaceIndex(tmp_path)
        with pytest.raises(Cancelled):
            find(index, "from shop.prices import area\narea($0", cancel=cancel)
        assert index.n_files_read == 0

    @pytest.mark.parametrize("n_looks", range(1, 40, 3))
    def test_called_off_on_the_way(self, tmp_path: Path, n_looks: int) -> None:
        """And the index is as good as before."""
        write(tmp_path, SHOP)
        index, cancel, ticks = WorkspaceIndex(tmp_path), CancelToken(), count(1)

        def clock() -> float:
            if next(ticks) == n_looks:
                cancel.cancel()
            return 0.0

        text = "from shop.prices import area, LIMIT\n\ndef f():\n    area(LIMIT, Basket($0"
        try:
            find(index, text, cancel=cancel, clock=clock)
        except Cancelled:
            assert cancel.cancelled
        assert find(index, text) == find(WorkspaceIndex(tmp_path), text)

    def test_no_time_at_all(self, tmp_path: Path) -> None:
        write(tmp_path, SHOP)
        index = WorkspaceIndex(tmp_path)
        text = "from shop.prices import area\narea($0"
        assert find(index, text, deadline=-1.0) == []
        assert index.n_files_read == 0
        assert len(find(index, text)) == 1

    @pytest.mark.parametrize("seconds", range(1, 60, 5))
    def test_what_is_found_in_time(self, tmp_path: Path, seconds: int) -> None:
        write(tmp_path, SHOP | {f"m{number}.py": f"def task_{number}(a): ...\n" for number in range(20)})
        index = WorkspaceIndex(tmp_path)
        text = "from shop.prices import area, LIMIT\n\ndef f():\n    area(LIMIT, task_5(task_7($0"
        ticks = count()
        found = find(index, text, clock=lambda: float(next(ticks)), deadline=float(seconds))
        assert set(found) <= set(find(WorkspaceIndex(tmp_path), text))

    @pytest.mark.parametrize("text", ["$0", "\n$0", "\n\n\n$0\n\n", "x$0", "$0x", "é\u2028\x0c\n😀$0", "def f(:\n\t$0"])
    def test_odd_texts(self, tmp_path: Path, text: str) -> None:
        check(tmp_path, SHOP, text, [])

    @given(st.lists(st.sampled_from(["from shop.prices import ", "area", ".", "(", "\n", "    ", "def f(", "):", "é"])))
    def test_any_text_at_any_place(self, parts: list[str]) -> None:
        index = WorkspaceIndex(Path("/nonexistent"))
        for place in range(len(parts) + 1):
            assert find(index, "".join([*parts[:place], "$0", *parts[place:]])) is not None

    def test_a_document_outside_of_the_project(self, tmp_path: Path) -> None:
        """It may be none of its business, but does no harm."""
        check(tmp_path / "project", SHOP, "area($0", [("shop/prices.py", AREA)], name="../main.py")

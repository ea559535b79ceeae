"""Trees of many Python files, made of the standard library's sources."""

import sysconfig
from collections.abc import Iterator
from pathlib import Path

MAX_FILE_LINES = 3_000


def tree_of(folder: Path, n_lines: int) -> Path:
    """A tree of at least so many lines. Where the library is used up it begins again; no two files are the same."""
    left = n_lines
    for number, (path, text) in enumerate(_sources()):
        place = folder / f"part{number // 50}" / f"{path.stem}_{number}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"# {number}\n{text}", encoding="utf-8")
        left -= text.count("\n") + 1
        if left <= 0:
            break
    return folder


def _sources() -> Iterator[tuple[Path, str]]:
    library = Path(sysconfig.get_path("stdlib"))
    texts = []
    for path in sorted(library.rglob("*.py")):
        if {"site-packages", "test", "tests", "idlelib", "lib2to3", "__pycache__"} & set(path.parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if 50 < text.count("\n") < MAX_FILE_LINES and "coding:" not in text[:200]:
            texts.append((path, text))
    # Spread over the library, so that a small tree is like a large one.
    step = 7
    texts = [texts[(number * step) % len(texts)] for number in range(len(texts))] if len(texts) % step else texts
    while True:
        yield from texts

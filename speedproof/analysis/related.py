"""What from elsewhere helps to complete the code at a place: definitions of what is used there, and similar code.

Off the keystroke path: it may take as long as its deadline says, and what it found in a file it knows the next time.
"""

import builtins
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from speedproof.analysis.imports import Import
from speedproof.analysis.outline import Definition
from speedproof.analysis.similar import identifiers, most_similar
from speedproof.analysis.surroundings import captured_names
from speedproof.analysis.syntax import Syntax
from speedproof.analysis.workspace import PYTHON_SUFFIXES, Effort, Opened, WorkspaceIndex
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Chunk
from speedproof.core.text import Span

MAX_OFFERED = 40
"""Lines that tell what a module defines."""
MAX_IMPORTED = 12
MAX_CALLED = 6
MAX_SIMILAR = 2
MAX_EDITED = 4
"""How many chunks of each kind there are at most."""
MAX_PLACES = 3
"""What is defined in more places is probably none of them."""
LINES_ABOVE, LINES_BELOW = 60, 15
"""What is near to the cursor, at most; a function that begins above it begins what is near."""
LINES_AROUND_EDIT = 5
MAX_EDITED_LINES = 40
MIN_NAME = 3

_CHAIN = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_CALLED = re.compile(r"(?<!def )(?<!class )\b([^\W\d]\w*)\(")
_IMPORTING = re.compile(r"[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import\b[^#]*")
_TAKING = re.compile(r".*?([^\W\d][\w.]*)\.\w*")
_KNOWN_TO_ALL = frozenset(dir(builtins)).union(*map(dir, (str, bytes, list, tuple, dict, set, int, float, type)))
"""Names that Python itself gives a meaning: what a project calls so is rarely what is meant."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A place that was edited not long ago."""

    path: Path
    text: str
    """Of the whole file, as it is now."""
    span: Span
    age: float
    """In seconds."""


def related(
    index: WorkspaceIndex,
    document: Opened,
    offset: int,
    *,
    cancel: CancelToken,
    deadline: float,
    opened: Sequence[Opened] = (),
    edited: Sequence[Edited] = (),
    clock: Callable[[], float] = time.monotonic,
) -> list[Chunk]:
    """What helps at `offset` of the document, the most stable first, each text once.

    First what the module offers of which something is being named; the definitions of what is imported and used near
    the cursor; of what is called there and defined elsewhere in the project or the document; the most similar parts
    of the other `opened` documents; and what was `edited`, latest first. After `deadline`, by `clock`, it returns
    what there is by then. Raises Cancelled.
    """
    effort = Effort(cancel, deadline, clock)
    effort.goes_on()
    index.open([*opened, document])
    near = _near(document, offset)
    chunks: list[Chunk] = []
    if document.path.suffix in PYTHON_SUFFIXES:
        chunks += _offered(index, document, offset, effort)
        chunks += _chunks(index, _limited(_imported(index, document, near, effort), MAX_IMPORTED))
        chunks += _chunks(index, _limited(_called(index, document, near, effort), MAX_CALLED))
    chunks += _similar(index, document, near, opened, effort)
    chunks += _edited(index, edited, effort)
    return list(dict.fromkeys(chunks))


@dataclass(frozen=True, slots=True)
class _Near:
    """The code around the cursor."""

    text: str
    cursor: int
    """In `text`."""
    bound: frozenset[str]
    """Names that the function around the cursor gives a meaning of its own."""


def _near(document: Opened, offset: int) -> _Near:
    text = document.text
    start = _lines_back(text, offset, LINES_ABOVE)
    bound: frozenset[str] = frozenset()
    if document.path.suffix in PYTHON_SUFFIXES:
        # A line that holds nothing yet belongs to what is above it.
        written = offset - 1
        while written > 0 and text[written] in " \t\n":
            written -= 1
        function = _function_around(document.syntax or Syntax.parse(text), max(written, 0))
        if function is not None:
            start, bound = max(start, function[0]), function[1]
    end = _lines_on(text, offset, LINES_BELOW)
    return _Near(text[start:end], offset - start, bound)


def _function_around(syntax: Syntax, offset: int) -> tuple[int, frozenset[str]] | None:
    """Where the outermost function that holds `offset` begins, and what it binds; None where there is none."""
    start, segment = syntax.segment_at(offset)
    place = offset - start + segment.tree_start
    node = segment.tree.root_node.descendant_for_byte_range(place, place + 1)
    found: Node | None = None
    while node is not None:
        if node.type == "function_definition":
            found = node
        node = node.parent
    if found is None:
        return None
    return segment.span(found).start + start, frozenset(map(segment.source, captured_names(found).get("bound", [])))


def _offered(index: WorkspaceIndex, document: Opened, offset: int, effort: Effort) -> list[Chunk]:
    """What a module of the project defines where a name of it is about to be written: `from a import`, `a.`."""
    line = document.text[document.text.rfind("\n", 0, offset) + 1 : offset]
    if match := _IMPORTING.fullmatch(line):
        wanted = Import("", match[1])
    elif match := _TAKING.fullmatch(line):
        imports = index.outline(document.path, effort).imports
        wanted = next((each for each in imports if each.known_as == match[1]), Import("", ""))
    found = index.resolve(wanted, document.path, effort) if match and wanted.module else None
    if found is None or found[1] is not None:
        return []
    names = [each for each in index.outline(found[0], effort).definitions if "." not in each.name]
    lines = [each.heading for each in names if not each.name.startswith("_")][:MAX_OFFERED]
    return [Chunk(_name(index, found[0]), "\n".join(lines))] if lines else []


def _imported(
    index: WorkspaceIndex, document: Opened, near: _Near, effort: Effort
) -> Iterator[tuple[Path, Definition]]:
    """What is used near the cursor and comes from the project's own modules, the nearest first."""
    imports = {each.known_as: each for each in index.outline(document.path, effort).imports}
    for chain in _by_distance(near, _CHAIN):
        if not effort.goes_on():
            return
        parts = chain.split(".")
        if parts[0] in near.bound:
            continue
        # `import a.b` binds "a.b" here: the longest that is imported counts.
        for length in range(len(parts), 0, -1):
            if each := imports.get(".".join(parts[:length])):
                found = index.resolve(each, document.path, effort)
                for member in parts[length:]:
                    if found is None or found[1] is not None:
                        break
                    found = index.member(found[0], member, effort)
                if found is not None and found[1] is not None:
                    yield found[0], found[1]
                break


def _called(index: WorkspaceIndex, document: Opened, near: _Near, effort: Effort) -> Iterator[tuple[Path, Definition]]:
    """What is called near the cursor by names that only few definitions have, those of the document preferred."""
    imported = {each.known_as for each in index.outline(document.path, effort).imports}
    names = [
        name
        for name in _by_distance(near, _CALLED)
        if len(name) >= MIN_NAME and not name.startswith("__") and name not in _KNOWN_TO_ALL | imported | near.bound
    ]
    if any(not index.found(name, effort) for name in names):
        index.explore(document.path, effort)
    for name in names:
        if not effort.goes_on():
            return
        found = index.found(name, effort)
        found = [each for each in found if each[0] == document.path] or found
        if len(found) <= MAX_PLACES:
            yield from found


def _similar(
    index: WorkspaceIndex, document: Opened, near: _Near, opened: Iterable[Opened], effort: Effort
) -> list[Chunk]:
    wanted = identifiers(near.text)
    found = []
    for other in sorted(opened, key=lambda each: each.path):
        if not effort.goes_on():
            break
        if other.path == document.path or other.path.suffix != document.path.suffix:
            continue
        if index.shows(other.path, effort) and (best := most_similar(other.text, wanted)):
            found.append((best.similarity, Chunk(_name(index, other.path), best.text)))
    found.sort(key=lambda each: -each[0])
    return [chunk for _, chunk in found[:MAX_SIMILAR]]


def _edited(index: WorkspaceIndex, edited: Iterable[Edited], effort: Effort) -> list[Chunk]:
    latest = sorted(edited, key=lambda each: each.age)
    shown = [each for each in latest if index.shows(each.path, effort)][:MAX_EDITED]
    return [Chunk(_name(index, each.path), text) for each in shown if (text := _surroundings(each).strip("\n"))]


def _surroundings(edited: Edited) -> str:
    start = _lines_back(edited.text, edited.span.start, LINES_AROUND_EDIT)
    end = _lines_on(edited.text, edited.span.end, LINES_AROUND_EDIT)
    return "\n".join(edited.text[start:end].split("\n")[:MAX_EDITED_LINES])


def _chunks(index: WorkspaceIndex, found: Iterable[tuple[Path, Definition]]) -> list[Chunk]:
    return [Chunk(_name(index, path), definition.text) for path, definition in found]


def _limited(found: Iterable[tuple[Path, Definition]], most: int) -> Iterator[tuple[Path, Definition]]:
    seen: set[tuple[Path, str]] = set()
    for path, definition in found:
        if (path, definition.name) not in seen:
            seen.add((path, definition.name))
            yield path, definition
            if len(seen) == most:
                return


def _by_distance(near: _Near, pattern: re.Pattern[str]) -> list[str]:
    """What the pattern finds near the cursor, the nearest first, each once."""
    found = sorted(pattern.finditer(near.text), key=lambda match: abs(match.start() - near.cursor))
    return list(dict.fromkeys(match[match.lastindex or 0] for match in found))


def _name(index: WorkspaceIndex, path: Path) -> str:
    return path.relative_to(index.root).as_posix()


def _lines_back(text: str, offset: int, n_lines: int) -> int:
    """The start of the line that is `n_lines` above that of `offset`."""
    start = text.rfind("\n", 0, offset) + 1
    for _ in range(n_lines):
        if start == 0:
            break
        start = text.rfind("\n", 0, start - 1) + 1
    return start


def _lines_on(text: str, offset: int, n_lines: int) -> int:
    """The end of the line that is `n_lines` below that of `offset`."""
    end = offset - 1
    for _ in range(n_lines + 1):
        end = text.find("\n", end + 1)
        if end < 0:
            return len(text)
    return end

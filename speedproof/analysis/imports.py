"""What a module imports, and which files of its project that leads to. Nothing is imported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tree_sitter import Node, Query, QueryCursor

from speedproof.analysis.syntax import PYTHON, Segment


@dataclass(frozen=True, slots=True)
class Import:
    """One name that an import binds."""

    known_as: str
    """Here: the name, for `import a.b` the dotted one, for `from a import *` the star."""
    module: str
    """As it is written, with the dots of a relative import."""
    name: str = ""
    """Of what is taken from the module, or the star; empty where it is the module itself."""


def imports_in(segment: Segment) -> tuple[Import, ...]:
    """In the order of the text; those inside of functions too."""
    cursor = QueryCursor(_query())
    cursor.set_byte_range(segment.tree_start, segment.tree_start + len(segment.text))
    nodes = cursor.captures(segment.tree.root_node).get("import", [])
    within = range(segment.tree_start, segment.tree_start + len(segment.text))
    nodes = sorted((node for node in nodes if node.start_byte in within), key=lambda node: node.start_byte)
    return tuple(each for node in nodes for each in _imports_of(segment, node))


def module_files(module: str, importer: Path, root: Path, import_roots: Sequence[Path]) -> Iterator[Path]:
    """The files that `module`, as the file `importer` writes it, may be, the most likely one first; all exist.

    Looked for are a module and a package's `__init__`, in the import roots and then in the folders around the
    importer up to `root`, the first of which is where a script finds its neighbours.
    """
    name = module.lstrip(".")
    n_dots = len(module) - len(name)
    if n_dots:
        if n_dots > len(importer.parents):
            return
        folders = [importer.parents[n_dots - 1]]
    else:
        around = [folder for folder in importer.parents if folder.is_relative_to(root)]
        folders = list(dict.fromkeys([*import_roots, *around]))
    for folder in folders:
        place = folder.joinpath(*name.split(".")) if name else folder
        for path in (place / "__init__.py", *([place.with_name(f"{place.name}.py")] if name else [])):
            if path.is_relative_to(root) and _is_file(path):
                yield path


def submodule(module: str, name: str) -> str:
    """The module `name` of the package `module`, both as an import writes them: `.` and `a` make `.a`."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder without permission, a name that is too long
        return False


def _imports_of(segment: Segment, node: Node) -> Iterator[Import]:
    origin = node.child_by_field_name("module_name")
    module = "" if origin is None else "".join(segment.source(origin).split())
    if any(child.type == "wildcard_import" for child in node.named_children):
        yield Import("*", module, "*")
    for each in node.children_by_field_name("name"):
        alias = each.child_by_field_name("alias")
        name = "".join(segment.source(each.child_by_field_name("name") or each).split())
        known_as = name if alias is None else segment.source(alias)
        if not name or (origin is not None and not module):
            continue  # half typed
        yield Import(known_as, name) if origin is None else Import(known_as, module, name)


@cache
def _query() -> Query:
    return Query(PYTHON, "[(import_statement) (import_from_statement)] @import")

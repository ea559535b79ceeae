"""Calls of a function that stand somewhere in its project with arguments that are written out there.

They are found as text, and nothing is run: what such an expression is worth shows in the sandbox. A call counts where
its name leads to the function by the file's own imports, and where all that it mentions is a literal, a plain builtin,
a class or constant of the function's module, or a variable of the file that is bound to such a thing, once.
"""

import ast
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tree_sitter import Node

from speedproof.analysis.files import python_files, read_loosely
from speedproof.analysis.surroundings import captured_names
from speedproof.analysis.syntax import root_of
from speedproof.core.project import Project
from speedproof.core.target import CallSite, Target

MAX_ENTRIES = 3000
"""Directory entries that are looked at."""
MAX_BYTES = 200_000
MAX_CHARACTERS = 2000
MAX_DEPTH = 3
PLAIN = frozenset(
    [
        *("range", "list", "tuple", "set", "frozenset", "dict", "str", "bytes", "bytearray", "int", "float", "complex"),
        *("bool", "sorted", "reversed", "iter", "enumerate", "zip", "len", "sum", "min", "max", "abs", "round"),
    ]
)
MUTABLE = frozenset(
    {"list", "dictionary", "set", "list_comprehension", "dictionary_comprehension", "set_comprehension", "call"}
)
_HUGE = re.compile(r"(\*|<<|range\()\s*\d{8,}|\d{8,}\s*\*|(\*\*|<<)\s*\(?\d{4,}")
"""Numbers that make values which do not fit in memory."""


def call_sites(
    target: Target, project: Project, *, exclude: Iterable[str] = (), limit: int = 20, seconds: float = 0.3
) -> list[CallSite]:
    """Up to `limit` different calls of `target`, those in its own module first, looked for about `seconds` long."""
    deadline = time.monotonic() + seconds
    parts = target.qualname.split(".")
    if len(parts) > 2:
        return []
    word = re.compile(rf"\b{re.escape(parts[0] if parts[-1] in ('__init__', '__new__') else parts[-1])}\b")
    found: dict[str, CallSite] = {}
    for path, text in _texts(target, project, exclude):
        if word.search(text):
            for expression in _File(text, path, target, project).calls():
                found.setdefault(expression, CallSite(expression, path))
        if len(found) >= limit or time.monotonic() > deadline:
            break
    return list(found.values())[:limit]


def _texts(target: Target, project: Project, exclude: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """The function's own module as its user sees it, the tests, then all other files."""
    yield target.path, target.text
    seen = {target.path}
    for path in _files(project, exclude):
        if path not in seen:
            seen.add(path)
            yield path, read_loosely(path, MAX_BYTES)


def _files(project: Project, exclude: Iterable[str]) -> Iterator[Path]:
    yield from project.tests
    yield from python_files(project.root, root=project.root, exclude=exclude, max_files=MAX_ENTRIES)


class _File:
    """One file in which the function may be called."""

    def __init__(self, text: str, path: Path, target: Target, project: Project) -> None:
        self.text = text
        self.root = root_of(text)
        self.is_own = path == target.path
        self.target = target
        self.owner, _, self.name = target.qualname.rpartition(".")
        self.first = self.owner or self.name
        self.names: dict[str, str] = {self.first: self.first} if self.is_own else {}
        """What is called otherwise, or elsewhere, in the function's module."""
        self.modules: set[str] = set()
        """Under which dotted names that module is known here."""
        self.takes_all = False
        if not self.is_own:
            self._read_imports(project.module_name(path), path.stem == "__init__", project.module_name(target.path))
        variables = captured_names(self.root).get("bound", [])
        variables = [node for node in variables if node.parent is None or node.parent.type != "function_definition"]
        self.bound = Counter(map(self.source, variables))
        self.values = {
            name: value for node in variables if self.bound[name := self.source(node)] == 1 and (value := _value(node))
        }

    def calls(self) -> Iterator[str]:
        """The calls in the file, as expressions of the function's module."""
        local = {name for name, meaning in self.names.items() if meaning == self.first} or {self.first}
        if not (self.names or self.modules or self.takes_all) or any(self.bound[name] for name in local):
            return
        for node in _nodes(self.root, ("call", "attribute")):
            # A property is read, anything else is called.
            if node.type == "attribute" and node.parent is not None and node.parent.type in ("call", "attribute"):
                continue
            expression = self.translated(node)
            if expression is not None and len(expression) <= MAX_CHARACTERS and self._is_of_target(expression):
                yield expression

    def source(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def translated(self, node: Node, depth: int = 0) -> str | None:
        """The expression in the names of the function's module; None where it rests on something else."""
        if depth > MAX_DEPTH or node.has_error:
            return None
        found = captured_names(node)
        own = set(map(self.source, found.get("bound", [])))
        apart = {name.start_byte for kind in ("attribute", "keyword") for name in found.get(kind, [])}
        parts, place = [], node.start_byte
        for name in sorted(found.get("name", []), key=lambda name: name.start_byte):
            if name.start_byte in apart or self.source(name) in own:
                continue
            meant = self._meaning(name, node, depth)
            if meant is None:
                return None
            span, text = meant
            parts += [self.text[place : span.start_byte], text]
            place = span.end_byte
        return "".join([*parts, self.text[place : node.end_byte]])

    def _meaning(self, name: Node, within: Node, depth: int) -> tuple[Node, str] | None:
        """The node that `name` is the beginning of, and what stands for it in the function's module."""
        text = self.source(name)
        if text in self.names:
            return name, self.names[text]
        dotted = name
        while dotted != within and (outer := dotted.parent) is not None and outer.type == "attribute":
            if self.source(dotted) in self.modules:
                member = outer.child_by_field_name("attribute")
                return None if member is None else (outer, self.source(member))
            dotted = outer
        if text in self.values:
            value = self.values[text]
            inner = self.translated(value, depth + 1)
            is_receiver = bool(self.owner) and inner is not None and inner.startswith(f"{self.owner}(")
            if inner is None or (self._may_have_changed(text, value) and not is_receiver):
                return None
            return name, f"({inner})"
        if self.bound[text]:
            return None
        if text in PLAIN or ((self.is_own or self.takes_all) and (text == self.first or text[:1].isupper())):
            return name, text
        return None

    def _may_have_changed(self, name: str, value: Node) -> bool:
        return value.type in MUTABLE and re.search(rf"\b{re.escape(name)}\s*[.\[]", self.text) is not None

    def _is_of_target(self, expression: str) -> bool:
        """Whether the expression calls the function, or reads the property, of the class or of an object made there."""
        if _HUGE.search(expression):
            return False
        try:
            found = ast.parse(expression, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        called = found.func if isinstance(found, ast.Call) else found
        if not self.owner:
            return isinstance(found, ast.Call) and _is_name(called, self.name)
        if self.name in ("__init__", "__new__"):
            return isinstance(found, ast.Call) and _is_name(called, self.owner)
        if not isinstance(called, ast.Attribute) or called.attr != self.name:
            return False
        receiver = called.value.func if isinstance(called.value, ast.Call) else called.value
        return _is_name(receiver, self.owner)

    def _read_imports(self, here: str, is_package: bool, module: str) -> None:
        for node in _nodes(self.root, ("import_statement", "import_from_statement")):
            origin = node.child_by_field_name("module_name")
            whole = "" if origin is None else _absolute(self.source(origin), here, is_package)
            if any(child.type == "wildcard_import" for child in node.named_children):
                self.takes_all |= _leads_to(whole, module)
            for each in node.children_by_field_name("name"):
                alias = each.child_by_field_name("alias")
                named = each.child_by_field_name("name") or each
                text, known_as = self.source(named), self.source(alias or named)
                if _leads_to(text, module) if origin is None else f"{whole}.{text}" == module:
                    self.modules.add(known_as)
                elif origin is not None and _leads_to(whole, module) and (text == self.first or text[:1].isupper()):
                    self.names[known_as] = text


def _leads_to(imported: str, module: str) -> bool:
    """Whether a name imported from there may be that of `module`: packages pass on what their modules define."""
    return imported == module or module.startswith(f"{imported}.")


def _absolute(imported: str, here: str, is_package: bool) -> str:
    """The module meant by `..x`, written in the module `here`."""
    name = imported.lstrip(".")
    dots = len(imported) - len(name)
    if not dots:
        return name
    parts = here.split(".")
    parts = parts[: len(parts) - dots + is_package]
    return ".".join([*parts, name] if name else parts)


def _value(name: Node) -> Node | None:
    """What a variable is bound to, by a plain assignment."""
    assignment = name.parent
    if assignment is None or assignment.type != "assignment" or assignment.child_by_field_name("left") != name:
        return None
    return assignment.child_by_field_name("right")


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _nodes(root: Node, types: tuple[str, ...]) -> Iterator[Node]:
    """Those of the given types, in the order of the text."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in types:
            yield node
        stack += reversed(node.named_children)

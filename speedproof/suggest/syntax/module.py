"""What a module binds around a function, and how to add imports and definitions to its text."""

import ast
import builtins
import math
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from speedproof.core.text import Edit, Span

_KNOWN_STARS = {"math": frozenset(vars(math)), "string": frozenset(vars(string))}
_HARMLESS_STARS = frozenset({"typing", "collections", "itertools", "functools", "dataclasses", "__future__"})
"""Modules whose `import *` hides no built-in."""
_BUILTINS = frozenset(vars(builtins))


@dataclass(frozen=True)
class ModuleFacts:
    """What the top level of a module says, from its ast."""

    tree: ast.Module

    @staticmethod
    def of(text: str) -> "ModuleFacts | None":
        """The facts of a module's text, or None where it does not parse."""
        return _facts(text)

    @cached_property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """Every name that the module binds in its global scope, with the nodes that do."""
        found: dict[str, list[ast.AST]] = {}
        for node in _at_top(self.tree):
            for name in _names_bound_by(node):
                found.setdefault(name, []).append(node)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Global):
                for name in node.names:
                    found.setdefault(name, []).append(node)
        return found

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Every identifier anywhere in the module: a fresh name is none of them."""
        found = set(self.bindings)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.alias):
                found.add(node.asname or node.name.partition(".")[0])
        return frozenset(found)

    @cached_property
    def hidden_builtins(self) -> frozenset[str]:
        """Built-in names that mean something else in this module, or may."""
        hidden = set(_BUILTINS & self.bindings.keys())
        for node in _at_top(self.tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                module = node.module or ""
                if module in _KNOWN_STARS:
                    hidden |= _BUILTINS & _KNOWN_STARS[module]
                elif module not in _HARMLESS_STARS or node.level:
                    return _BUILTINS
        return frozenset(hidden)

    def imported(self, module: str, name: str | None = None) -> str | None:
        """The expression under which the module already has `module` or `module.name`, `re` or `compile`."""
        return next(iter(self.spellings(module, name)), None)

    def spellings(self, module: str, name: str | None = None) -> list[str]:
        """All such expressions: names bound to the thing itself first, then `module.name`."""
        direct, through = [], []
        for bound, nodes in self.bindings.items():
            match nodes:
                case [ast.ImportFrom(module=source, names=aliases, level=0)] if name and source == module:
                    if any((alias.asname or alias.name, alias.name) == (bound, name) for alias in aliases):
                        direct.append(bound)
                case [ast.Import(names=aliases)]:
                    if any((alias.asname or alias.name, alias.name) == (bound, module) for alias in aliases):
                        through.append(f"{bound}.{name}" if name else bound)
        return direct + through

    def function(self, name: str) -> ast.FunctionDef | None:
        """The module-level function of that name, if nothing else is ever bound to it."""
        match self.bindings.get(name):
            case [ast.FunctionDef() as function]:
                return function
        return None

    def constant(self, name: str) -> ast.expr | None:
        """The expression that is assigned once to a module-level name, if nothing else ever is."""
        match self.bindings.get(name):
            case [ast.Assign(targets=[ast.Name()], value=value)] | [
                ast.AnnAssign(target=ast.Name(), value=ast.expr() as value)
            ]:
                return value
        return None


@dataclass(frozen=True)
class Additions:
    """What a rewrite adds to the module around the function."""

    imports: tuple[tuple[str, str | None], ...] = ()
    """(module, name) for `from module import name`, (module, None) for `import module`."""
    definitions: tuple[tuple[str, str], ...] = ()
    """The names and the text of statements that go before the top-level statement that holds the function."""


def additions_to(text: str, additions: Additions, position: int) -> list[Edit]:
    """The edits that make the additions around the function at `position`.

    Raises SyntaxError where `text` is not Python.
    """
    facts = ModuleFacts.of(text)
    if facts is None:
        raise SyntaxError("not Python")
    mark = 1 if text.startswith("\ufeff") else 0
    layout = _Layout(text, mark, facts.tree, line_starts(text[mark:]))
    edits = [_import_edit(layout, module, names) for module, names in _by_module(additions.imports)]
    if additions.definitions:
        at = _start_of_statement(layout, position)
        edits.append(Edit(Span(at, at), "".join(f"{definition}\n\n\n" for _, definition in additions.definitions)))
    newline = "\r\n" if "\r\n" in text else "\n"
    return [Edit(edit.span, edit.new_text.replace("\n", newline)) for edit in edits]


@dataclass(frozen=True)
class _Layout:
    """A module's text, the length of its byte order mark, its tree, and where the lines after the mark start."""

    text: str
    mark: int
    tree: ast.Module
    starts: list[int]

    def start(self, node: ast.stmt) -> int:
        return self.starts[node.lineno - 1] + self.mark

    def end(self, node: ast.stmt) -> int:
        """Where the line after the statement starts."""
        last = node.end_lineno or node.lineno
        return self.starts[last] + self.mark if last < len(self.starts) else len(self.text)


def _by_module(imports: Iterable[tuple[str, str | None]]) -> list[tuple[str, list[str]]]:
    """The names wanted from each module, plain imports (no names) first, as isort sorts them by default."""
    wanted: dict[tuple[bool, str], list[str]] = {}
    for module, name in imports:
        names = wanted.setdefault((name is not None, module), [])
        if name is not None:
            names.append(name)
    return [(module, names) for (_, module), names in sorted(wanted.items())]


def line_starts(text: str) -> list[int]:
    """The offset at which each line begins, lines being what Python's own tokenizer takes for lines."""
    return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]


@lru_cache(maxsize=8)
def _facts(text: str) -> ModuleFacts | None:
    try:
        return ModuleFacts(ast.parse(text.removeprefix("\ufeff")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _at_top(tree: ast.AST) -> Iterable[ast.AST]:
    """Every node that runs in the module's own scope."""
    for child in ast.iter_child_nodes(tree):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _at_top(child)


def _names_bound_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [alias.asname or alias.name.partition(".")[0] for alias in aliases]
        case ast.For(target=target) | ast.withitem(optional_vars=ast.expr() as target):
            return [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]
        case ast.NamedExpr(target=target):
            return [target.id]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.Delete(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def _start_of_statement(layout: _Layout, position: int) -> int:
    """Where the top-level statement around `position` begins, the comments right above it included."""
    starts, mark = layout.starts, layout.mark
    at = max(line for line in map(_first_line, layout.tree.body) if starts[line - 1] + mark <= position)
    while at > 1 and layout.text[mark + starts[at - 2] : mark + starts[at - 1]].startswith("#"):
        at -= 1
    return starts[at - 1] + mark


def _first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _import_edit(layout: _Layout, module: str, names: list[str]) -> Edit:
    """The edit that makes the module import `names` from `module`, or `module` itself if there are none.

    The block of imports at the file's top keeps its order where it is sorted.
    """
    text, tree = layout.text, layout.tree
    line = f"from {module} import {', '.join(_sorted(names))}\n" if names else f"import {module}\n"
    n_docstring = int(ast.get_docstring(tree, clean=False) is not None)
    header = []
    for node in tree.body[n_docstring:]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        header.append(node)
    for node in header:
        span = Span(layout.start(node), layout.end(node))
        plain = f"from {module} import " + ", ".join(alias.name for alias in node.names)
        if names and isinstance(node, ast.ImportFrom) and span.of(text).rstrip("\r\n") == plain:
            every = _sorted({*names, *(alias.name for alias in node.names)})
            return Edit(span, f"from {module} import {', '.join(every)}\n")
    future = [node for node in header if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    rest = [node for node in header if node not in future]
    after = [node for node in rest if _sort_key(node) > (bool(names), module)]
    if after and after == rest[-len(after) :] and not _shares_line(after[0], tree):
        return Edit(Span(layout.start(after[0]), layout.start(after[0])), line)
    if header:
        at = layout.end(header[-1])
        return Edit(Span(at, at), _own_line(text, at) + ("" if rest else "\n") + line)
    if n_docstring:
        at = layout.end(tree.body[0])
        return Edit(Span(at, at), _own_line(text, at) + "\n" + line)
    at = _after_preamble(text, layout.starts, layout.mark)
    return Edit(Span(at, at), line + ("" if text[at:].startswith(("\n", "\r")) else "\n\n"))


def _own_line(text: str, at: int) -> str:
    """What to put first so that a new line begins at `at`."""
    return "" if text[:at].endswith(("\n", "\r")) else "\n"


def _sorted(names: Iterable[str]) -> list[str]:
    """Constants, classes, then functions, as isort orders them."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[:1].isupper() else 2, name))


def _after_preamble(text: str, starts: list[int], mark: int) -> int:
    """Where code may begin: after a `#!` line, an encoding line and other comments at the very top."""
    at = mark
    for begin, end in zip(starts, [*starts[1:], len(text) - mark], strict=True):
        if not text[mark + begin : mark + end].startswith("#"):
            break
        at = mark + end
    return at if at == mark or text[at:].startswith(("\n", "\r")) else mark + _end_of_coding(text, starts, mark)


def _end_of_coding(text: str, starts: list[int], mark: int) -> int:
    """The end of the first two lines as far as they are a `#!` line or name an encoding."""
    end = 0
    for number in range(min(2, len(starts) - 1)):
        line = text[mark + starts[number] : mark + starts[number + 1]]
        if line.startswith("#!") or re.match(r"[ \t\f]*#.*?coding[:=]", line):
            end = starts[number + 1]
    return end


def _shares_line(node: ast.stmt, tree: ast.Module) -> bool:
    return any(
        other is not node and other.lineno <= node.lineno <= (other.end_lineno or other.lineno) for other in tree.body
    )


def _sort_key(node: ast.stmt) -> tuple[bool, str]:
    """Plain imports first, each kind by module: what isort calls its default within a section."""
    if isinstance(node, ast.ImportFrom):
        return True, "." * node.level + (node.module or "")
    assert isinstance(node, ast.Import)
    return False, node.names[0].name

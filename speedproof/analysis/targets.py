"""Which functions of a module can be optimized, and which one is at a place.

A target is a function that its module makes reachable by a dotted name: one at module level (also under `if`,
`try` or `with`) or a method of a class there. A nested function belongs to the one around it. Where a name is
defined more than once the last definition counts, as it does at run time. Definitions with syntax errors, and
those that are no code of their own (overloads) or share a property's name (its setter, its deleter), are left out.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tree_sitter import Node

from speedproof.analysis.syntax import Segment, Syntax
from speedproof.core.target import Target
from speedproof.core.text import Span

_CONTAINERS = frozenset(
    {
        "block",
        "if_statement",
        "elif_clause",
        "else_clause",
        "try_statement",
        "except_clause",
        "except_group_clause",
        "finally_clause",
        "with_statement",
    }
)
_NOT_CODE = ("overload", "setter", "deleter")


def targets_in(path: Path, text: str) -> list[Target]:
    """All targets of a module, in the order of their definitions."""
    return targets_of(path, Syntax.parse(text))


def find_target(path: Path, text: str, qualname: str) -> Target | None:
    """The target named `qualname` (`area`, `Shape.area`), or None."""
    return next((target for target in targets_in(path, text) if target.qualname == qualname), None)


def target_at(path: Path, text: str, offset: int) -> Target | None:
    """The target whose definition holds `offset`, or begins or ends on its line; or None."""
    return target_of(path, Syntax.parse(text), offset)


def targets_of(path: Path, syntax: Syntax) -> list[Target]:
    """`targets_in` for a text that is parsed already."""
    last: dict[str, Span] = {}
    for start, segment in zip(syntax.starts, syntax.segments, strict=False):
        for qualname, node in _definitions(segment, segment.statements, ""):
            last[qualname] = _moved(segment.span(node), start)
    targets = (Target(path, qualname, syntax.text, span) for qualname, span in last.items())
    return sorted(targets, key=lambda target: target.span)


def target_of(path: Path, syntax: Syntax, offset: int) -> Target | None:
    """`target_at` for a text that is parsed already, at a cost that does not grow with the text."""
    offset = _first_code_of_line(syntax.text, offset)
    start, segment = syntax.segment_at(offset)
    place = offset - start + segment.tree_start
    prefix, cursor = "", segment.tree.walk()
    # Not Node.first_named_child_for_byte: where there is none it returns a node that crashes (tree-sitter 0.26.1).
    while cursor.goto_first_child_for_byte(place) is not None:
        node = cursor.node
        if node is None or place < node.start_byte:
            return None
        inner = _undecorated(node)
        if inner.type == "function_definition":
            if not _is_target(segment, node):
                return None
            return Target(path, prefix + _name(segment, inner), syntax.text, _moved(segment.span(node), start))
        if inner.type == "class_definition":
            body = inner.child_by_field_name("body")
            if body is None:
                return None
            prefix += f"{_name(segment, inner)}."
            cursor.reset(body)
        elif inner.type not in _CONTAINERS:
            return None
    return None


def _definitions(segment: Segment, nodes: Iterable[Node], prefix: str) -> Iterator[tuple[str, Node]]:
    for node in nodes:
        inner = _undecorated(node)
        if inner.type == "function_definition":
            if _is_target(segment, node):
                yield prefix + _name(segment, inner), node
        elif inner.type == "class_definition":
            body = inner.child_by_field_name("body")
            if body is not None:
                yield from _definitions(segment, body.named_children, f"{prefix}{_name(segment, inner)}.")
        elif inner.type in _CONTAINERS:
            yield from _definitions(segment, inner.named_children, prefix)


def _undecorated(node: Node) -> Node:
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else None
    return inner or node


def _is_target(segment: Segment, definition: Node) -> bool:
    """Whether a function definition (with its decorators, if any) is sound and code of its own."""
    if definition.has_error:
        return False
    decorators = (child for child in definition.named_children if child.type == "decorator")
    return not any(segment.source(decorator).rpartition(".")[2].strip("@ ") in _NOT_CODE for decorator in decorators)


def _name(segment: Segment, definition: Node) -> str:
    name = definition.child_by_field_name("name")
    return "" if name is None else segment.source(name)


def _moved(span: Span, distance: int) -> Span:
    return Span(span.start + distance, span.end + distance)


def _first_code_of_line(text: str, offset: int) -> int:
    """Where the code of `offset`'s line begins: a cursor in its indentation or after its end belongs to it too."""
    start = text.rfind("\n", 0, offset) + 1
    start = max(start, text.rfind("\r", start, offset) + 1)
    while start < len(text) and text[start] in " \t\f\ufeff":
        start += 1
    return start

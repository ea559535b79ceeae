"""What a module defines, as short as it can be shown: signatures, attributes, first lines of docstrings.

That is what one looks up of a definition in order to use it. What is short is shown as it is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from speedproof.analysis.imports import Import, imports_in
from speedproof.analysis.syntax import Segment

SHORT = 8
"""Lines of a definition that is shown whole."""
MAX_LINES = 40
MAX_VALUE = 120
"""Characters of an assignment's line that are shown."""
MAX_ATTRIBUTES = 12
"""Of those that `__init__` assigns."""

_BRANCHES = frozenset(
    {"block", "if_statement", "elif_clause", "else_clause", "try_statement", "except_clause", "finally_clause"}
    | {"with_statement"}
)
_DOCSTRING = re.compile(r"""[rRuU]?("{3}|'{3}|"|')\s*(.*)""")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, a class, a method or a variable of a module."""

    name: str
    """Dotted for what is in a class."""
    text: str
    """As it is shown, without a line end after it."""
    is_callable: bool
    """A function, a class or a method."""

    @property
    def heading(self) -> str:
        """Its first line, decorators aside."""
        lines = self.text.split("\n")
        return next((line for line in lines if not line.startswith("@")), lines[0])


@dataclass(frozen=True, slots=True)
class Outline:
    """What a module, or a segment of one, holds, in the order of its text."""

    definitions: tuple[Definition, ...] = ()
    imports: tuple[Import, ...] = ()

    def named(self, name: str) -> Definition | None:
        """The last definition of that dotted name, as at run time."""
        return next((each for each in reversed(self.definitions) if each.name == name), None)


def outline_of(segment: Segment) -> Outline:
    """What stands at its top level, also below `if`, `try` and `with`, and in the classes there."""
    return Outline(tuple(_definitions(segment, segment.statements)), imports_in(segment))


def joined(outlines: Iterable[Outline]) -> Outline:
    """Of a whole module, from those of its segments."""
    outlines = tuple(outlines)
    definitions = tuple(each for outline in outlines for each in outline.definitions)
    return Outline(definitions, tuple(each for outline in outlines for each in outline.imports))


def _definitions(segment: Segment, nodes: Iterable[Node]) -> Iterator[Definition]:
    for node in nodes:
        inner = _undecorated(node)
        name = _field(segment, inner, "name")
        if inner.type == "function_definition" and name:
            yield Definition(name, _cut(_function(segment, node)), is_callable=True)
        elif inner.type == "class_definition" and name:
            yield Definition(name, _cut(_class(segment, node)), is_callable=True)
            for method in _members(inner, "function_definition"):
                if method_name := _field(segment, _undecorated(method), "name"):
                    text = f"class {name}:\n{_indented(_function(segment, method))}"
                    yield Definition(f"{name}.{method_name}", _cut(text), is_callable=True)
        elif inner.type == "expression_statement":
            for assignment in (child for child in inner.named_children if child.type == "assignment"):
                left = _field(segment, assignment, "left")
                if left.isidentifier():
                    yield Definition(left, _value(segment, assignment), is_callable=False)
        elif inner.type in _BRANCHES:
            yield from _definitions(segment, inner.named_children)


def _function(segment: Segment, node: Node) -> str:
    whole = _source(segment, node)
    if whole.count("\n") < SHORT:
        return whole
    lines = [_heading(segment, node), *(_INDENT + line for line in (_docstring(segment, node), "...") if line)]
    return "\n".join(lines)


def _class(segment: Segment, node: Node) -> str:
    whole = _source(segment, node)
    if whole.count("\n") < SHORT:
        return whole
    parts = [_docstring(segment, node)]
    for member in _members(_undecorated(node), "expression_statement", "function_definition", "class_definition"):
        inner = _undecorated(member)
        if inner.type == "expression_statement":
            parts += [_value(segment, child) for child in inner.named_children if child.type == "assignment"]
        elif _field(segment, inner, "name") == "__init__":
            parts.append(_initializer(segment, member))
        else:
            parts.append(f"{_heading(segment, member)} ...")
    return "\n".join([_heading(segment, node), *(_indented(part) for part in parts if part)])


def _initializer(segment: Segment, node: Node) -> str:
    """Its signature, and what it makes the attributes of."""
    body = _undecorated(node).child_by_field_name("body")
    statements = [] if body is None else [child for each in body.named_children for child in each.named_children]
    lines = [
        _value(segment, child)
        for child in statements
        if child.type == "assignment" and _field(segment, child, "left").startswith("self.")
    ]
    return "\n".join([_heading(segment, node), *(_INDENT + line for line in lines[:MAX_ATTRIBUTES] or ["..."])])


def _value(segment: Segment, assignment: Node) -> str:
    """An assignment on one line, without its value where that is long."""
    whole = _source(segment, assignment)
    if "\n" not in whole and len(whole) <= MAX_VALUE:
        return whole
    left, kind = _field(segment, assignment, "left"), _field(segment, assignment, "type")
    return " ".join(f"{left}: {kind} = ...".split()) if kind else f"{left} = ..."


def _heading(segment: Segment, node: Node) -> str:
    """Decorators and all up to the body."""
    body = _undecorated(node).child_by_field_name("body")
    whole = _source(segment, node)
    if body is None or not body.named_children:
        return whole
    # A comment behind the colon is before the body too.
    length = segment.span(body).start - segment.span(node).start
    column = _column(segment, node)
    return _dedented(segment.text[segment.span(node).start :][:length].rstrip(), column)


def _docstring(segment: Segment, node: Node) -> str:
    """The first line of it, or nothing."""
    body = _undecorated(node).child_by_field_name("body")
    first = next((child for child in body.named_children if child.type != "comment"), None) if body else None
    if first is None or first.type != "expression_statement" or first.named_children[0].type != "string":
        return ""
    match = _DOCSTRING.match(segment.source(first.named_children[0]))
    line = match[2].removesuffix(match[1]).rstrip() if match else ""
    return f'"""{line}"""' if line else ""


def _members(definition: Node, *types: str) -> Iterator[Node]:
    body = definition.child_by_field_name("body")
    for node in [] if body is None else body.named_children:
        if _undecorated(node).type in types:
            yield node


def _undecorated(node: Node) -> Node:
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else None
    return inner or node


def _field(segment: Segment, node: Node, name: str) -> str:
    field = node.child_by_field_name(name)
    return "" if field is None else segment.source(field)


def _source(segment: Segment, node: Node) -> str:
    """Its text, as if it began in the first column."""
    return _dedented(segment.source(node).rstrip(), _column(segment, node))


def _column(segment: Segment, node: Node) -> int:
    start = segment.span(node).start
    return start - (segment.text.rfind("\n", 0, start) + 1)


def _dedented(text: str, column: int) -> str:
    first, *others = text.split("\n")
    return "\n".join([first, *(line[column:] if not line[:column].strip() else line for line in others)])


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line if line else line for line in text.split("\n"))


def _cut(text: str) -> str:
    lines = text.split("\n")
    return text if len(lines) <= MAX_LINES else "\n".join([*lines[:MAX_LINES], f"{_INDENT}..."])

"""What a function rests on in its own module, so that a change elsewhere in the file can be told to matter or not."""

from collections.abc import Iterable, Iterator
from functools import cache

from tree_sitter import Node, Query, QueryCursor

from speedproof.analysis.syntax import PYTHON, Segment, Syntax
from speedproof.core.text import Span

Surroundings = frozenset[tuple[str, ...]]
"""Statements as the words that they consist of, comments left out."""

_DEFINITIONS = ("function_definition", "class_definition")


def surroundings(syntax: Syntax, function: Span, names: Iterable[str] = ()) -> Surroundings:
    """The statements that bind what `function` or `names` mentions, and what those mention, and so on.

    Looked at are the module's top level and the bodies of the classes that the function is in. Going by names alone,
    it finds too many statements rather than too few; what is reached by a computed name it does not see.
    """
    needed = {*names, *names_in(syntax, function)}
    waiting = []
    for segment, node in _statements(syntax, function):
        if node.type == "argument_list":  # the bases of a class that the function is in
            needed |= _mentions(segment, node)
        else:
            waiting.append((_binds(segment, node), segment, node))
    found: list[tuple[Segment, Node]] = []
    while reached := [(segment, node) for binds, segment, node in waiting if binds & needed]:
        waiting = [(binds, segment, node) for binds, segment, node in waiting if not binds & needed]
        needed = needed.union(*(_mentions(segment, node) for segment, node in reached))
        found += reached
    return frozenset(_words(segment, node) for segment, node in found)


def names_in(syntax: Syntax, function: Span) -> frozenset[str]:
    """All identifiers in the function at this place."""
    start, segment = syntax.segment_at(function.start)
    shift = segment.tree_start - start
    node = segment.tree.root_node.descendant_for_byte_range(function.start + shift, function.end + shift)
    return frozenset() if node is None else frozenset(_mentions(segment, node))


def _statements(syntax: Syntax, function: Span) -> Iterator[tuple[Segment, Node]]:
    """All statements beside the function or a class that it is in, and the bases of such classes."""
    for start, segment in zip(syntax.starts, syntax.segments, strict=False):
        waiting = list(segment.statements)
        while waiting:
            node = waiting.pop()
            span = segment.span(node)
            if function.start <= start + span.start and start + span.end <= function.end:
                continue
            if start + span.start <= function.start and function.end <= start + span.end:
                waiting += node.named_children
            else:
                yield segment, node


@cache
def _identifiers() -> Query:
    return Query(PYTHON, "(identifier) @name")


def _mentions(segment: Segment, node: Node) -> set[str]:
    return {segment.source(name) for name in QueryCursor(_identifiers()).captures(node).get("name", [])}


def _binds(segment: Segment, node: Node) -> set[str]:
    """The names that a statement binds, or whose value it may change."""
    if node.type == "decorated_definition":
        node = node.child_by_field_name("definition") or node
    if node.type in _DEFINITIONS:
        name = node.child_by_field_name("name")
        return set() if name is None else {segment.source(name)}
    if node.type == "expression_statement":
        return {name for child in node.named_children for name in _changed_by(segment, child)}
    # An import, a condition, a loop: it may bind all that it mentions.
    return _mentions(segment, node)


def _changed_by(segment: Segment, expression: Node) -> Iterable[str]:
    """`a.b[c] = …` and `a.b.c(…)` change `a` or something that it holds."""
    if expression.type in ("assignment", "augmented_assignment"):
        left = expression.child_by_field_name("left")
        right = expression.child_by_field_name("right")
        if left is not None:
            yield from _mentions(segment, left)
        if right is not None and right.type == "assignment":
            yield from _changed_by(segment, right)
    elif expression.type == "call":
        called = expression.child_by_field_name("function")
        if called is not None and called.type == "attribute":
            yield from _mentions(segment, called)


def _words(segment: Segment, node: Node) -> tuple[str, ...]:
    return tuple(segment.source(leaf) for leaf in _leaves(node))


def _leaves(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        node = stack.pop()
        if node.type == "comment":
            continue
        if node.type == "string" or not node.child_count:
            yield node
        else:
            stack += reversed(node.children)

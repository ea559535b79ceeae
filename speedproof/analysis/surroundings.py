"""What a function rests on in its own module, so that a change elsewhere in the file can be told to matter or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

from tree_sitter import Node, Query, QueryCursor

from speedproof.analysis.syntax import PYTHON, Segment, Syntax
from speedproof.core.text import Span

Surroundings = frozenset[tuple[str, ...]]
"""Statements as the words that they consist of, comments left out."""


@dataclass(frozen=True, slots=True)
class Names:
    """What code refers to: names that it does not bind itself, and names of attributes."""

    free: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    def __or__(self, other: "Names") -> "Names":
        return Names(self.free | other.free, self.attributes | other.attributes)


def surroundings(syntax: Syntax, function: Span, names: Names = Names()) -> Surroundings:
    """The statements that bind what `function` or `names` refers to, and what those refer to, and so on.

    Looked at are the module's top level and the bodies of the classes that the function is in. Going by names alone,
    it finds too many statements rather than too few, except for what is reached by a computed name.
    """
    needed = names | names_in(syntax, function)
    waiting: list[_Statement] = []
    for part in _beside(syntax, function):
        if part.node.type in ("identifier", "argument_list"):  # the name and the bases of a class around the function
            needed |= Names(free=part.mentions())
        else:
            waiting.append(part)
    found: list[_Statement] = []
    while reached := [part for part in waiting if part.binds_any(needed)]:
        waiting = [part for part in waiting if not part.binds_any(needed)]
        for part in reached:
            needed |= part.names()
        found += reached
    return frozenset(part.words() for part in found)


def names_in(syntax: Syntax, function: Span) -> Names:
    """What the function at this place refers to."""
    start, segment = syntax.segment_at(function.start)
    shift = segment.tree_start - start
    node = segment.tree.root_node.descendant_for_byte_range(function.start + shift, function.end + shift)
    return Names() if node is None else _Statement(segment, node, in_class=False).names()


def captured_names(node: Node) -> dict[str, list[Node]]:
    """Identifiers in `node`: all (`name`), and those that are an `attribute`, a `keyword`, `bound`, or `global`."""
    return QueryCursor(_query()).captures(node)


def _beside(syntax: Syntax, function: Span) -> Iterator["_Statement"]:
    """All statements beside the function or a class that it is in; and such a class's name and bases."""
    for start, segment in zip(syntax.starts, syntax.segments, strict=False):
        waiting = [_Statement(segment, node, in_class=False) for node in segment.statements]
        while waiting:
            part = waiting.pop()
            span = segment.span(part.node)
            if function.start <= start + span.start and start + span.end <= function.end:
                continue
            if start + span.start <= function.start and function.end <= start + span.end:
                in_class = part.in_class or part.node.type == "class_definition"
                waiting += [_Statement(segment, child, in_class) for child in part.node.named_children]
            else:
                yield part


# Names that are bound by their function are its own, whatever else the module calls by that name.
_NAMES = """
(identifier) @name
(attribute attribute: (identifier) @attribute)
(keyword_argument name: (identifier) @keyword)
(function_definition name: (identifier) @bound)
[(parameters (identifier) @bound) (lambda_parameters (identifier) @bound)]
(typed_parameter . (identifier) @bound)
[(default_parameter name: (identifier) @bound) (typed_default_parameter name: (identifier) @bound)]
[(list_splat_pattern (identifier) @bound) (dictionary_splat_pattern (identifier) @bound)]
[(assignment left: (identifier) @bound) (augmented_assignment left: (identifier) @bound)]
[(pattern_list (identifier) @bound) (tuple_pattern (identifier) @bound) (list_pattern (identifier) @bound)]
[(for_statement left: (identifier) @bound) (for_in_clause left: (identifier) @bound)]
[(as_pattern_target (identifier) @bound) (named_expression name: (identifier) @bound)]
(global_statement (identifier) @global)
"""


@cache
def _query() -> Query:
    return Query(PYTHON, _NAMES)


@dataclass(frozen=True, slots=True, eq=False)
class _Statement:
    segment: Segment
    node: Node
    in_class: bool

    def names(self) -> Names:
        definition = self._definition
        body = definition.child_by_field_name("body")
        if definition.type == "class_definition" and body is not None:
            # Each method for itself: what one binds another may take from the module.
            heading = [node for node in (*self.node.named_children, *definition.named_children) if node != body]
            parts = [node for node in heading if node != definition] + body.named_children
            return reduce(or_, (_Statement(self.segment, part, in_class=True).names() for part in parts), Names())
        found = captured_names(self.node)
        apart = {node.start_byte for kind in ("attribute", "keyword") for node in found.get(kind, [])}
        free = self._texts(node for node in found.get("name", []) if node.start_byte not in apart)
        if definition.type == "function_definition" or self.in_class:
            free -= self._texts(found.get("bound", [])) - self._texts(found.get("global", []))
        return Names(free, self._texts(found.get("attribute", [])))

    def mentions(self, node: Node | None = None) -> frozenset[str]:
        return self._texts(captured_names(node or self.node).get("name", []))

    def binds_any(self, names: Names) -> bool:
        """Whether it binds one of `names`, or may change its value. A class's own are reached as attributes."""
        return not self._binds().isdisjoint(names.attributes if self.in_class else names.free)

    def words(self) -> tuple[str, ...]:
        return tuple(self.segment.source(leaf) for leaf in _leaves(self.node))

    def _binds(self) -> frozenset[str]:
        definition = self._definition
        if definition.type in ("function_definition", "class_definition"):
            name = definition.child_by_field_name("name")
            return frozenset() if name is None else self._texts([name])
        if definition.type == "expression_statement":
            return frozenset().union(*map(self._changed_by, definition.named_children))
        # An import, a condition, a loop: it may bind all that it mentions.
        return self.mentions()

    def _changed_by(self, expression: Node) -> frozenset[str]:
        """`a.b[c] = …` and `a.b.c(…)` change `a`, or something that it holds."""
        changed: frozenset[str] = frozenset()
        if expression.type in ("assignment", "augmented_assignment"):
            left, right = (expression.child_by_field_name(side) for side in ("left", "right"))
            changed |= frozenset() if left is None else self.mentions(left)
            changed |= frozenset() if right is None else self._changed_by(right)
        elif expression.type == "call":
            called = expression.child_by_field_name("function")
            changed |= self.mentions(called) if called is not None and called.type == "attribute" else frozenset()
        return changed

    @property
    def _definition(self) -> Node:
        decorated = self.node.type == "decorated_definition"
        return (self.node.child_by_field_name("definition") if decorated else None) or self.node

    def _texts(self, nodes: Iterable[Node]) -> frozenset[str]:
        return frozenset(map(self.segment.source, nodes))


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

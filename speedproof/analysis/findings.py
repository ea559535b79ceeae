"""Places that a rewrite rule may improve, by syntax alone: hints in the editor, nothing more.

A finding's `rule` is the id of the rule that would mend it. What a finding looks for is narrower than what its rule
can do: a hint that leads nowhere is worse than one that is missing, and optimizing a function tries all rules anyway.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tree_sitter import Node, Query, QueryCursor

from speedproof.analysis.syntax import PYTHON, Segment, Syntax
from speedproof.analysis.targets import targets_of
from speedproof.core.target import Finding
from speedproof.core.text import Span

Known = Mapping[str, tuple[Finding, ...]]
"""The findings of functions by their text, in offsets from their beginning."""


def find(syntax: Syntax, known: Known) -> tuple[list[Finding], Known]:
    """All findings, in order, and what to pass as `known` the next time.

    Only functions that read differently from all of `known` are looked at.
    """
    findings: list[Finding] = []
    seen: dict[str, tuple[Finding, ...]] = {}
    for target in targets_of(Path(), syntax):
        source, start = target.source, target.span.start
        own = seen.get(source) or known.get(source)
        if own is None:
            own = tuple(_of_function(syntax, target.span))
        seen[source] = own
        findings += (_moved(finding, start) for finding in own)
    return findings, seen


@dataclass(frozen=True, slots=True)
class _Facts:
    """What patterns may ask about the function around a match."""

    loops: tuple[Span, ...]
    strings: frozenset[str]
    """Local names that start as a string."""
    lists: frozenset[str]
    """Names that start as a list, or are parameters annotated as one."""
    changes: tuple[tuple[str, Span], ...]
    """Names that are rebound, or whose method is called that may change them, and where."""

    def repeated(self, place: Span) -> bool:
        return any(_contains(loop, place) for loop in self.loops)

    def changed_where_repeated(self, name: str, place: Span) -> bool:
        """Whether `name` changes while `place` is repeated."""
        around = [loop for loop in self.loops if _contains(loop, place)]
        return any(name == changed and any(_contains(loop, at) for loop in around) for changed, at in self.changes)


Texts = Mapping[str, str]
"""What the captures of a match read."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A finding is where `query` matches at `@place` and `holds` says so of the captures' texts.

    `message` may name captures.
    """

    rule: str
    query: str
    holds: Callable[[_Facts, Span, Texts], bool]
    message: str


def _string_grows(facts: _Facts, place: Span, texts: Texts) -> bool:
    return texts["name"] in facts.strings and facts.repeated(place)


def _list_grows(facts: _Facts, place: Span, texts: Texts) -> bool:
    return texts["name"] == texts["again"] and texts["name"] in facts.lists and facts.repeated(place)


def _own_list_at_0(facts: _Facts, place: Span, texts: Texts) -> bool:
    return texts["index"] == "0" and texts["name"] in facts.lists and facts.repeated(place)


def _steady_list(facts: _Facts, place: Span, texts: Texts) -> bool:
    name = texts["name"]
    return name in facts.lists and facts.repeated(place) and not facts.changed_where_repeated(name, place)


_METHOD = "(call function: (attribute object: (identifier) @name attribute: (identifier) @_method)"

_PATTERNS = (
    _Pattern(
        "str-concat-in-loop",
        '(augmented_assignment left: (identifier) @name operator: "+=") @place',
        _string_grows,
        "`{name}` may be copied whole each time it grows; joining its parts once copies each of them once",
    ),
    _Pattern(
        "list-concat-to-append",
        "(assignment left: (identifier) @name"
        ' right: (binary_operator left: (identifier) @again operator: "+" right: (list))) @place',
        _list_grows,
        "`{name}` is copied whole each time it grows; `append` adds in place",
    ),
    _Pattern(
        "membership-to-set",
        '(comparison_operator operators: ["in" "not in"] . (identifier) @name .) @place',
        _steady_list,
        "each test goes through `{name}` from its start; a set finds an element at once",
    ),
    _Pattern(
        "pop-front-to-deque",
        f'{_METHOD} arguments: (argument_list . (integer) @index .) (#eq? @_method "pop")) @place',
        _own_list_at_0,
        "`pop(0)` moves all the rest of `{name}`; a deque takes from its front at once",
    ),
    _Pattern(
        "insert-front-to-reverse",
        f'{_METHOD} arguments: (argument_list . (integer) @index . (_) .) (#eq? @_method "insert")) @place',
        _own_list_at_0,
        "`insert(0, …)` moves all of `{name}`; appending and reversing once does not",
    ),
    _Pattern(
        "count-to-counter",
        f'{_METHOD} arguments: (argument_list . (identifier) .) (#eq? @_method "count")) @place',
        _steady_list,
        "each `count` goes through all of `{name}`; a Counter goes through it once",
    ),
)

_FACTS = """
(for_statement body: (block) @loop)
(while_statement) @loop
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @loop
[(function_definition) (class_definition) (lambda)] @definition
(assignment left: (identifier) @string right: [(string) (concatenated_string)])
(assignment left: (identifier) @list right: [(list) (list_comprehension)])
(assignment left: (identifier) @list right: (call function: (identifier) @_made) (#any-of? @_made "list" "sorted"))
(typed_parameter . (identifier) @list type: (type) @_type (#match? @_type "^list\\\\b"))
(typed_default_parameter name: (identifier) @list type: (type) @_type (#match? @_type "^list\\\\b"))
(assignment left: (identifier) @changed)
(augmented_assignment left: (identifier) @changed)
(delete_statement (identifier) @changed)
(assignment left: (subscript value: (identifier) @changed))
(augmented_assignment left: (subscript value: (identifier) @changed))
(delete_statement (subscript value: (identifier) @changed))
(call function: (attribute object: (identifier) @changed attribute: (identifier) @_method)
  (#any-of? @_method "append" "extend" "insert" "pop" "remove" "clear" "sort" "reverse"))
"""


@cache
def _queries() -> tuple[Query, Query]:
    """Made when first needed: it takes a moment, and starting must be quick."""
    return Query(PYTHON, _FACTS), Query(PYTHON, "\n".join(pattern.query for pattern in _PATTERNS))


def _of_function(syntax: Syntax, span: Span) -> Iterator[Finding]:
    """The findings of the function at `span`, in offsets from its beginning."""
    start, segment = syntax.segment_at(span.start)
    shift = segment.tree_start - start
    node = segment.tree.root_node.descendant_for_byte_range(span.start + shift, span.end + shift)
    if node is None:
        return
    facts_query, patterns_query = _queries()
    captures = QueryCursor(facts_query).captures(node)
    facts = _facts(segment, captures)
    # What a nested definition does runs at another time; the outermost of them is the function itself.
    nested = sorted(map(segment.span, captures.get("definition", [])))[1:]
    findings = {}
    for index, match in QueryCursor(patterns_query).matches(node):
        pattern = _PATTERNS[index]
        place = segment.span(match["place"][0])
        texts = {name: segment.source(nodes[0]) for name, nodes in match.items()}
        if pattern.holds(facts, place, texts) and not any(_contains(inner, place) for inner in nested):
            findings[pattern.rule, place] = Finding(pattern.rule, pattern.message.format(**texts), place)
    own_start = span.start - start
    for finding in sorted(findings.values(), key=lambda finding: finding.span):
        yield _moved(finding, -own_start)


def _facts(segment: Segment, captures: Mapping[str, list[Node]]) -> _Facts:
    def names(capture: str) -> frozenset[str]:
        return frozenset(map(segment.source, captures.get(capture, [])))

    return _Facts(
        loops=tuple(map(segment.span, captures.get("loop", []))),
        strings=names("string"),
        lists=names("list"),
        changes=tuple((segment.source(node), segment.span(node)) for node in captures.get("changed", [])),
    )


def _contains(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _moved(finding: Finding, distance: int) -> Finding:
    return replace(finding, span=Span(finding.span.start + distance, finding.span.end + distance))

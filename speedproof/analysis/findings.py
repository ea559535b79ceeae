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


Places = tuple[tuple[str, Span], ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What patterns may ask about the function around a match."""

    loops: tuple[Span, ...]
    strings: frozenset[str]
    """Local names that start as a string."""
    lists: frozenset[str]
    """Names that start as a list, or are parameters annotated as one."""
    empty: frozenset[str]
    """Names that start as an empty list."""
    appends: Places
    """Names to which something is appended, and where."""
    changes: Places
    """Names that are rebound, or changed in another way, and where."""

    mentions: Places
    """All names, and where."""
    grown: Places
    """Names with `+=` after them, and where."""

    def repeated(self, place: Span) -> bool:
        return any(_contains(loop, place) for loop in self.loops)

    def along(self, places: Places, name: str, place: Span) -> bool:
        """Whether `places` has one of `name` that is repeated together with `place`."""
        around = [loop for loop in self.loops if _contains(loop, place)]
        return any(name == other and any(_contains(loop, at) for loop in around) for other, at in places)

    def n_along(self, places: Places, name: str, place: Span) -> int:
        """How many of `places` of `name` are repeated by the innermost loop around `place`."""
        around = [loop for loop in self.loops if _contains(loop, place)]
        innermost = min(around, key=lambda loop: loop.end - loop.start, default=place)
        return sum(name == other and _contains(innermost, at) for other, at in places)


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
    name = texts["name"]
    # Neither made anew in the loop nor read there.
    only_grows = facts.n_along(facts.mentions, name, place) == facts.n_along(facts.grown, name, place)
    return name in facts.strings and facts.repeated(place) and only_grows


def _string_grows_in_front(facts: _Facts, place: Span, texts: Texts) -> bool:
    name = texts["name"]
    only_here = name == texts["again"] and facts.n_along(facts.mentions, name, place) == 2
    return name in facts.strings and facts.repeated(place) and only_here


def _list_grows(facts: _Facts, place: Span, texts: Texts) -> bool:
    name = texts["name"]
    only_here = name == texts["again"] and facts.n_along(facts.mentions, name, place) == 2
    return name in facts.lists and facts.repeated(place) and only_here


def _own_list_at_0(facts: _Facts, place: Span, texts: Texts) -> bool:
    return texts["index"] == "0" and texts["name"] in facts.lists and facts.repeated(place)


def _steady_list(facts: _Facts, place: Span, texts: Texts) -> bool:
    name = texts["name"]
    steady = not facts.along(facts.changes, name, place) and not facts.along(facts.appends, name, place)
    return name in facts.lists and facts.repeated(place) and steady


def _seen_list(facts: _Facts, place: Span, texts: Texts) -> bool:
    name = texts["name"]
    grows = facts.along(facts.appends, name, place) and not facts.along(facts.changes, name, place)
    return name in facts.empty and grows


def _sorted_again(facts: _Facts, place: Span, texts: Texts) -> bool:
    return texts["name"] in facts.empty and facts.along(facts.appends, texts["name"], place)


def _repeated(facts: _Facts, place: Span, _: Texts) -> bool:
    return facts.repeated(place)


_METHOD = "(call function: (attribute object: (identifier) @name attribute: (identifier) @_method)"

_PATTERNS = (
    _Pattern(
        "str-concat-in-loop",
        '(augmented_assignment left: (identifier) @name operator: "+=") @place',
        _string_grows,
        "`{name}` may be copied whole each time it grows; joining its parts once copies each of them once",
    ),
    _Pattern(
        "str-prepend-in-loop",
        "(assignment left: (identifier) @name"
        ' right: (binary_operator operator: "+" right: (identifier) @again)) @place',
        _string_grows_in_front,
        "`{name}` is copied whole each time it grows in front; joining its parts once copies each of them once",
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
        "seen-list-to-set",
        '(comparison_operator operators: ["in" "not in"] . (identifier) @name .) @place',
        _seen_list,
        "each test goes through all of `{name}`; a set beside it finds an element at once",
    ),
    _Pattern(
        "keys-membership",
        '(comparison_operator operators: ["in" "not in"]'
        " . (call function: (identifier) @_list"
        " arguments: (argument_list . (call function: (attribute attribute: (identifier) @_keys)"
        " arguments: (argument_list) @_none) .)) ."
        ' (#eq? @_list "list") (#eq? @_keys "keys") (#eq? @_none "()")) @place',
        lambda facts, place, texts: True,
        "this makes a list of all keys and goes through it; the dict itself finds a key at once",
    ),
    _Pattern(
        "regex-precompiled",
        "(call function: (attribute object: (identifier) @_re attribute: (identifier) @_function)"
        ' arguments: (argument_list . (string) . (_)) (#eq? @_re "re")'
        ' (#any-of? @_function "search" "match" "fullmatch" "split" "findall" "finditer" "sub" "subn")) @place',
        _repeated,
        "the pattern is looked up at every call; compiled once, it is there",
    ),
    _Pattern(
        "insort-in-loop",
        f'{_METHOD} arguments: (argument_list) @_none (#eq? @_method "sort") (#eq? @_none "()")) @place',
        _sorted_again,
        "`{name}` is sorted whole each time; `bisect.insort` finds the place of one element by halving",
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
(assignment left: (identifier) @empty right: (list) @_brackets (#eq? @_brackets "[]"))
(typed_parameter . (identifier) @list type: (type) @_type (#match? @_type "^list\\\\b"))
(typed_default_parameter name: (identifier) @list type: (type) @_type (#match? @_type "^list\\\\b"))
(assignment left: (identifier) @changed)
(augmented_assignment left: (identifier) @changed)
(augmented_assignment left: (identifier) @grown operator: "+=")
(identifier) @mention
(delete_statement (identifier) @changed)
(assignment left: (subscript value: (identifier) @changed))
(augmented_assignment left: (subscript value: (identifier) @changed))
(delete_statement (subscript value: (identifier) @changed))
(call function: (attribute object: (identifier) @changed attribute: (identifier) @_method)
  (#any-of? @_method "extend" "insert" "pop" "remove" "clear" "reverse"))
(call function: (attribute object: (identifier) @appended attribute: (identifier) @_method)
  (#eq? @_method "append"))
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

    def places(capture: str) -> Places:
        return tuple((segment.source(node), segment.span(node)) for node in captures.get(capture, []))

    return _Facts(
        loops=tuple(map(segment.span, captures.get("loop", []))),
        strings=names("string"),
        lists=names("list"),
        empty=names("empty"),
        appends=places("appended"),
        changes=places("changed"),
        mentions=places("mention"),
        grown=places("grown"),
    )


def _contains(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _moved(finding: Finding, distance: int) -> Finding:
    return replace(finding, span=Span(finding.span.start + distance, finding.span.end + distance))

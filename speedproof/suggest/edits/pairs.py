"""Edits that made code faster, and which of them are most like a function.

Showing a model a few pairs that resemble its task is what Learning Performance-Improving Code Edits (Shypula et al.,
2023) found to be worth most without training. Resemblance here is of syntax: which kinds of nodes stand in which, as
counts, compared by their cosine, what is rare weighing more. Names say little about what makes code slow.
"""

import ast
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from speedproof.suggest.rules.catalogue import RULES
from speedproof.suggest.rules.examples import examples_of
from speedproof.suggest.syntax.source import tree_of

MIN_RESEMBLANCE = 0.3
MIN_COMMON, UNKNOWN = 8.0, 3.0
"""Of the weights of what two functions have in common; and the weight of what none of our examples has."""
MAX_CHARACTERS = 1_500
"""Of one side of a pair that is worth showing."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A function before and after."""

    before: str
    after: str


@cache
def shipped() -> tuple[Pair, ...]:
    """Those of our own rules, the first example of each variant."""
    found: dict[str, Pair] = {}
    for rule in RULES:
        variant = rule.id.partition("/")[2]
        for example in examples_of(sys.modules[rule.rewrite.__module__]):
            after = example.after.get(variant)
            if after is not None:
                found.setdefault(rule.id, Pair(example.before.strip("\n"), after.strip("\n")))
    return tuple(found.values())


def most_alike(source: str, pairs: Iterable[Pair], count: int) -> list[Pair]:
    """At most `count` of `pairs`, what is most like `source` first; none that has little in common with it."""
    shape = _shape(source)
    ranked = [
        (resemblance, number, pair)
        for number, pair in enumerate(pairs)
        if len(pair.before) <= MAX_CHARACTERS
        and len(pair.after) <= MAX_CHARACTERS
        and (resemblance := _resemblance(shape, _shape(pair.before))) >= MIN_RESEMBLANCE
    ]
    return [pair for _, _, pair in sorted(ranked, key=lambda each: (-each[0], each[1]))[:count]]


@lru_cache(maxsize=256)
def _shape(source: str) -> Counter[tuple[str, ...]]:
    """How often each kind of node stands in each other, one and two levels down."""
    tree = tree_of(source)
    if tree is None:
        return Counter()
    found: Counter[tuple[str, ...]] = Counter()
    stack: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while stack:
        node, above = stack.pop()
        name = _name(node)
        for length in range(1, len(above) + 1):
            found[(*above[len(above) - length :], name)] += 1
        stack += [(child, (*above, name)[-2:]) for child in ast.iter_child_nodes(node) if _tells(child)]
    return found


def _name(node: ast.AST) -> str:
    """What a call calls belongs to its kind, where that is a built-in or a method."""
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return f"Call {name}"
        case ast.Compare(ops=[op, *_]):
            return f"Compare {type(op).__name__}"
    return type(node).__name__


def _tells(node: ast.AST) -> bool:
    """What stands everywhere does not."""
    return not isinstance(node, ast.expr_context | ast.operator | ast.arguments | ast.Constant | ast.Name)


def _resemblance(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    """The cosine, each key by how few functions have it; 0 where next to nothing that tells is common to both."""
    common = _product(one, other)
    sizes = math.sqrt(_product(one, one) * _product(other, other))
    return common / sizes if common >= MIN_COMMON else 0.0


def _product(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    rarity = _rarity()
    return sum(count * other[key] * rarity.get(key, UNKNOWN) for key, count in one.items())


@cache
def _rarity() -> dict[tuple[str, ...], float]:
    shapes = [_shape(pair.before) for pair in shipped()]
    having = Counter(key for shape in shapes for key in shape)
    return {key: math.log((len(shapes) + 1) / count) for key, count in having.items()}


def as_text(pairs: Sequence[Pair]) -> str:
    return "\n\n".join(
        f"Before:\n\n```python\n{pair.before}\n```\n\nAfter:\n\n```python\n{pair.after}\n```" for pair in pairs
    )

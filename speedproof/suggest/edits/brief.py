"""What is known about a function that a model is asked to make faster."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speedproof.core.target import LineTime, Target
from speedproof.suggest.edits.pairs import Pair
from speedproof.suggest.syntax.module import ModuleFacts
from speedproof.suggest.syntax.source import tree_of

MAX_SURROUNDINGS = 6_000
"""Characters of the module besides the function."""
MAX_CALLS = 6
MAX_CALL = 240


@dataclass(frozen=True, slots=True)
class Brief:
    """Facts, each of which some strategy shows."""

    target: Target
    surroundings: str
    """What of the module the function rests on: imports, its class, what it calls."""
    calls: tuple[str, ...] = ()
    """Real calls, as they are written, the largest last."""
    profiled: str = ""
    """The call that `profile` is of."""
    profile: tuple[LineTime, ...] = ()
    """Where the time of one call goes."""
    own_pairs: tuple[Pair, ...] = ()
    """Edits that were proved for the user before."""
    hint: str = ""
    """The user's own words."""


def brief_of(
    target: Target,
    calls: Sequence[str] = (),
    profile: tuple[str, tuple[LineTime, ...]] = ("", ()),
    own_pairs: Sequence[Pair] = (),
    hint: str = "",
) -> Brief:
    """`profile` is a call and where its time goes."""
    shown = tuple(map(_short, calls[-MAX_CALLS:]))
    return Brief(target, surroundings_of(target), shown, _short(profile[0]), profile[1], tuple(own_pairs), hint.strip())


def _short(call: str) -> str:
    return call if len(call) <= MAX_CALL else f"{call[:MAX_CALL]}…"


def surroundings_of(target: Target) -> str:
    """In the module's order: imports, the head of the class with its other methods' first lines, what is called."""
    facts = ModuleFacts.of(target.text)
    if facts is None:
        return ""
    lines = target.text.removeprefix("\ufeff").splitlines(keepends=True)
    wanted = _named_in(target.lines)
    parts: list[str] = []
    room = MAX_SURROUNDINGS
    for node in facts.tree.body:
        text = "".join(_part(node, lines, target, wanted))
        if text and len(text) <= room:
            parts.append(text)
            room -= len(text)
    return "".join(parts)


def _part(node: ast.stmt, lines: Sequence[str], target: Target, wanted: frozenset[str]) -> Iterator[str]:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))]) - 1
    whole = "".join(lines[first : node.end_lineno])
    owner = target.qualname.partition(".")[0] if "." in target.qualname else ""
    match node:
        case ast.Import() | ast.ImportFrom():
            yield whole
        case ast.ClassDef(name=name) if name == owner:
            yield from (f"\n\n{line}" if number == 0 else line for number, line in enumerate(_outline(node, lines)))
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) if name in wanted:
            yield f"\n\n{whole}" if name != target.qualname else ""
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if name in wanted:
            yield whole


def _outline(node: ast.ClassDef, lines: Sequence[str]) -> Iterator[str]:
    """The class's own line, what it assigns, and how its methods are called; `__init__` as a whole."""
    yield lines[node.lineno - 1]
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            stop = each.end_lineno if each.name == "__init__" else each.body[0].lineno - 1
            yield from lines[each.lineno - 1 : max(stop or 0, each.lineno)]
            if each.name != "__init__":
                yield f"{' ' * (each.col_offset + 4)}...\n"
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            yield from lines[each.lineno - 1 : each.end_lineno]


def _named_in(lines: str) -> frozenset[str]:
    tree = tree_of(lines)
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) if tree else frozenset()

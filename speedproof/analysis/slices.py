"""Of a change to a module only what one function rests on, for when the change as a whole cannot be put in place."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from speedproof.analysis.changes import changed_by
from speedproof.analysis.scopes import Scopes, globals_of, scopes_of


def sliced(before: str, after: str, function: str) -> str | None:
    """`before` with `function` as it is in `after`, and with what that uses at module level, directly or not.

    Changes that it uses nothing of are left out. Statements are taken or left as a whole, a class with all its methods,
    and going by names: too much is taken rather than too little, except for what is reached by a computed name. None
    where the texts are not of that kind, or nothing is left out. Raises SyntaxError.
    """
    old, new = _statements(before), _statements(after)
    if old is None or new is None:
        return None
    needed = _closure(function.partition(".")[0], [*old, *new])
    matcher = SequenceMatcher(None, [each.text for each in old], [each.text for each in new], autojunk=False)
    kept: list[_Statement] = []
    left_out = 0
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            kept += old[i1:i2]
            continue
        merged = _merged(old[i1:i2], new[j1:j2], needed)
        left_out += sum(each not in merged for each in new[j1:j2]) + sum(each in merged for each in old[i1:i2])
        kept += merged
    return "".join(f"{each.text}\n" for each in kept) if left_out else None


def _merged(old: Sequence["_Statement"], new: Sequence["_Statement"], needed: frozenset[str]) -> list["_Statement"]:
    """The needed ones of `new`, in order, and of `old` the others: each where its successor is, else in front."""
    staying = [each for each in old if not each.binds & needed]
    merged = []
    for each in new:
        if each.binds & needed:
            merged.append(each)
            continue
        replaced = next((other for other in staying if other.binds == each.binds), None)
        if replaced is not None:
            staying.remove(replaced)
            merged.append(replaced)
    return [*staying, *merged]


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    """Its lines, decorators included."""
    binds: frozenset[str]
    reads: frozenset[str]


def _statements(text: str) -> list[_Statement] | None:
    """Those at module level, without what is between them; None where two of them share a line."""
    lines = text.split("\n")
    scopes = scopes_of(text)
    found, last = [], 0
    for node in ast.parse(text).body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        if first <= last:
            return None
        last = node.end_lineno or first
        found.append(_Statement("\n".join(lines[first - 1 : last]), frozenset(_bound(node)), _read(node, scopes)))
    return found


def _read(statement: ast.stmt, scopes: Scopes) -> frozenset[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return globals_of(statement, scopes)
    return frozenset(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    defined = {
        node.name
        for node in ast.walk(statement)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return changed_by(statement) | defined


def _closure(name: str, statements: Sequence[_Statement]) -> frozenset[str]:
    """The names that what is bound to `name` rests on, itself among them."""
    needed: set[str] = {name}
    while True:
        reached = {read for each in statements if each.binds & needed for read in each.reads}
        if reached <= needed:
            return frozenset(needed)
        needed |= reached

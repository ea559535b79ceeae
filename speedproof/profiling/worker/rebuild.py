"""What of a module has to be made again, because a statement that changed it in place is gone or another.

A table that was filled by a loop cannot be emptied again by taking the loop away: the statement that made it is run
once more, and all those that change it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from .fresh import Unsupported
from .module_diff import COMPOUND, FUNCTIONS, Pair, bound, is_idle, shape
from .module_effects import PLAIN, changed_in_functions, changed_in_place

_MADE = (ast.Assign, ast.AnnAssign)


def to_be_made_again(pairs: Sequence[Pair], trees: Sequence[ast.AST]) -> set[str]:
    """Names that the statements of a block bind. `trees` are the module's as it was and as it is now.

    Raises Unsupported where what a statement did that is gone cannot be undone in this way.
    """
    old = [pair.old for pair in pairs if pair.old is not None]
    new = [pair.new for pair in pairs if pair.new is not None]
    reasons: dict[str, int] = {}
    """By name the line of the statement that changed it."""
    for pair in pairs:
        if pair.old is not None and not pair.same:
            for name in _undone(pair.old, new):
                reasons.setdefault(name, pair.old.lineno)
    elsewhere: Any = None
    waiting = list(reasons)
    while waiting:
        name = waiting.pop()
        makers = [statement for statement in (*old, *new) if name in bound(statement)]
        if elsewhere is None:
            elsewhere = set().union(*map(changed_in_functions, trees))
        if name in elsewhere or not makers or not all(isinstance(maker, PLAIN) for maker in makers):
            raise _gone(reasons[name])
        for pair in pairs:  # what is run again changes all that it changes
            changes = changed_in_place(pair.new) if pair.same and pair.new is not None else None
            if changes and name in changes | bound_by(pair.new):
                for other in changes - set(reasons):
                    reasons[other] = reasons[name]
                    waiting.append(other)
    return set(reasons)


def bound_by(statement: Any) -> set[str]:
    """The names that a plain statement binds; those of definitions and imports are made in another way."""
    return bound(statement) if isinstance(statement, PLAIN) else set()


def is_rebuilding(statement: Any, names: set[str]) -> bool:
    """Whether the statement makes, or changes, what has to be made again."""
    return bool(names) and not names.isdisjoint(bound_by(statement) | (changed_in_place(statement) or set()))


def _undone(statement: ast.stmt, new: Sequence[ast.stmt]) -> set[str]:
    """What the statement, which is gone, changed in place."""
    if is_idle(statement):
        return set()
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, *COMPOUND)):
        return set()
    changes = changed_in_place(statement)
    if isinstance(statement, _MADE):
        # How a value is made counts for nothing beyond the value.
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if all(isinstance(target, (ast.Name, ast.Tuple, ast.List)) for target in targets):
            return set()
        now = {shape(target) for other in new if isinstance(other, ast.Assign) for target in other.targets}
        if all(isinstance(target, ast.Attribute) and shape(target) in now for target in targets):
            return set()  # it is put over the old one
    if changes is None:
        raise _gone(statement.lineno)
    return changes


def _gone(line: int) -> Unsupported:
    return Unsupported("what line %d did when the module was imported is gone" % line)

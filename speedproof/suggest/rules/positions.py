"""Where a loop or comprehension takes the ends of a slice: whether they stay within the sequence."""

import ast
from dataclasses import dataclass

import libcst as cst

from speedproof.suggest.rules.base import Comprehension, Context
from speedproof.suggest.rules.effects import stays
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match
from speedproof.suggest.syntax.tree import lines, meaning


@dataclass(frozen=True, slots=True)
class Ends:
    """What the loops and comprehensions around a call say of positions in the sequence `xs`."""

    context: Context
    call: cst.Call
    xs: str

    def within(self, first: ast.AST | None, second: ast.AST) -> list[str] | None:
        """What must hold besides for `0 <= first <= second <= len(xs)`; None where that is not sure even then."""
        i, shift = shifted(first) if first is not None else (None, 0)
        j, further = shifted(second)
        size = None
        if j is None and i is not None and shift == 0:
            size = self._window(second, i)
            j = i if size else None
        if j is None or (first is not None and (i is None or self.least(i) + shift < 0)):
            return None
        if self._most(j, size) + further > 0 or (i is None and self.least(j) + further < 0):
            return None
        if i is not None and i != j:
            start = self._range(j)[0]
            after, distance = shifted(start) if start is not None else (None, 0)
            if after != i or distance + further < shift:
                return None
        if i == j and further < shift:
            return None
        return [f"{size} >= 0"] if size else []

    def _window(self, second: ast.AST, i: str) -> str | None:
        """`size`, a parameter that stays the same, of `i + size`."""
        match second:
            case ast.BinOp(left=ast.Name(id=left), op=ast.Add(), right=ast.Name(id=size)) if left == i:
                fixed = size in self.context.parameters and not self.context.n_stores(size)
                return size if fixed and size not in self.context.shared else None
        return None

    def least(self, name: str) -> float:
        """What a counter is at least; minus infinity if that is not known."""
        start, stop = self._range(name)
        if start is None:
            return 0 if stop is not None else -float("inf")
        if isinstance(start, ast.Constant) and isinstance(start.value, int):
            return start.value
        other, distance = shifted(start)
        return self.least(other) + distance if other is not None else -float("inf")

    def _most(self, name: str, size: str | None) -> float:
        """What a counter, and `size` added to it, is at most: so far from the length; infinity if that is not known."""
        stop = self._range(name)[1]
        over, sizes = self._over(stop, size) if stop is not None else (float("inf"), 0)
        return over - 1 if sizes == (size is not None) else float("inf")

    def _over(self, stop: ast.AST, size: str | None) -> tuple[float, int]:
        """`stop` less the length, and how often `size` is taken away there."""
        match stop:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)], keywords=[]) if name == self.xs:
                return 0, 0
            case ast.Name(id=name) if self._is_length(name):
                return 0, 0
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=int(value))):
                over, sizes = self._over(left, size)
                return over + (value if isinstance(stop.op, ast.Add) else -value), sizes
            case ast.BinOp(left=left, op=ast.Sub(), right=ast.Name(id=name)) if name == size:
                over, sizes = self._over(left, size)
                return over, sizes + 1
        return float("inf"), 0

    def _is_length(self, name: str) -> bool:
        """Whether a variable was set to the length once, and the sequence has not changed in all of the function."""
        context = self.context
        measured = any(match(node, f"{name} = len({self.xs})") for node in context.find(cst.Assign))
        if not measured or context.n_stores(name) != 1 or not context.is_local(name):
            return False
        once = context.n_stores(self.xs) == (self.xs not in context.parameters)
        return once and all(
            stays(context, cst.Name(self.xs), line) for line in self._lines() if not _binds(line, self.xs)
        )

    def _lines(self) -> tuple[cst.CSTNode, ...]:
        return lines(self.context.function.body)

    def _range(self, name: str) -> tuple[ast.AST | None, ast.AST | None]:
        """The start, None for 0, and the stop of what a counter goes through; no stop if that is not known."""
        for above in self.context.ancestors(self.call):
            clause: cst.For | cst.CompFor | None = None
            if isinstance(above, Comprehension):
                clause = above.for_in
                while isinstance(clause, cst.CompFor) and name not in names.mentions(clause.target):
                    clause = clause.inner_for_in
            elif isinstance(above, cst.For) and name in names.mentions(above.target):
                clause = above
            if clause is None:
                continue
            if isinstance(clause, cst.For) and self.context.n_stores(name) != 1:
                return None, None  # A comprehension's variable is its own.
            if match(clause.target, f"{name}, $x") and match(clause.iter, f"enumerate({self.xs})"):
                return None, ast.parse(f"len({self.xs})", mode="eval").body
            found = match(clause.iter, "range($stop)", "range($start, $stop)") if match(clause.target, name) else None
            if found is None:
                return None, None
            start = found.as_parts().get("start")
            return None if start is None else meaning(start), meaning(found.stop)
        return None, None


def shifted(node: ast.AST) -> tuple[str | None, int]:
    """The name and the number in `name`, `name + number` and `name - number`."""
    match node:
        case ast.Name(id=name):
            return name, 0
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=int(value))):
            return name, value
        case ast.BinOp(left=ast.Name(id=name), op=ast.Sub(), right=ast.Constant(value=int(value))):
            return name, -value
    return None, 0


def _binds(line: cst.CSTNode, name: str) -> bool:
    return name in names.writes(line)

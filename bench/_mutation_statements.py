"""Operators on blocks: from a list of statements to parts of it, and what may stand in their place.

Each offer is (start, end, statements): `block[start:end]` becomes those.
"""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from _mutation_operators import copy_of, with_

Offer = tuple[int, int, list[ast.stmt]]
Block = list[ast.stmt]
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete)
LOOPS = (ast.For, ast.While, ast.AsyncFor)


def dropped(block: Block) -> Iterator[Offer]:
    """A statement that is not there any more; of a compound one, what is below it may stay."""
    for place, statement in enumerate(block):
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        yield place, place + 1, []
        if isinstance(statement, ast.If):
            yield place, place + 1, statement.body
            if statement.orelse:
                yield place, place + 1, [with_(statement, orelse=[])]
        elif isinstance(statement, ast.Try):
            yield place, place + 1, [*statement.body, *statement.orelse, *statement.finalbody]
        elif isinstance(statement, LOOPS) and statement.orelse:
            yield place, place + 1, [with_(statement, orelse=[])]


def reordered(block: Block) -> Iterator[Offer]:
    """Two neighbours in the other order: effects come in another order."""
    for place, (one, two) in enumerate(pairwise(block)):
        simple = isinstance(one, SIMPLE) or isinstance(two, SIMPLE)
        fixed = isinstance(one, (ast.Return, ast.Raise)) or _is_docstring(one)
        if simple and not fixed and not isinstance(two, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            yield place, place + 2, [two, one]


def negated(block: Block) -> Iterator[Offer]:
    for place, statement in enumerate(block):
        if isinstance(statement, (ast.If, ast.While)):
            yield place, place + 1, [with_(statement, test=ast.UnaryOp(ast.Not(), statement.test))]
            if not isinstance(statement.test, ast.Constant) and isinstance(statement, ast.If):
                yield place, place + 1, [with_(statement, test=ast.Constant(False))]


def left_early(block: Block) -> Iterator[Offer]:
    """`break` for `continue` and back; a loop that ends after its first turn; a return before the end."""
    for place, statement in enumerate(block):
        if isinstance(statement, ast.Break):
            yield place, place + 1, [ast.Continue()]
        elif isinstance(statement, ast.Continue):
            yield place, place + 1, [ast.Break()]
        elif isinstance(statement, LOOPS):
            yield place, place + 1, [with_(statement, body=[*statement.body, ast.Break()])]
        elif isinstance(statement, ast.If) and not isinstance(statement.body[-1], (ast.Return, ast.Raise)):
            yield place, place + 1, [with_(statement, body=[*statement.body, ast.Return(ast.Constant(None))])]


def returned(block: Block) -> Iterator[Offer]:
    """Another value returned: nothing, or a copy in place of the object itself."""
    for place, statement in enumerate(block):
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield place, place + 1, [ast.Return(ast.Constant(None))]
            if isinstance(statement.value, (ast.Name, ast.Attribute, ast.Subscript)):
                yield place, place + 1, [ast.Return(copy_of(statement.value))]
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name) and _is_changed(block, place):
            yield place, place + 1, [with_(statement, value=copy_of(statement.value))]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield) and statement.value.value:
            value = with_(statement.value, value=copy_of(statement.value.value))
            yield place, place + 1, [with_(statement, value=value)]


def assignments(block: Block) -> Iterator[Offer]:
    """`a += b` for `a = a + b` and back, which differ where `a` is somebody else's list; another operator."""
    for place, statement in enumerate(block):
        if isinstance(statement, ast.AugAssign):
            if isinstance(statement.target, ast.Name):
                load = ast.Name(statement.target.id, ast.Load())
                value = ast.BinOp(load, statement.op, statement.value)
                yield place, place + 1, [ast.Assign([statement.target], value, lineno=statement.lineno)]
            if isinstance(statement.op, (ast.Add, ast.Sub)):
                other = ast.Sub() if isinstance(statement.op, ast.Add) else ast.Add()
                yield place, place + 1, [with_(statement, op=other)]
            yield place, place + 1, [ast.Assign([statement.target], statement.value, lineno=statement.lineno)]
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
            target, value = statement.targets[0], statement.value
            if isinstance(target, ast.Name) and isinstance(value.left, ast.Name) and value.left.id == target.id:
                yield place, place + 1, [ast.AugAssign(target, value.op, value.right)]


def backwards(block: Block) -> Iterator[Offer]:
    for place, statement in enumerate(block):
        if isinstance(statement, ast.For):
            items = ast.Call(ast.Name("list", ast.Load()), [statement.iter], [])
            turned = ast.Call(ast.Name("reversed", ast.Load()), [items], [])
            yield place, place + 1, [with_(statement, iter=turned)]


def _is_changed(block: Block, place: int) -> bool:
    """Whether something is done later to what the statement names: else a copy of it is as good."""
    statement = block[place]
    names = {target.id for target in getattr(statement, "targets", []) if isinstance(target, ast.Name)}
    for node in (node for later in block[place + 1 :] for node in ast.walk(later)):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
            if node.value.id in names:
                return True
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in names:
            return True
    return False


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


BLOCK_OPERATORS: dict[str, Callable[[Block], Iterator[Offer]]] = {
    "dropped statement": dropped,
    "reordered effects": reordered,
    "negated condition": negated,
    "left early": left_early,
    "value returned": returned,
    "assignment": assignments,
    "order of items": backwards,
}

"""Statements in a loop over a string that compute something from the character alone: once per distinct character.

Why: a text has few distinct characters, and the computation, which has a loop of its own, gives the same for each.

Requires: the loop goes through a string; the statements only compute, read nothing but the character and what the loop
does not change, and leave behind one string or number. The table lives as long as the loop.

Before:
    def to_binary(octal: str) -> str:
        text = ""
        for digit in octal:
            bits = ""
            value = int(digit)
            for _ in range(3):
                bits = str(value % 2) + bits
                value //= 2
            text += bits
        return text
After:
    def to_binary(octal: str) -> str:
        text = ""
        bits_table = {}
        for digit in octal:
            if digit in bits_table:
                bits = bits_table[digit]
            else:
                bits = ""
                value = int(digit)
                for _ in range(3):
                    bits = str(value % 2) + bits
                    value //= 2
                bits_table[digit] = bits
            text += bits
        return text
Try:
    ("1731",)
    ("",)
    ("x",)

Unchanged: it depends on the position, too
    def f(text: str):
        out = []
        for i, char in enumerate(text):
            n = 0
            for k in range(3):
                n += ord(char) * i
            out.append(n)
        return out

Unchanged: it goes on from the last time
    def f(text: str):
        n = 0
        for char in text:
            for k in range(3):
                n += ord(char)
        return n

Unchanged: it leaves the outer loop
    def f(text: str):
        for char in text:
            n = 0
            for k in range(3):
                n += ord(char)
                if n > 99:
                    return n
            print(n)

Unchanged: perhaps not a string
    def f(items):
        out = []
        for item in items:
            n = 0
            for k in range(3):
                n += item
            out.append(n)
        return out
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import computes
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import statement
from speedproof.suggest.syntax.tree import Statement, lines, meaning, with_lines

_VALUES = ("str", "int", "float", "bool")


def rewrite(context: Context) -> cst.FunctionDef | None:
    for outer in context.find(cst.For):
        if not isinstance(outer.target, cst.Name) or outer.asynchronous or not context.is_a(outer.iter, "str"):
            continue
        body = lines(outer.body)
        for end, inner in enumerate(body):
            if not isinstance(inner, cst.For | cst.While):
                continue
            for first in range(end - 1, -1, -1):
                result = _result(context, outer, body, first, end + 1)
                if result is not None:
                    return _with_table(context, outer, body, first, end + 1, result)
    return None


def _with_table(
    context: Context, outer: cst.For, body: tuple[Statement, ...], first: int, end: int, result: str
) -> cst.FunctionDef:
    assert isinstance(outer.target, cst.Name)
    item, table = outer.target.value, context.fresh(f"{result}_table")
    block = [body[first].with_changes(leading_lines=()), *body[first + 1 : end]]
    looked_up = statement(
        f"if {item} in {table}:\n    {result} = {table}[{item}]\nelse:\n    $$block\n    {table}[{item}] = {result}",
        block=block,
    )
    looked_up = looked_up.with_changes(leading_lines=body[first].leading_lines)
    new_body = with_lines(outer.body, [*body[:first], looked_up, *body[end:]])
    return context.preceded(outer, [statement(f"{table} = {{}}")], outer.with_changes(body=new_body))


def _result(context: Context, outer: cst.For, body: tuple[Statement, ...], first: int, end: int) -> str | None:
    """The one name that `body[first:end]` computes for the rest, if it only depends on the loop's variable."""
    assert isinstance(outer.target, cst.Name)
    block = [meaning(line) for line in body[first:end]]
    if not all(computes(context, tree) for tree in block):
        return None
    set_here = frozenset[str]().union(*map(names.writes, block))
    changed = names.writes(outer)
    known = {outer.target.value}
    for tree in block:
        # What is read must be the item, fixed, or set for sure by an earlier statement of the block.
        line = tree.body[0] if isinstance(tree, ast.Module) else tree
        counted = names.mentions(line.target) if isinstance(line, ast.For) else frozenset()
        if (names.reads(tree) - known - counted) & changed:
            return None
        if isinstance(line, ast.Assign):
            known |= names.writes(tree)
    outside = _read_outside(context, body[first:end], set_here)
    if len(outside) != 1 or outer.target.value in set_here:
        return None
    (result,) = outside
    kind = context.type_of_name(result)
    return result if kind is not None and kind.name in _VALUES and context.is_local(result) else None


def _read_outside(context: Context, block: tuple[Statement, ...], set_here: frozenset[str]) -> set[str]:
    """The names set in the block that are read anywhere else in the function."""
    return {
        name
        for name in set_here
        if len(names.uses(context.tree, name)) > sum(len(names.uses(meaning(line), name)) for line in block)
    }

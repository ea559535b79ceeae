"""A loop over the indexes of a sequence that it only reads at that index: over its items.

Why: `xs[i]` looks the item up again, which going through `xs` has in hand already. Measured: 1.6-1.7× (catalogue 36).

Requires: the sequence is neither bound nor changed in the loop, and not a dict as far as one can see. Where the index
is used otherwise as well, or after the loop, it is kept by `enumerate`.

Before:
    def total(values):
        n = 0
        for i in range(len(values)):
            n += values[i] * values[i]
        return n
After:
    def total(values):
        n = 0
        for value in values:
            n += value * value
        return n
Try:
    ([1, 2, 3],)
    ((),)
    ([1, "x"],)

Before:
    def peaks(row):
        found = []
        for i in range(0, len(row)):
            if row[i] > 1:
                found.append(i)
        return found
After:
    def peaks(row):
        found = []
        for i, row_item in enumerate(row):
            if row_item > 1:
                found.append(i)
        return found
Try:
    ([1, 2, 3],)
    ([],)

Before:
    def every_other(text):
        return "".join(text[i] for i in range(1, len(text), 2))
After:
    def every_other(text):
        return "".join(char for char in text[1::2])
Try:
    ("abcdef",)
    ("",)

Unchanged: the sequence changes
    def f(values):
        for i in range(len(values)):
            values[i] = values[i] + 1
        return values

Unchanged: its neighbours are read, too
    def f(values):
        return [values[i] - values[i + 1] for i in range(len(values) - 1)]

Unchanged: it grows in the loop
    def f(values):
        for i in range(len(values)):
            values.append(values[i])

Unchanged: a dict with numbers for keys
    def f(table: dict[int, str]):
        return [table[i] for i in range(len(table))]

Unchanged: the index is changed
    def f(values):
        for i in range(len(values)):
            i += 1
            print(values[i])
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import stays
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import Found, expression, match
from speedproof.suggest.syntax.tree import replace, walk

_INDEXES = ("range(len($xs))", "range(0, len($xs))", "range($start, len($xs), $step)", "range($start, len($xs))")
_SEQUENCES = ("list", "tuple", "str", "bytes", "range", "deque")


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "len", "enumerate"):
        return None
    for loop in context.find(cst.For):
        found = match(loop.iter, *_INDEXES)
        name = found and found.id("xs")
        if not found or not name or not isinstance(loop.target, cst.Name) or loop.asynchronous:
            continue
        if not _is_sequence(context, name) or not stays(context, found.xs, loop):
            continue
        i = loop.target.value
        reads = _reads(loop.body, name, i)
        if not reads or names.count(loop, i) - 1 < len(reads) or i in names.writes(loop.body):
            continue
        only = names.count(loop, i) - 1 == len(reads) and variables_die(context, loop)
        item = context.fresh(_item_name(name))
        header = _header(found, cst.Name(i) if not only else None, item)
        if header is not None:
            body = replace(loop.body, {read: cst.Name(item) for read in reads})
            return context.replaced(loop, loop.with_changes(target=header[0], iter=header[1], body=body))
    return _in_comprehension(context)


def _in_comprehension(context: Context) -> cst.FunctionDef | None:
    for made in context.comprehensions():
        clause = made.for_in
        found = match(clause.iter, *_INDEXES)
        name = found and found.id("xs")
        if not found or not name or not isinstance(clause.target, cst.Name) or clause.asynchronous:
            continue
        if not _is_sequence(context, name) or not stays(context, found.xs, made):
            continue
        i = clause.target.value
        reads = _reads(made, name, i)
        n_uses = names.count(made, i) - 1
        if not reads or n_uses < len(reads) or any(isinstance(n, cst.NamedExpr) for n in walk(made)):
            continue
        item = context.fresh(_item_name(name))
        header = _header(found, cst.Name(i) if n_uses > len(reads) else None, item)
        if header is not None:
            changes: dict[cst.CSTNode, object] = {read: cst.Name(item) for read in reads}
            changes |= {clause.target: header[0], clause.iter: header[1]}
            return context.replaced(made, replace(made, changes))
    return None


def _is_sequence(context: Context, name: str) -> bool:
    kinds = context.possible_types(name)
    return context.is_local(name) and all(kind is None or kind.name in _SEQUENCES for kind in kinds)


def _reads(inside: cst.CSTNode, name: str, i: str) -> list[cst.CSTNode]:
    return [node for node in walk(inside) if isinstance(node, cst.Subscript) and match(node, f"{name}[{i}]")]


def _header(
    found: Found, index: cst.Name | None, item: str
) -> tuple[cst.BaseAssignTargetExpression, cst.BaseExpression] | None:
    """The loop's new variables, and what it goes through."""
    parts = found.as_parts()
    start = parts["start"] if "start" in parts else cst.Integer("0")
    if not isinstance(start, cst.Integer):
        return None
    whole = "step" not in parts and start.evaluated_value == 0
    if not whole and (index is not None or not isinstance(parts.get("step", start), cst.Integer)):
        return None
    if index is not None:
        return cst.Tuple([cst.Element(index), cst.Element(cst.Name(item))], lpar=[], rpar=[]), expression(
            "enumerate($xs)", xs=found.xs
        )
    if whole:
        return cst.Name(item), found.xs
    if "step" not in parts:
        return cst.Name(item), expression("$xs[$start:]", xs=found.xs, start=start)
    low = "$xs[$start::$step]" if start.evaluated_value else "$xs[::$step]"
    return cst.Name(item), expression(low, xs=found.xs, start=start, step=parts["step"])


def _item_name(name: str) -> str:
    """`value` for an item of `values`; `char` for one of a text."""
    if name in ("text", "string", "s", "word", "line"):
        return "char"
    single = name[:-1] if name.endswith("s") and not name.endswith("ss") and len(name) > 3 else ""
    return single if single.isidentifier() else f"{name}_item"

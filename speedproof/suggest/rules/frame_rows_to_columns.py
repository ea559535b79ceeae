"""`for i, row in frame.iterrows()` of which columns are read by name: the columns themselves, side by side.

Why: `iterrows` makes a Series of every row, which takes longer than most loops do with it.

Requires: the row is only read, at names that are written out; the frame is not changed in the loop. Where columns are
of different types a row has its values as one type that holds them all: what comes of that the verdict has to find.

Before:
    def revenue(frame):
        total = 0.0
        for _, row in frame.iterrows():
            total += row["price"] * row["count"]
        return total
After:
    def revenue(frame):
        total = 0.0
        for price, count in zip(frame["price"].to_numpy(), frame["count"].to_numpy()):
            total += price * count
        return total
Try:
    (__import__("pandas").DataFrame({"price": [1.5, 2.0], "count": [2.0, 3.0]}),)
    (__import__("pandas").DataFrame({"price": [], "count": []}),)

Before:
    def named(frame, out):
        for label, row in frame.iterrows():
            if row["size"] > 1.0:
                out.append((label, row["size"]))
        return out
After:
    def named(frame, out):
        for label, size in zip(frame.index, frame["size"].to_numpy()):
            if size > 1.0:
                out.append((label, size))
        return out
Try:
    (__import__("pandas").DataFrame({"size": [0.5, 1.5]}, index=["a", "b"]), [])

Unchanged: the whole row is used
    def f(frame):
        return [dict(row) for _, row in frame.iterrows()]

Unchanged: the row is kept
    def f(frame, out):
        for _, row in frame.iterrows():
            out.append(row)
            print(row["a"])

Unchanged: the frame is changed
    def f(frame):
        for i, row in frame.iterrows():
            frame.loc[i, "b"] = row["a"] * 2

Unchanged: read after the loop
    def f(frame):
        for i, row in frame.iterrows():
            print(row["a"])
        return row["a"]
"""

import ast
import keyword

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, statement
from speedproof.suggest.syntax.tree import code, replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    for loop in context.find(cst.For) if context.is_builtin("zip") else ():
        found, target = match(loop.iter, "$frame.iterrows()"), match(loop.target, "($label, $row)")
        frame, label, row = found and found.id("frame"), target and target.id("label"), target and target.id("row")
        if not frame or not label or not row or not context.is_local(row) or not variables_die(context, loop):
            continue
        columns = _columns(loop.body, row)
        n_reads = sum(map(len, columns.values()))
        if not n_reads or names.count(loop.body, frame) or names.count(loop.body, row) != n_reads:
            continue
        values = {column: context.fresh(_name(column)) for column in columns}
        if len(set(values.values())) < len(values):
            continue
        uses_label = names.count(loop.body, label) > 0
        sources = [f"{frame}.index"] * uses_label + [f"{frame}[{column}].to_numpy()" for column in columns]
        bound = [label] * uses_label + list(values.values())
        changes = {read: cst.Name(values[column]) for column, reads in columns.items() for read in reads}
        together = f"zip({', '.join(sources)})" if len(sources) > 1 else sources[0]
        now = replace(loop, {**changes, loop.iter: expression(together)})
        header = statement(f"for {', '.join(bound)} in x:\n    pass")
        assert isinstance(header, cst.For)
        return context.replaced(loop, now.with_changes(target=header.target))
    return None


def _columns(body: cst.BaseSuite, row: str) -> dict[str, list[cst.Subscript]]:
    """The code of each name at which the row is read → the reads."""
    found: dict[str, list[cst.Subscript]] = {}
    for node in walk(body, into_functions=False):
        item = match(node, f"{row}[$column]") if isinstance(node, cst.Subscript) else None
        if item is not None and isinstance(node, cst.Subscript) and isinstance(item.column, cst.SimpleString):
            found.setdefault(code(item.column), []).append(node)
    return found


def _name(column: str) -> str:
    text = str(ast.literal_eval(column)).lower().replace(" ", "_")
    return text if text.isidentifier() and not keyword.iskeyword(text) else "value"

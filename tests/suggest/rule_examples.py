"""The function that an example of a rule is about, as a target."""

import ast
import re
from pathlib import Path

from speedproof.core.target import Target
from speedproof.core.text import Span
from speedproof.suggest.syntax.module import line_starts


def target_in(text: str, qualname: str = "") -> Target:
    """The function of that name, or the last one that is not inside another."""
    starts = line_starts(text)
    functions = _functions(ast.parse(text.removeprefix("\ufeff")), "")
    name, node = [(n, f) for n, f in functions if not qualname or n == qualname][-1]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    start = starts[first - 1] + len(_indent(text[starts[first - 1] :]))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    last_line = text[starts[node.end_lineno - 1] :].removeprefix("\ufeff")
    end = starts[node.end_lineno - 1] + len(last_line.encode()[: node.end_col_offset].decode())
    return Target(Path("module.py"), name, text, Span(start, end))


def _indent(line: str) -> str:
    found = re.match(r"\ufeff?[ \t\f]*", line)
    assert found
    return found[0]


def _functions(tree: ast.AST, prefix: str) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append((prefix + node.name, node))
        elif isinstance(node, ast.ClassDef):
            found += _functions(node, f"{prefix}{node.name}.")
    return found

"""The examples in a rule's docstring, which are its tests.

    Before:
        code
    After:              or `After (variant):`, for one variant of the rule
        code
    Try:
        (argument, tuple)
        [(a, sequence), (of, calls)]

    Unchanged: why      or `Unchanged (variant): why`
        code

The last function of the code is the target, `name.method` if it is a method. Each line of `Try` is evaluated afresh
for every call.
"""

import ast
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from speedproof.core.target import Target
from speedproof.core.text import Span
from speedproof.suggest.syntax.module import line_starts

_HEADER = re.compile(r"^(Before|After|Try|Unchanged)(?: \((?P<variant>[\w-]+)\))?:(?P<why>.*)$", re.MULTILINE)


@dataclass
class Example:
    """`after` maps variants ("" for a rule without) to the code expected, None for unchanged."""

    before: str
    after: dict[str, str | None] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    why: str = ""


def examples_of(module: ModuleType) -> list[Example]:
    found: list[Example] = []
    text = module.__doc__ or ""
    headers = list(_HEADER.finditer(text))
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        body = text[header.end() : following.start() if following else len(text)]
        block = textwrap.dedent(body.strip("\n")).rstrip() + "\n"
        variant = header["variant"] or ""
        match header[1]:
            case "Before":
                found.append(Example(block))
            case "After":
                found[-1].after[variant] = block
            case "Try":
                found[-1].calls += [line for line in block.splitlines() if line.strip()]
            case "Unchanged":
                found.append(Example(block, {variant: None}, why=header["why"].strip()))
    return found


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

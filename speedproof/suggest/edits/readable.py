"""What nobody wants to have to read, however fast it is; and what nobody wants to have to install."""

import ast
import sys
from collections.abc import Iterator, Sequence

LONGER, MORE_LINES = 3, 30
"""Times as many lines as before, and so many more, are too many."""
DEEPER = 2
"""Blocks within blocks, more than before."""
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match, ast.FunctionDef)


def is_too_long(before: ast.AST, after: Sequence[ast.AST]) -> bool:
    """`after` are the function and the helpers that it brings along. Comments and blank lines do not count."""
    n_before, n_after = n_lines(before), sum(map(n_lines, after))
    return n_after > max(LONGER * n_before, n_before + MORE_LINES)


def is_too_deep(before: ast.AST, after: Sequence[ast.AST]) -> bool:
    return max(map(depth, after), default=0) > depth(before) + DEEPER


def foreign_imports(module: ast.Module, added: Sequence[ast.AST]) -> list[str]:
    """What `added` imports from neither the standard library nor where `module` imports from already."""
    known = sys.stdlib_module_names | set(_imported(module))
    return sorted({name for node in added for name in _imported(node) if name not in known})


def n_lines(node: ast.AST) -> int:
    return len(ast.unparse(node).splitlines())


def depth(node: ast.AST) -> int:
    """How many blocks are within each other at the deepest place. `elif` is no block within a block."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth(child) + (isinstance(child, _BLOCKS) and not is_elif))
    return deepest


def _imported(node: ast.AST) -> Iterator[str]:
    """The first parts of the names of modules."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module and not each.level:
            yield each.module.partition(".")[0]

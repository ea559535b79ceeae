"""A short catalogue of what makes Python slow, as far as the function shows it: SysLLMatic (Peng et al., 2025)."""

import ast
from collections.abc import Callable

from speedproof.suggest.edits.brief import Brief
from speedproof.suggest.syntax.source import tree_of

MAX_PATTERNS = 6


def ask(brief: Brief) -> str:
    tree = tree_of(brief.target.lines)
    found = [text for applies, text in PATTERNS if applies(tree)][:MAX_PATTERNS] if tree else []
    if not found:
        return ""
    listed = "\n".join(f"- {text}" for text in found)
    return (
        f"Make `{brief.target.qualname}` faster. Look at these in turn, and use what applies:\n\n{listed}\n\n"
        "Keep only what is a gain for realistic sizes."
    )


def _any(*kinds: type[ast.AST]) -> Callable[[ast.AST], bool]:
    return lambda tree: any(isinstance(node, kinds) for node in ast.walk(tree))


def _calls(*names: str) -> Callable[[ast.AST], bool]:
    def applies(tree: ast.AST) -> bool:
        called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        return any(
            (isinstance(each, ast.Name) and each.id in names)
            or (isinstance(each, ast.Attribute) and each.attr in names)
            for each in called
        )

    return applies


def _nested_loops(tree: ast.AST) -> bool:
    loops = (ast.For, ast.While, ast.comprehension)
    return any(
        isinstance(inner, loops) and inner is not outer
        for outer in ast.walk(tree)
        if isinstance(outer, loops)
        for inner in ast.walk(outer)
    )


def _membership(tree: ast.AST) -> bool:
    return any(
        isinstance(op, ast.In | ast.NotIn)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for op in node.ops
    )


def _recursive(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
            return any(getattr(each, "id", getattr(each, "attr", None)) == node.name for each in inner)
    return False


PATTERNS: tuple[tuple[Callable[[ast.AST], bool], str], ...] = (
    (_nested_loops, "loops inside loops: a dict, a set, sorting once or a running value may make one pass of them"),
    (_membership, "`in` on a list or a tuple: a set or a dict made once, where all items can be hashed"),
    (_recursive, "recursion that computes the same thing again: a table that is filled from below, local to the call"),
    (_any(ast.AugAssign), "text or lists that grow with `+=` or `+`: collect the parts, join them once"),
    (_calls("sorted", "sort"), "sorting where only the least, the greatest or a few are needed, or inside of a loop"),
    (_calls("append"), "`append` in a loop: a comprehension, `extend` or slicing where the order of effects allows it"),
    (_calls("pop", "insert"), "`pop(0)` and `insert(0, …)`: `collections.deque`, or an index that moves"),
    (_calls("count", "index"), "`count` and `index` for one item after the other: one pass that fills a dict"),
    (_calls("compile", "search", "match", "sub", "findall"), "regular expressions where a method of `str` will do"),
    (_calls("copy", "deepcopy", "list", "dict"), "copies that nobody needs"),
    (_any(ast.For, ast.While), "work that is the same in each round: before the loop, where an empty one does no harm"),
    (_any(ast.For, ast.While, ast.comprehension), "loops that a built-in does in C: `sum`, `min`, `any`, `zip`, `map`,"
     " `itertools`, `bisect`, `math`"),
)  # fmt: skip
"""A look at the syntax, and what may be done where it is seen."""

"""Whether callers in the project give an argument by the name of its parameter: by the text of their calls alone."""

import ast
import os
from collections.abc import Collection, Iterator
from pathlib import Path

MAX_FILES = 5_000
MAX_BYTES = 2**20


def is_named_by_callers(folder: Path, function: str, names: Collection[str]) -> bool:
    """Whether some call of a `function`, whosever, gives one of `names`, or names that nobody can see.

    True as well where there is more than can be looked through. Only the last part of the function's name counts, for
    what an attribute leads to shows at run time alone.
    """
    words = [name.encode() for name in names]
    for number, path in enumerate(_python_files(folder)):
        if number == MAX_FILES:
            return True
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if function.encode() not in data or not (b"**" in data or any(word in data for word in words)):
            continue
        if len(data) > MAX_BYTES:
            return True
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if any(_names(call, function, names) for call in ast.walk(tree) if isinstance(call, ast.Call)):
            return True
    return False


def _names(call: ast.Call, function: str, names: Collection[str]) -> bool:
    # As in f(name=1), and in partial(f, name=1) or thread(target=f, kwargs=...), where the function is an argument.
    called = [call.func, *call.args, *(each.value for each in call.keywords)]
    if not any(_is_name(each, function) for each in called):
        return False
    return any(each.arg is None or each.arg in names for each in call.keywords)


def _is_name(node: ast.expr, function: str) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)) == function


def _python_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(".py"))

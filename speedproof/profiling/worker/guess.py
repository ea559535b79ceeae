"""Guesses the type of a parameter without annotation: from its default, from what the body does with it, from its name.

Several guesses each, the likeliest first. Whether one is right shows when the function runs on values of that type.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from collections.abc import Callable
from typing import Any, Dict, Optional, Tuple

from .signature import UNKNOWN, Parameter

MAX_GUESSES = 6
_SIZED = (str, list, tuple, dict, set)
_SAMPLES: Dict[type, Any] = {int: 1, float: 1.0, bool: True, str: "", list: [], tuple: (), dict: {}, set: set()}
_NUMBERS = (int, float, bool)
# Most probable first, apart from other evidence: the order of guesses that are otherwise equal.
_ORDER = (list, str, int, dict, float, set, tuple, bool)
_WORKS_ON = {
    function: what
    for what, functions in {
        "iterated": "sum max min sorted any all list tuple set enumerate iter map reversed filter zip Counter frozenset"
        " deque chain fsum prod",
        "integer": "range chr bin hex oct isqrt factorial gcd comb",
        "number": "abs round divmod sqrt floor ceil log exp sin cos isnan",
        "sized": "len",
        "text": "ord",
    }.items()
    for function in functions.split()
}
"""What it says of an argument that a function is called with it."""
_BY_NAME: Tuple[Tuple[Tuple[str, ...], Any], ...] = (
    (("n", "k", "i", "j", "m", "num", "number", "count", "size", "length", "width", "height", "limit", "index", "start",
      "stop", "end", "year", "month", "day", "digit", "bits", "depth", "level", "step", "total", "amount", "age",
      "target", "position", "pos", "low", "high", "left", "right", "max", "min", "rows", "cols", "capacity"), int),
    (("s", "t", "text", "string", "str", "word", "name", "path", "line", "sep", "key", "message", "pattern", "prefix",
      "suffix", "char", "c", "letter", "sentence", "title", "url", "email", "code", "delimiter", "label", "token",
      "paragraph", "content", "alphabet", "fmt", "encoding", "filename"), str),
    (("x", "y", "z", "a", "b", "value", "price", "rate", "weight", "ratio", "scale", "threshold"), float),
    (("flag", "verbose", "reverse", "strict", "enabled", "debug"), bool),
    (("lst", "list", "arr", "array", "seq", "sequence", "data", "collection", "iterable", "it", "xs", "ys", "stack",
      "queue", "heap", "elements", "items", "vector", "nums"), list),
    (("words", "strings", "names", "strs", "lines", "texts", "tokens", "sentences", "paths"), list[str]),
    (("matrix", "grid", "board", "rows", "mat", "image", "table"), list[list[int]]),
    (("intervals", "pairs", "points", "edges", "ranges"), list[Tuple[int, int]]),
    (("d", "dict", "mapping", "counts", "map", "counter", "config", "options", "record", "row"), dict),
    (("graph", "adjacency", "adj", "tree"), Dict[int, list[int]]),
)  # fmt: skip


def types_of(function: types.FunctionType) -> Callable[[Parameter], list[Any]]:
    """What gives the guesses for a parameter of `function`."""
    uses = _uses_in(function)

    def guesses(parameter: Parameter) -> list[Any]:
        return _ranked(uses.get(parameter.name, _Use()), parameter.name, parameter.default)[:MAX_GUESSES]

    return guesses


class _Use:
    """What a body does with one value."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.done: set[str] = set()
        """Among "iterated", "sized", "sliced", "indexed", "integer", "number", "text", "arithmetic", "called"."""
        self.types: list[type] = []
        """It was compared with values of these, asked whether it is one, or looked up by one."""
        self.arguments = 1
        self.parts = 0
        """It was taken apart into so many."""
        self._item: Optional[_Use] = None

    @property
    def item(self) -> _Use:
        if self._item is None:
            self._item = _Use()
        return self._item

    @property
    def known_item(self) -> Optional[_Use]:
        return self._item


def _ranked(use: _Use, name: str, default: Any = UNKNOWN, depth: int = 0) -> list[Any]:
    """Type hints, the likeliest first."""
    if "called" in use.done:
        return [Callable[[Any] * use.arguments, Any] if use.arguments > 1 else Callable[[Any], Any]]
    by_name = _by_name(name)
    scores: Dict[type, float] = {}
    for place, kind in enumerate(_ORDER):
        if (
            not _is_possible(kind, use)
            or _contradicts(kind, default)
            or (kind is bool and not (type(default) is bool or by_name is bool))
        ):
            continue
        score = -0.1 * place
        score += 4 * (kind in use.types) + 4 * (type(default) is kind)
        score += 2 * (getattr(by_name, "__origin__", by_name) is kind)
        score += 2 * (kind is int and "integer" in use.done) + (kind in (int, float) and "number" in use.done)
        score += 3 * (kind is str and "text" in use.done) + 3 * (kind is tuple and use.parts > 0)
        score += (kind in (int, float)) * ("arithmetic" in use.done)
        scores[kind] = score
    ranked: list[Any] = []
    for kind in sorted(scores, key=lambda kind: -scores[kind]):
        ranked += _with_items(kind, use, name, by_name, depth)
    if default is None:
        ranked.append(type(None))
    return ranked or [by_name or int]


def _contradicts(kind: type, default: Any) -> bool:
    """A default of a plain type is the best witness there is; an empty or missing one proves little."""
    return type(default) in _SAMPLES and bool(default) and type(default) is not kind


def _with_items(kind: type, use: _Use, name: str, by_name: Any, depth: int) -> list[Any]:
    """`kind` with what it may hold."""
    if kind not in (list, tuple, dict, set):
        return [kind]
    if getattr(by_name, "__origin__", None) is kind and use.known_item is None:
        return [by_name]
    if kind is tuple and use.parts:
        return [Tuple[(item,) * use.parts] for item in (int, str)]
    held: list[Any] = [int, str]
    if depth < 3 and (use.known_item is not None or _singular(name) != name):
        held = _ranked(use.known_item or _Use(), _singular(name), depth=depth + 1)[:2]
    if kind is dict:
        keys = [key for key in use.types if key in (int, str)] or [str, int]
        return [Dict[key, held[0]] for key in keys[:2]]  # type: ignore[valid-type]
    if kind is set:
        held = [item for item in held if item in (int, str, float)] or [int]
    return [Tuple[item, ...] if kind is tuple else kind[item] for item in held[:2]]


def _is_possible(kind: type, use: _Use) -> bool:
    sample, done = _SAMPLES[kind], use.done
    if not all(hasattr(sample, attribute) for attribute in use.attributes):
        return False
    if done & {"iterated", "sized", "sliced", "indexed"} and kind in _NUMBERS:
        return False
    if ("sliced" in done and kind in (dict, set)) or ("indexed" in done and kind is set):
        return False
    if (done & {"integer", "number"} and kind not in _NUMBERS) or ("integer" in done and kind is float):
        return False
    return not ("text" in done and kind is not str)


def _by_name(name: str) -> Any:
    words = [word for word in name.lower().strip("_").split("_") if word]
    if words and words[0] in ("is", "has", "use", "should"):
        return bool
    for word in reversed(words):
        bare = word.rstrip("0123456789")
        for names, kind in _BY_NAME:
            if bare in names:
                return kind
        if _singular(bare) != bare:
            return list
    return None


def _singular(name: str) -> str:
    return name[:-1] if len(name) > 3 and name.endswith("s") and not name.endswith("ss") else name


def _uses_in(function: types.FunctionType) -> Dict[str, _Use]:
    """By parameter; empty where the source cannot be had."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    reader = _Reader({name: _Use() for name in names})
    reader.visit(tree)
    return reader.uses


class _Reader(ast.NodeVisitor):
    """Follows each parameter through loops, subscripts and plain assignments."""

    def __init__(self, uses: Dict[str, _Use]) -> None:
        self.uses = uses

    def use_of(self, node: Optional[ast.AST]) -> Optional[_Use]:
        """That of the value of an expression, where it comes from a parameter."""
        if isinstance(node, ast.Name):
            return self.uses.get(node.id)
        if isinstance(node, ast.Subscript):
            whole = self.use_of(node.value)
            if whole is not None:
                return whole if isinstance(node.slice, ast.Slice) else whole.item
        return None

    def note(self, node: Optional[ast.AST], what: str) -> Optional[_Use]:
        use = self.use_of(node)
        if use is not None:
            use.done.add(what)
        return use

    def bind(self, target: ast.AST, iterated: ast.AST) -> None:
        """`for target in iterated`."""
        if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Name):
            name, arguments = iterated.func.id, iterated.args
            targets = target.elts if isinstance(target, ast.Tuple) else []
            if name == "enumerate" and len(targets) == 2 and arguments:
                self.bind(targets[1], arguments[0])
            elif name == "zip" and len(targets) == len(arguments):
                for one, argument in zip(targets, arguments):  # noqa: B905 - `strict` is new in 3.10
                    self.bind(one, argument)
            elif name in ("sorted", "reversed", "set", "list", "iter") and arguments:
                self.bind(target, arguments[0])
            return
        use = self.note(iterated, "iterated")
        if use is not None and isinstance(target, ast.Name):
            self.uses.setdefault(target.id, use.item)
        elif use is not None and isinstance(target, ast.Tuple):
            use.item.done.add("iterated")
            use.item.parts = len(target.elts)

    def visit_For(self, node: ast.For) -> None:
        self.bind(node.target, node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.bind(node.target, node.iter)
        self.generic_visit(node)

    def visit_ListComp(self, node: Any) -> None:
        for generator in node.generators:  # they bind what the element uses
            self.visit(generator)
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                self.visit(getattr(node, field))

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp  # noqa: N815 - the names are ast's

    def visit_Assign(self, node: ast.Assign) -> None:
        use = self.use_of(node.value)
        if use is not None and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.uses.setdefault(node.targets[0].id, use)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        use = self.use_of(node.value)
        if use is not None:
            use.attributes.add(node.attr)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        use = self.note(node.value, "sliced" if isinstance(node.slice, ast.Slice) else "indexed")
        if use is not None and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            use.types += [dict, str]
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        called = self.use_of(function) if isinstance(function, ast.Name) else None
        if called is not None:
            called.done.add("called")
            called.arguments = len(node.args)
        name = getattr(function, "id", getattr(function, "attr", ""))
        if name == "isinstance" and len(node.args) == 2:
            use = self.use_of(node.args[0])
            named = {kind.__name__: kind for kind in _ORDER}
            if use is not None:
                use.types += [named[n.id] for n in ast.walk(node.args[1]) if isinstance(n, ast.Name) and n.id in named]
        elif name == "join" and node.args:
            use = self.note(node.args[0], "iterated")
            if use is not None:
                use.item.done.add("text")
        elif name in _WORKS_ON:
            for argument in node.args:
                use = self.note(argument, _WORKS_ON[name])
                if use is not None and name in ("sum", "fsum", "prod"):
                    use.item.done.add("number")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            use = self.use_of(one)
            if use is None:
                continue
            use.done.add("arithmetic")
            if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow)):
                use.done.add("number")
            elif isinstance(node.op, (ast.LShift, ast.RShift)):
                use.done.add("integer")
            if isinstance(other, ast.Constant) and type(other.value) in _ORDER and one is node.left:
                use.types += [type(other.value)] * isinstance(node.op, (ast.Add, ast.Sub, ast.Mod))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for one, operator, other in zip(sides, node.ops, sides[1:]):  # noqa: B905 - the last is the shortest
            if isinstance(operator, (ast.In, ast.NotIn)):
                if isinstance(other, ast.Constant) and isinstance(other.value, str):
                    self.note(one, "text")
                continue
            for value, constant in ((one, other), (other, one)):
                use = self.use_of(value)
                if use is not None and isinstance(constant, ast.Constant) and type(constant.value) in _ORDER:
                    use.types.append(type(constant.value))
        self.generic_visit(node)

"""Operators on expressions, handlers and `raise`: from a node to the nodes that may stand in its place.

They never change the node that they are given.
"""

import ast
from collections.abc import Callable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.Is, ast.GtE),
    ast.NotEq: (ast.Eq, ast.IsNot),
    ast.Is: (ast.Eq, ast.IsNot),
    ast.IsNot: (ast.NotEq, ast.Is),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitOr,),
}
METHODS = {
    "strip": ("lstrip", "rstrip"), "lstrip": ("strip",), "rstrip": ("strip",),
    "lower": ("upper", "casefold"), "upper": ("lower",), "title": ("capitalize",), "capitalize": ("title",),
    "find": ("rfind", "index"), "rfind": ("find",), "index": ("find",), "split": ("rsplit",), "rsplit": ("split",),
    "partition": ("rpartition",), "startswith": ("endswith",), "endswith": ("startswith",),
    "isdigit": ("isnumeric", "isdecimal"), "isalpha": ("isalnum",), "isalnum": ("isalpha",),
    "islower": ("isupper",), "isupper": ("islower",), "ljust": ("rjust",), "rjust": ("ljust",),
    "splitlines": ("split",), "extend": ("append",), "append": ("extend",), "appendleft": ("append",),
    "popleft": ("pop",), "setdefault": ("get",), "union": ("intersection",), "intersection": ("union",),
    "difference": ("symmetric_difference",), "issubset": ("issuperset",), "keys": ("values",), "values": ("keys",),
    "add": ("discard",), "update": ("setdefault",), "remove": ("discard",), "discard": ("remove",),
}  # fmt: skip
FUNCTIONS = {
    "min": ("max",), "max": ("min",), "any": ("all",), "all": ("any",), "sorted": ("list",),
    "list": ("tuple", "sorted"),
    "tuple": ("list",), "set": ("frozenset", "sorted"), "sum": ("max",), "abs": ("float",), "int": ("float", "round"),
    "float": ("int",), "str": ("repr",), "isinstance": ("issubclass",), "range": ("list",), "bool": ("int",),
    "zip": ("map",), "ord": ("len",), "divmod": ("pow",), "dict": ("list",), "round": ("int",), "len": ("bool",),
}  # fmt: skip
COPIERS = ("list", "dict", "set", "tuple", "sorted", "deepcopy", "copy", "frozenset", "deque")
IMMUTABLE = (ast.Constant, ast.JoinedStr, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp)


def comparisons(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield with_(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        for other in ARITHMETIC.get(type(node.op), ()):
            yield with_(node, op=other())
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        yield node.operand


def connectives(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        yield with_(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield rest[0] if len(rest) == 1 else with_(node, values=rest)


def negated(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.IfExp):
        yield with_(node, test=_not(node.test))
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        for place, part in enumerate(node.generators):
            for number, test in enumerate(part.ifs):
                changed = with_(part, ifs=[*part.ifs[:number], _not(test), *part.ifs[number + 1 :]])
                dropped = with_(part, ifs=[*part.ifs[:number], *part.ifs[number + 1 :]])
                for new in (changed, dropped):
                    yield with_(node, generators=[*node.generators[:place], new, *node.generators[place + 1 :]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield with_(node.operand)


def off_by_one(node: ast.AST) -> Iterator[ast.AST]:
    """Numbers, lengths, indices and the ends of ranges and slices."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    ends: list[ast.expr] = []
    if isinstance(node, ast.Call) and _name(node) == "len":
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
    if isinstance(node, ast.Call) and _name(node) == "range" and not any(isinstance(a, ast.Starred) for a in node.args):
        ends = node.args
        for place, end in enumerate(ends[:2]):
            for operator in (ast.Add(), ast.Sub()):
                more = ast.BinOp(end, operator, ast.Constant(1))
                yield with_(node, args=[*ends[:place], more, *ends[place + 1 :]])
    if isinstance(node, ast.Slice):
        for name in ("lower", "upper"):
            end = getattr(node, name)
            if end is not None and not isinstance(end, ast.Constant):
                yield with_(node, **{name: ast.BinOp(end, ast.Add(), ast.Constant(1))})
                yield with_(node, **{name: None})


def constants(node: ast.AST) -> Iterator[ast.AST]:
    """Literals changed; names of true and false exchanged."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, str):
            yield ast.Constant("" if node.value else "x")
            if node.value:
                yield ast.Constant(node.value + " ")
                yield ast.Constant(node.value.swapcase())
        elif isinstance(node.value, (int, float)) and node.value not in (0, 1):
            yield ast.Constant(-node.value)
            yield ast.Constant(type(node.value)(0))
        elif isinstance(node.value, int):
            yield ast.Constant(float(node.value))
        elif node.value is None:
            yield ast.Constant(0)
            yield ast.Constant(False)
    elif isinstance(node, ast.Dict) and len(node.keys) > 1:
        yield with_(node, keys=node.keys[::-1], values=node.values[::-1])
        yield with_(node, keys=node.keys[1:], values=node.values[1:])
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)) and len(node.elts) > 1 and isinstance(_ctx(node), ast.Load):
        yield with_(node, elts=[node.elts[1], node.elts[0], *node.elts[2:]])


def dropped_copies(node: ast.AST) -> Iterator[ast.AST]:
    """`list(x)`, `x[:]`, `x.copy()` and the like become `x`; rows of their own become one row many times."""
    if isinstance(node, ast.Call):
        if _name(node) in COPIERS and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            yield node.args[0]
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            yield node.func.value
    elif isinstance(node, ast.Subscript) and _is_whole(node.slice) and isinstance(node.ctx, ast.Load):
        yield node.value
    elif isinstance(node, ast.ListComp) and len(node.generators) == 1 and not node.generators[0].ifs:
        source = node.generators[0].iter
        if isinstance(node.elt, (ast.List, ast.BinOp, ast.Dict, ast.Set)) and _name(source) == "range":
            length = ast.Call(ast.Name("len", ast.Load()), [source], [])
            yield ast.BinOp(ast.List([node.elt], ast.Load()), ast.Mult(), length)
        if isinstance(node.elt, ast.Name) and isinstance(node.generators[0].target, ast.Name):
            yield source
    elif isinstance(node, ast.List) and len(node.elts) == 1 and isinstance(node.elts[0], ast.Starred):
        yield node.elts[0].value


def added_copies(node: ast.AST) -> Iterator[ast.AST]:
    """What is put somewhere becomes a shallow copy of it: the other half of swapped aliasing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
        [value] = node.args
        if node.func.attr in ("append", "add", "appendleft", "extend", "put") and isinstance(value, ast.Name):
            yield with_(node, args=[copy_of(value)])
    if isinstance(node, ast.Dict):
        for place, value in enumerate(node.values):
            if isinstance(value, ast.Name):
                yield with_(node, values=[*node.values[:place], copy_of(value), *node.values[place + 1 :]])


def swapped_arguments(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and len(node.args) > 1 and not any(isinstance(a, ast.Starred) for a in node.args):
        yield with_(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if isinstance(node, ast.BinOp):
        yield with_(node, left=node.right, right=node.left)
    if isinstance(node, ast.IfExp):
        yield with_(node, body=node.orelse, orelse=node.body)


def arguments(node: ast.AST) -> Iterator[ast.AST]:
    """An argument dropped; an order or a key where there was none. Defaults are changed by their constants."""
    if not isinstance(node, ast.Call):
        return
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            rest = [*node.keywords[:place], *node.keywords[place + 1 :]]
            yield with_(node, keywords=rest)
    if len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
        yield with_(node, args=node.args[:-1])
    if _name(node) in ("sorted", "sort", "min", "max") and not any(k.arg in ("reverse", "key") for k in node.keywords):
        name = "key" if _name(node) in ("min", "max") else "reverse"
        value: ast.expr = ast.Name("repr", ast.Load()) if name == "key" else ast.Constant(True)
        yield with_(node, keywords=[*node.keywords, ast.keyword(name, value)])


def methods(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    for other in METHODS.get(node.func.attr, ()):
        yield with_(node, func=with_(node.func, attr=other))
    name, args = node.func.attr, node.args
    if name == "append" and len(args) == 1:
        yield with_(node, func=with_(node.func, attr="insert"), args=[ast.Constant(0), *args])
    elif name == "pop" and not args:
        yield with_(node, args=[ast.Constant(0)])
    elif name == "pop" and len(args) == 1:
        yield with_(node, args=[])
    elif name == "split" and not args and not node.keywords:
        yield with_(node, args=[ast.Constant(" ")])
    elif name == "split" and len(args) == 1 and isinstance(args[0], ast.Constant) and args[0].value == " ":
        yield with_(node, args=[])
    elif name == "replace" and len(args) == 2:
        yield with_(node, args=[*args, ast.Constant(1)])
    elif name == "get" and len(args) == 2:
        yield ast.Subscript(node.func.value, args[0], ast.Load())
    elif name == "join" and len(args) == 1:
        yield with_(node, args=[ast.Call(ast.Name("reversed", ast.Load()), [_listed(args[0])], [])])


def functions(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for other in FUNCTIONS.get(node.func.id, ()):
            yield with_(node, func=ast.Name(other, ast.Load()))


def insertion_order(node: ast.AST) -> Iterator[ast.AST]:
    """The same items in another order: it shows in dicts, in what is printed, and in ties."""
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        part = node.generators[0]
        backwards = ast.Call(ast.Name("reversed", ast.Load()), [_listed(part.iter)], [])
        yield with_(node, generators=[with_(part, iter=backwards), *node.generators[1:]])
    if isinstance(node, ast.Call) and _name(node) in ("set", "frozenset") and len(node.args) == 1:
        yield with_(node, func=ast.Attribute(ast.Name("dict", ast.Load()), "fromkeys", ast.Load()))


def messages(node: ast.AST) -> Iterator[ast.AST]:
    """Another text, another type, another cause of an exception."""
    if not isinstance(node, ast.Raise) or node.exc is None:
        return
    error = node.exc
    if isinstance(error, ast.Call):
        if error.args:
            first: ast.expr = ast.BinOp(
                ast.Call(ast.Name("str", ast.Load()), error.args[:1], []), ast.Add(), _text("!")
            )
            yield with_(node, exc=with_(error, args=[first, *error.args[1:]]))
        yield with_(node, exc=with_(error, args=[]) if error.args else with_(error, args=[_text("bad value")]))
    kind = error.func if isinstance(error, ast.Call) else error
    if isinstance(kind, ast.Name):
        other = ast.Name("LookupError" if kind.id == "ValueError" else "ValueError", ast.Load())
        yield with_(node, exc=with_(error, func=other) if isinstance(error, ast.Call) else other)
    if node.cause is not None:
        yield with_(node, cause=None)


def handlers(node: ast.AST) -> Iterator[ast.AST]:
    """What is caught, widened or narrowed."""
    if not isinstance(node, ast.ExceptHandler) or node.type is None:
        return
    if isinstance(node.type, ast.Tuple):
        for place in range(len(node.type.elts)):
            yield with_(node, type=with_(node.type, elts=[*node.type.elts[:place], *node.type.elts[place + 1 :]]))
    if not (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")):
        yield with_(node, type=ast.Name("Exception", ast.Load()))
    yield with_(node, type=ast.Name("ZeroDivisionError", ast.Load()))


def with_(node: Node, **changes: object) -> Node:
    """A copy of the node itself, with some fields changed; what is below is shared."""
    fields = {name: getattr(node, name) for name in (*node._fields, *node._attributes) if hasattr(node, name)}
    return type(node)(**{**fields, **changes})


def copy_of(value: ast.expr) -> ast.Call:
    """`copy.copy(value)`, without a name that the module would have to import."""
    module = ast.Call(ast.Name("__import__", ast.Load()), [_text("copy")], [])
    return ast.Call(ast.Attribute(module, "copy", ast.Load()), [value], [])


def _text(value: str) -> ast.Constant:
    return ast.Constant(value)


def _listed(value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("list", ast.Load()), [value], [])


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _name(node: ast.AST) -> str:
    """The last name of what is called."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _is_whole(node: ast.AST) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None


def _ctx(node: ast.AST) -> object:
    return getattr(node, "ctx", ast.Load())


EXPRESSION_OPERATORS: dict[str, Callable[[ast.AST], Iterator[ast.AST]]] = {
    "comparison": comparisons,
    "arithmetic": arithmetic,
    "and/or": connectives,
    "negated condition": negated,
    "off by one": off_by_one,
    "constant": constants,
    "dropped copy": dropped_copies,
    "added copy": added_copies,
    "swapped arguments": swapped_arguments,
    "changed arguments": arguments,
    "other method": methods,
    "other function": functions,
    "order of items": insertion_order,
    "exception raised": messages,
    "exception caught": handlers,
}

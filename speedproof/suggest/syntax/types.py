"""What built-in type an expression has, as far as the code of one function tells.

A type is known from literals, from what built-in functions and methods return, and from annotations. Annotations are
taken at their word: that a caller passes something else is for the comparison of behaviour to find.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from speedproof.suggest.syntax.tree import words


@dataclass(frozen=True, slots=True)
class Type:
    """`name` is that of a built-in or collections type; `items` the type of what iterating over it yields.

    `fields` are the types of a tuple's elements where there is a fixed number of them, and of a dict's keys and values.
    """

    name: str
    items: "Type | None" = None
    fields: "tuple[Type | None, ...]" = ()

    @property
    def item(self) -> "Type | None":
        """What iterating over a value of this type yields."""
        return {"str": STR, "range": INT, "bytes": INT}.get(self.name, self.items)


INT, FLOAT, BOOL, STR, BYTES, NONE = (Type(name) for name in ("int", "float", "bool", "str", "bytes", "None"))
HASHABLE = frozenset({"int", "float", "bool", "str", "bytes", "None", "complex", "range"})
NUMBERS = frozenset({"int", "float", "bool"})
CONTAINERS = frozenset({"list", "tuple", "set", "frozenset", "dict", "deque", "Counter", "defaultdict"})

_RETURNS = {
    "len": INT, "ord": INT, "int": INT, "hash": INT, "id": INT, "str": STR, "repr": STR, "chr": STR, "bin": STR,
    "hex": STR, "oct": STR, "input": STR, "ascii": STR, "format": STR, "float": FLOAT, "bool": BOOL, "any": BOOL,
    "all": BOOL, "isinstance": BOOL, "callable": BOOL, "bytes": BYTES, "range": Type("range"), "isqrt": INT,
    "gcd": INT, "comb": INT, "factorial": INT, "floor": INT, "ceil": INT, "sqrt": FLOAT,
}  # fmt: skip
_COLLECTS = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "deque"})
_STR_LIST = Type("list", STR)
_STR_METHODS = {
    **dict.fromkeys(words("count find index rfind rindex"), INT),
    **dict.fromkeys(words(
        "isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle "
        "isupper startswith endswith"
    ), BOOL),
    **dict.fromkeys(words("split rsplit splitlines"), _STR_LIST),
    **dict.fromkeys(words(
        "capitalize casefold center expandtabs format join ljust lower lstrip removeprefix removesuffix "
        "replace rjust rstrip strip swapcase title translate upper zfill"
    ), STR),
    "encode": BYTES, "partition": Type("tuple", STR), "rpartition": Type("tuple", STR),
}  # fmt: skip
_ANNOTATED = {
    "List": "list", "Sequence": None, "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple",
    "Deque": "deque", "Text": "str",
}  # fmt: skip
_ANNOTATED |= {name: name for name in (*HASHABLE, *CONTAINERS)}


class Types:
    """The types of the names and expressions of one function."""

    def __init__(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bindings: dict[str, list[ast.expr | Type | None]] = {}
        self._known: dict[str, Type | None] = {}
        for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
            self._bindings[argument.arg] = [annotated(argument.annotation)]
        for extra, kind in ((function.args.vararg, "tuple"), (function.args.kwarg, "dict")):
            if extra is not None:
                self._bindings[extra.arg] = [Type(kind)]
        for node in ast.walk(ast.Module(function.body, [])):
            for name, value in _bindings(node):
                self._bindings.setdefault(name, []).append(value)

    def of(self, node: ast.AST | None) -> Type | None:
        """The type of an expression, or None where it is not known."""
        match node:
            case ast.Constant(value=value):
                return NONE if value is None else Type(type(value).__name__)
            case ast.JoinedStr():
                return STR
            case ast.Name(id=name):
                return self._of_name(name)
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return Type(type(node).__name__.lower(), self._common(elements))
            case ast.Tuple(elts=elements):
                return Type("tuple", self._common(elements), tuple(map(self.of, elements)))
            case ast.Dict(keys=keys, values=values):
                held = (self._common(keys), self._common(values))
                return Type("dict", held[0], held if keys else ())
            case ast.ListComp(elt=element) | ast.SetComp(elt=element):
                return Type("list" if isinstance(node, ast.ListComp) else "set", self.of(element))
            case ast.GeneratorExp(elt=element):
                return Type("generator", self.of(element))
            case ast.DictComp(key=key):
                return Type("dict", self.of(key))
            case ast.Compare(ops=[ast.In() | ast.NotIn() | ast.Is() | ast.IsNot()]) | ast.UnaryOp(op=ast.Not()):
                return BOOL
            case ast.Compare(left=left, comparators=others) if self._numbers(left, *others):
                return BOOL
            case ast.UnaryOp(operand=operand):
                kind = self.of(operand)
                return INT if kind == BOOL else kind if kind in (INT, FLOAT) else None
            case ast.BoolOp(values=values):
                return self._common(values)
            case ast.IfExp(body=body, orelse=orelse):
                return self._common([body, orelse])
            case ast.NamedExpr(value=value):
                return self.of(value)
            case ast.BinOp(left=left, op=op, right=right):
                return _arithmetic(self.of(left), op, self.of(right), right)
            case ast.Subscript(value=value, slice=index):
                return self._of_item(self.of(value), index)
            case ast.Call():
                return self._of_call(node)
        return None

    def possible(self, name: str) -> frozenset[Type | None]:
        """The types of everything that is ever bound to a name; None among them where one is not known."""
        found = {value if isinstance(value, Type) else self.of(value) for value in self._bindings.get(name, [None])}
        return frozenset(found)

    def is_a(self, node: ast.AST | None, *names: str) -> bool:
        kind = self.of(node)
        return kind is not None and kind.name in names

    def _numbers(self, *nodes: ast.AST) -> bool:
        return all(self.is_a(node, *NUMBERS, "str") for node in nodes)

    def _of_name(self, name: str) -> Type | None:
        if name not in self._known:
            self._known[name] = None  # What the name's own type rests on itself for, is not known.
            kinds = {value if isinstance(value, Type) else self.of(value) for value in self._others(name)}
            self._known[name] = _merged(kinds)
            if self._known[name] is not None:
                # Known without the bindings that use the name itself (`n = n - 1`): they must agree.
                again = {value if isinstance(value, Type) else self.of(value) for value in self._bindings[name]}
                self._known[name] = _merged(again)
        return self._known[name]

    def _others(self, name: str) -> list[ast.expr | Type | None]:
        """The bindings of `name` that don't mention it themselves."""

        def mentions(value: ast.expr | Type | None) -> bool:
            return isinstance(value, ast.AST) and any(
                isinstance(node, ast.Name) and node.id == name for node in ast.walk(value)
            )

        return [value for value in self._bindings.get(name, [None]) if not mentions(value)]

    def _common(self, nodes: "list[ast.expr] | list[ast.expr | None]") -> Type | None:
        return _merged({self.of(node) for node in nodes}) if nodes else None

    def _of_item(self, kind: Type | None, index: ast.expr) -> Type | None:
        if kind is None:
            return None
        if isinstance(index, ast.Slice):
            return Type(kind.name, kind.items) if kind.name in ("str", "list", "tuple", "bytes") else None
        if kind.name == "dict":
            return kind.fields[1] if len(kind.fields) == 2 else None
        if kind.fields and isinstance(index, ast.Constant) and isinstance(index.value, int):
            return kind.fields[index.value] if -len(kind.fields) <= index.value < len(kind.fields) else None
        return kind.item if kind.name in ("str", "list", "tuple", "bytes", "range", "deque") else None

    def _of_call(self, node: ast.Call) -> Type | None:
        first = node.args[0] if node.args else None
        match node.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="math"), attr=name) if name in _RETURNS:
                return _RETURNS[name]
            case ast.Name(id=name) if name in _COLLECTS:
                kind = self.of(first)
                container = {"sorted": "list", "reversed": "iterator"}.get(name, name)
                return Type(container, kind.item if kind else None)
            case ast.Name(id="dict" | "Counter" | "defaultdict" as name):
                return Type(name)
            case ast.Name(id="abs" | "round") if len(node.args) == 1 and self.of(first) in (INT, BOOL):
                return INT
            case ast.Name(id="min" | "max") if len(node.args) > 1 and not node.keywords:
                return self._common(node.args)
            case ast.Name(id="min" | "max") if len(node.args) == 1 and not node.keywords:
                kind = self.of(first)
                return kind.item if kind else None
            case ast.Name(id="enumerate"):
                kind = self.of(first)
                item = kind.item if kind else None
                return Type("iterator", Type("tuple", None, (INT, item)))
            case ast.Name(id="zip"):
                kinds = [self.of(argument) for argument in node.args]
                return Type("iterator", Type("tuple", None, tuple(kind.item if kind else None for kind in kinds)))
            case ast.Name(id="map") if isinstance(first, ast.Name) and first.id in _RETURNS:
                return Type("iterator", _RETURNS[first.id])
            case ast.Name(id="divmod") if all(self.of(argument) in (INT, BOOL) for argument in node.args):
                return Type("tuple", INT, (INT, INT))
            case ast.Attribute(value=value, attr=attr):
                return self._of_method(self.of(value), attr)
        return None

    def _of_method(self, kind: Type | None, attr: str) -> Type | None:
        if kind is None:
            return None
        if kind.name == "str":
            return _STR_METHODS.get(attr)
        if kind.name in ("list", "tuple", "deque") and attr in ("count", "index"):
            return INT
        if kind.name in ("list", "deque") and attr in ("pop", "popleft"):
            return kind.items
        if kind.name in CONTAINERS and attr == "copy":
            return kind
        return None


def annotated(node: ast.expr | None) -> Type | None:
    """The type that an annotation names, where it is one that we know."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return annotated(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return None
        case ast.Constant(value=None):
            return NONE
        case ast.Name(id=name) | ast.Attribute(attr=name):
            known = _ANNOTATED.get(name)
            return Type(known) if known else None
        case ast.Subscript(value=value, slice=arguments):
            outer = annotated(value)
            if outer is None:
                return None
            parts = arguments.elts if isinstance(arguments, ast.Tuple) else [arguments]
            fixed = outer.name == "tuple" and not any(isinstance(p, ast.Constant) for p in parts)
            fixed = fixed or (outer.name == "dict" and len(parts) == 2)
            return Type(outer.name, annotated(parts[0]), tuple(map(annotated, parts)) if fixed else ())
    return None


def _merged(kinds: "set[Type | None]") -> Type | None:
    """The one type that all of them are, an empty container being of any item type."""
    if len(kinds) == 1:
        return next(iter(kinds))
    names = {kind.name if kind else None for kind in kinds}
    if len(names) == 1 and None not in names:
        items = {kind.items for kind in kinds if kind} - {None}
        return Type(str(names.pop()), items.pop() if len(items) == 1 else None)
    return None


def _arithmetic(left: Type | None, op: ast.operator, right: Type | None, exponent: ast.expr) -> Type | None:
    if left is None or right is None:
        if isinstance(op, ast.Mod) and left == STR:
            return STR
        return None
    if left.name in NUMBERS and right.name in NUMBERS:
        if isinstance(op, ast.Div) or FLOAT in (left, right):
            return FLOAT
        if isinstance(op, ast.Pow):
            known = isinstance(exponent, ast.Constant) and isinstance(exponent.value, int) and exponent.value >= 0
            return INT if known else None
        return INT
    if isinstance(op, ast.Add) and left.name == right.name and left.name in ("str", "list", "tuple", "bytes"):
        return Type(left.name, left.items if left.items == right.items else None)
    if isinstance(op, ast.Mult) and "int" in (left.name, right.name):
        container = left if right.name == "int" else right
        return container if container.name in ("str", "list", "bytes") else None
    if isinstance(op, ast.Mod) and left == STR:
        return STR
    if isinstance(op, ast.BitOr | ast.BitAnd | ast.Sub) and left.name == right.name and left.name in ("set", "dict"):
        return left
    return None


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | Type | None]]:
    """The names that a node binds, each with the expression or type that it gets; None where that is not known."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _assigned(target, value)
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            yield name, annotated(annotation) or value
        case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
            yield name, ast.BinOp(ast.Name(target.id, ast.Load()), op, value)
        case ast.For(target=target, iter=it) | ast.comprehension(target=target, iter=it):
            yield from _assigned(target, ast.Call(ast.Name("max", ast.Load()), [it], []))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _assigned(target, None)
        case ast.alias(name=name, asname=asname):
            yield asname or name, None
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, None
        case ast.MatchMapping(rest=str(name)):
            yield name, None
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from ((name, None) for name in names)
        case ast.arg(arg=name, annotation=annotation):
            yield name, annotated(annotation)


def _assigned(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | Type | None]]:
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Starred(value=ast.Name(id=name)):
            yield name, Type("list")
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values: list[ast.expr | None] = [None] * len(elements)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(elements):
                values = list(value.elts)
            elif value is not None and not any(isinstance(e, ast.Starred) for e in elements):
                values = [ast.Subscript(value, ast.Constant(i), ast.Load()) for i in range(len(elements))]
            for element, part in zip(elements, values, strict=True):
                yield from _assigned(element, part)

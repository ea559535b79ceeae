"""Whether code does more than compute a value, and whether that value stays the same in a loop."""

import ast
import builtins

import libcst as cst

from speedproof.suggest.rules.base import Context, Loop
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.tree import meaning

_PURE_MODULES = frozenset({"math", "string", "operator", "re", "cmath", "fractions", "decimal"})
_ONE_PASS = frozenset({"map", "filter", "zip", "enumerate", "reversed", "iter"})
"""Built-ins whose result can be read only once."""
_PURE_BUILTINS = names.READING_FUNCTIONS - {"id", "hash"}
_CALLING_BUILTINS = frozenset({"map", "filter"})
"""Built-ins that call what they are given; a `key=` does so too."""


def is_pure(context: Context, node: cst.CSTNode | ast.AST) -> bool:
    """Whether evaluating an expression only computes a value, going by the names in it.

    Methods that only read on every built-in type are taken to do so on any; operators and attributes too. Whether
    an iterator is used up is not looked at.
    """
    tree = node if isinstance(node, ast.AST) else meaning(node)
    return all(_pure_node(context, part) for part in ast.walk(tree))


def _pure_node(context: Context, node: ast.AST) -> bool:
    match node:
        case ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr() | ast.Lambda():
            return False
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            if not context.is_builtin(name):
                return _pure_import(context, name)
            called = [args[0]] if name in _CALLING_BUILTINS and args else []
            called += [keyword.value for keyword in keywords if keyword.arg == "key"]
            return name in _PURE_BUILTINS and all(
                isinstance(f, ast.Name) and context.is_builtin(f.id) and f.id in _PURE_BUILTINS for f in called
            )
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attr)):
            known = context.module.bindings.get(owner)
            if owner not in context.locals and known is not None and isinstance(known[0], ast.Import):
                return owner in _PURE_MODULES
            return attr in names.READING_METHODS
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in names.READING_METHODS
        case ast.Call():
            return False
    return True


def _pure_import(context: Context, name: str) -> bool:
    """Whether `name` was imported from a module whose functions only compute."""
    if name in context.locals:
        return False
    match context.module.bindings.get(name):
        case [ast.ImportFrom(module=str(module), level=0)]:
            return module in _PURE_MODULES
    return False


def for_the_unhashable(context: Context, node: cst.CSTNode) -> bool:
    """Whether `node` is what is done once a TypeError came: where sets were tried and their items cannot be hashed."""
    handlers = (above for above in context.ancestors(node) if isinstance(above, cst.ExceptHandler))
    return any(handler.type is None or "TypeError" in names.mentions(handler.type) for handler in handlers)


def stays(context: Context, node: cst.CSTNode, loop: cst.CSTNode) -> bool:
    """Whether a pure expression has the same value, with the same contents, all through the loop.

    Not if a name in it is bound in the loop, its object may be changed there, or somebody else shares it: whoever runs
    while the loop waits at a `yield` or `await`. Attributes stay only where the loop calls nothing that could set them.
    """
    tree = meaning(node)
    if not is_pure(context, tree):
        return False
    body = meaning(loop)
    bound = names.writes(body)
    waits = any(isinstance(part, ast.Yield | ast.YieldFrom | ast.Await) for part in ast.walk(body))
    for name in names.reads(tree):
        if name in bound or (name in context.shared and name in context.locals):
            return False
        if name in context.locals:
            immutable = context.type_of_name(name)
            if immutable is not None and immutable.name in ("int", "float", "bool", "str", "bytes", "range", "None"):
                continue
            if waits or names.changes_object(body, name):
                return False
    if any(isinstance(part, ast.Attribute) and not _is_method(part, tree) for part in ast.walk(tree)):
        return not _may_set_attributes(context, body)
    return True


def one_pass(context: Context, node: cst.CSTNode) -> bool:
    """Whether the expression surely makes an iterator, which may be read only once."""
    tree = meaning(node)
    kind = context.type_of(node)
    if kind is not None and kind.name in ("iterator", "generator"):
        return True
    return isinstance(tree, ast.GeneratorExp) or (
        isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in _ONE_PASS
    )


def outermost_loop(context: Context, node: cst.CSTNode, needed: cst.CSTNode) -> Loop | None:
    """The outermost of the loops around `node` through which `needed` stays the same; None if there is none."""
    found = None
    for loop in context.loops_around(node):
        if not stays(context, needed, loop):
            break
        found = loop
    return found


def _is_method(attribute: ast.Attribute, tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) and node.func is attribute for node in ast.walk(tree))


def _may_set_attributes(context: Context, body: ast.AST) -> bool:
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.Call) and not _pure_node(context, node):
            is_append = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
            if not (is_append and node.func.attr in ("append", "add", "extend")):  # type: ignore[attr-defined]
                return True
    return False


_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
_OWN_CHANGES = frozenset(
    {
        "append",
        "extend",
        "add",
        "update",
        "pop",
        "insert",
        "remove",
        "discard",
        "sort",
        "reverse",
        "clear",
        "setdefault",
    }
)


def only_computes(context: Context, function: ast.FunctionDef | ast.AsyncFunctionDef, *, itself: str) -> bool:
    """Whether a call of the function does nothing that can be seen but return a value or raise.

    It may call itself, what `is_pure` knows and functions of this module for which the same holds, and change
    containers that it made itself.
    """
    return _only_computes(context, function, frozenset({itself, function.name}))


def computes(context: Context, code: ast.AST) -> bool:
    """The same for statements, which may not leave the block that they stand in."""
    inside = {n for loop in ast.walk(code) if isinstance(loop, ast.For | ast.While) for n in ast.walk(loop)}
    for node in ast.walk(code):
        if isinstance(node, ast.Return) or (isinstance(node, ast.Break | ast.Continue) and node not in inside):
            return False
    return _body_computes(context, code, set(context.parameters), frozenset())


def _only_computes(context: Context, function: ast.FunctionDef | ast.AsyncFunctionDef, trusted: frozenset[str]) -> bool:
    parameters = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    return _body_computes(context, ast.Module(function.body, []), parameters, trusted)


def _body_computes(context: Context, body: ast.AST, parameters: set[str], trusted: frozenset[str]) -> bool:
    made = {name for name in names.writes(body) - parameters if _only_made_here(body, name)}
    nested = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    unwanted = nested | ast.Global | ast.Nonlocal | ast.Import | ast.ImportFrom | ast.Delete
    for node in ast.walk(body):
        match node:
            case _ if isinstance(node, unwanted | ast.Await | ast.Yield | ast.YieldFrom | ast.With | ast.AsyncWith):
                return False
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                return False
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                if not (isinstance(value, ast.Name) and value.id in made):
                    return False
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.BitOr()) if name in parameters:
                return False  # Perhaps a list that the caller sees grow.
            case ast.Call(func=ast.Name(id=name)) if name in trusted:
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name in made:
                if attr not in names.READING_METHODS | _OWN_CHANGES:
                    return False
            case ast.Call(func=ast.Name(id=name)) if (other := context.module.function(name)) is not None:
                if not _only_computes(context, other, trusted | {name}):
                    return False
            case ast.Call(func=ast.Name(id=name)) if name in _EXCEPTIONS:
                pass
            case ast.Call():
                if not _pure_node(context, node):
                    return False
    return True


def _only_made_here(body: ast.AST, name: str) -> bool:
    """Whether everything bound to `name` is a container display, comprehension or constructor call."""
    makers = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.BinOp
    values = []
    for node in ast.walk(body):
        if isinstance(node, ast.Assign) and name in {
            n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)
        }:
            values.append(node.value)
        elif isinstance(node, ast.For | ast.comprehension | ast.NamedExpr | ast.withitem) and name in names.writes(
            node
        ):
            return False
    constructors = ("list", "dict", "set", "sorted", "deque", "Counter", "defaultdict")
    return bool(values) and all(
        isinstance(value, makers)
        or (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in constructors)
        for value in values
    )

"""Makes code of pieces of a new text, and puts it where the old one is: into functions, classes and a module."""

from __future__ import annotations
import __future__

import abc
import ast
import copy
import types
from collections.abc import Iterator
from typing import Any, Optional

from .locate import mangled
from .module_diff import first_line, shape

INERT_DECORATORS = (
    "staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "contextmanager",
    "asynccontextmanager", "abstractmethod", "override", "final", "singledispatch", "singledispatchmethod",
)  # fmt: skip
"""Those that do not ask which parameters a function has, so that these may change below them."""
_OF_EVERY_CLASS = ("__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__annotations_cache__")
_SHAPING = frozenset(
    ("__slots__", "__init_subclass__", "__class_getitem__", "__set_name__", "__match_args__", "__eq__")
)
"""What a class has in its body is looked at when the class is made, and not again."""
_SHAPED_BY = frozenset(("__slots__", "__dataclass_fields__", "__attrs_attrs__"))


class Unsupported(Exception):
    """The change is of a kind that cannot be put into a running module; the message says which."""


class Place:
    """Where statements stand: in the module, or in a class of it."""

    def __init__(self, owner: Any, path: tuple[tuple[str, type], ...] = ()) -> None:
        self.owner = owner
        self.path = path

    @property
    def is_class(self) -> bool:
        return bool(self.path)

    def inside(self, name: str, cls: type) -> Place:
        return Place(cls, (*self.path, (name, cls)))

    def qualname(self, name: str) -> str:
        return ".".join([*(outer for outer, _ in self.path), name])

    def has(self, name: str) -> bool:
        return mangled(self.owner, name) in vars(self.owner)

    def value(self, name: str) -> Any:
        return vars(self.owner).get(mangled(self.owner, name))


class Compiler:
    """Runs pieces of a new text in the namespace of a module that exists."""

    def __init__(self, module: types.ModuleType, path: str, before: ast.Module, after: ast.Module) -> None:
        self.module = module
        self.path = path
        self.flags = _future_flags(after)

    # Code of functions.

    def swap(self, function: types.FunctionType, old: Any, new: Any, place: Place) -> None:
        """Let `function`, which `old` has become, be what `new` would become: code, defaults, annotations, text.

        No decorator is run again, nor is a default evaluated again that reads as it did.
        """
        name = place.qualname(new.name)
        code = self._code(function, new, place)
        if shape(old.args) != shape(new.args) or _shape_of_returns(old) != _shape_of_returns(new):
            asking = [_called_name(decorator) for decorator in new.decorator_list]
            asking = [decorator for decorator in asking if decorator not in INERT_DECORATORS]
            if asking:
                raise Unsupported("the parameters of %s changed, which @%s may depend on" % (name, asking[0]))
            self._change_signature(function, old, new, place)
        text = ast.get_docstring(new, clean=False)
        if text != ast.get_docstring(old, clean=False):
            function.__doc__ = text
        if code.co_freevars == function.__code__.co_freevars:
            function.__code__ = code
        elif code.co_freevars == ("__class__",) and not function.__code__.co_freevars:
            _give_class(function, code, new.name, place)
        else:
            raise Unsupported("%s uses other names of what is around it" % name)

    def _code(self, function: types.FunctionType, definition: Any, place: Place) -> types.CodeType:
        """The code of a definition, compiled as in its class but not run."""
        definition = copy.copy(definition)
        code = self._compiled(definition, place)
        if "__class__" in function.__code__.co_freevars and "__class__" not in code.co_freevars:
            # The function holds a cell for its class. The declaration is no instruction: it makes the code expect one.
            declaration = ast.copy_location(ast.Nonlocal(names=["__class__"]), definition.body[0])
            text = 1 if ast.get_docstring(definition, clean=False) is not None else 0
            definition.body = [*definition.body[:text], declaration, *definition.body[text:]]
            code = self._compiled(definition, place)
        return code

    def _compiled(self, definition: Any, place: Place) -> types.CodeType:
        module = ast.Module(body=[_in_classes(definition, place)], type_ignores=[])
        line = first_line(definition)
        for code in _codes(self.compile(module)):
            if code.co_name == definition.name and code.co_firstlineno == line:
                return code
        raise Unsupported("%s has no code of its own" % place.qualname(definition.name))

    def _change_signature(self, function: types.FunctionType, old: Any, new: Any, place: Place) -> None:
        """Give it the defaults and annotations of `new`; a default that reads as it did stays the object it is."""
        bare = copy.copy(new)
        bare.decorator_list = []
        made = self._scope(bare, place)[new.name]
        was, now = _defaults_in(old), _defaults_in(new)
        held = _default_values(function)
        made_values = _default_values(made)
        values = {
            name: held[name] if name in held and was.get(name) == now.get(name) else value
            for name, value in made_values.items()
        }
        positional = [name for name in _positional(made.__code__) if name in values]
        function.__defaults__ = tuple(values[name] for name in positional) or None
        function.__kwdefaults__ = {n: v for n, v in values.items() if n not in positional} or None
        function.__annotations__ = made.__annotations__

    # Statements.

    def run(self, statement: ast.stmt, place: Place) -> None:
        """Run a statement where it stands."""
        if not place.is_class:
            exec(self.compile(ast.Module(body=[statement], type_ignores=[])), vars(self.module))
            return
        cls = place.owner
        self._check_plain(statement, cls, place)
        for name, value in self._scope(statement, place).items():
            if name == "__annotations__":
                cls.__annotations__ = {**vars(cls).get("__annotations__", {}), **value}
            elif name not in _OF_EVERY_CLASS and not name.startswith("__annotat"):
                setattr(cls, name, value)
                if hasattr(type(value), "__set_name__"):
                    value.__set_name__(cls, name)

    def value(self, expression: ast.expr, place: Place) -> Any:
        """What an expression of the text is worth, now that the module is imported."""
        code = compile(ast.Expression(expression), self.path, "eval", flags=self.flags, dont_inherit=True)
        return eval(code, vars(self.module), _ClassScope(place.owner) if place.is_class else None)

    def remove(self, name: str, place: Place) -> None:
        name = mangled(place.owner, name)
        if not place.is_class:
            vars(self.module).pop(name, None)
            return
        self._check_plain(ast.Pass(), place.owner, place)
        if name in vars(place.owner):
            delattr(place.owner, name)

    def compile(self, tree: ast.Module) -> types.CodeType:
        code: types.CodeType = compile(tree, self.path, "exec", flags=self.flags, dont_inherit=True)
        return code

    def _check_plain(self, statement: ast.stmt, cls: Any, place: Place) -> None:
        """Refuse what whoever made the class (a decorator, a metaclass, a base) would have looked at."""
        name = getattr(statement, "name", None)
        if isinstance(name, str) and not name.startswith("__"):
            return  # one more method is nothing to them
        shaping = (
            type(cls) not in (type, abc.ABCMeta) or "__slots__" in vars(cls) or "__dataclass_fields__" in vars(cls)
        )
        shaping = shaping or "__attrs_attrs__" in vars(cls)
        targets = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        if shaping or targets & set(_SHAPING) or name in _SHAPING:
            raise Unsupported("the body of class %s changed in more than its methods" % cls.__name__)

    def _scope(self, statement: Any, place: Place) -> dict[str, Any]:
        """The names that a statement binds when it is run where it stands; none is bound there yet."""
        if not place.is_class:
            bound: dict[str, Any] = {}
            exec(self.compile(ast.Module(body=[statement], type_ignores=[])), vars(self.module), bound)
            return bound
        tree = _in_classes(statement, place, ast.Name(id="metaclass", ctx=ast.Load()))
        namespace: dict[str, Any] = {"metaclass": _Shell(place.path)}
        # The outermost name is bound in `namespace`, everything that is read comes from the module.
        exec(self.compile(ast.Module(body=[tree], type_ignores=[])), vars(self.module), namespace)
        made: Any = namespace[place.path[0][0]]
        for name, _ in place.path[1:]:
            made = made[name]
        return {mangled(place.owner, name): value for name, value in made.items()}


class _Shell:
    """Stands for the metaclass of class bodies that are run again: they see the real classes, and make none."""

    def __init__(self, path: tuple[tuple[str, type], ...]) -> None:
        self.remaining = [cls for _, cls in path]
        self.open: list[type] = []

    def __prepare__(self, name: str, bases: tuple[type, ...]) -> dict[str, Any]:
        self.open.append(self.remaining.pop(0))
        scope = _ClassScope(self.open[-1])
        scope.hidden["metaclass"] = self
        return scope

    def __call__(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> dict[str, Any]:
        cls = self.open.pop()
        cell = namespace.pop("__classcell__", None)
        if cell is not None:  # what `super()` and `__class__` refer to
            cell.cell_contents = cls
        return namespace


class _ClassScope(dict):  # type: ignore[type-arg]
    """The namespace of a class body: reads fall back to the real class, so that `@x.setter` finds `x`."""

    def __init__(self, cls: type) -> None:
        super().__init__()
        self.hidden: dict[str, Any] = {}
        self._cls = cls

    def __missing__(self, name: str) -> Any:
        if name in self.hidden:
            return self.hidden[name]
        return vars(self._cls)[name]  # a KeyError sends the look-up on to the module's globals


def _give_class(function: types.FunctionType, code: types.CodeType, name: str, place: Place) -> None:
    """Put a function that has a cell for its class where one without it is: `super()` came in."""
    made = types.FunctionType(code, function.__globals__, name, function.__defaults__, (types.CellType(place.owner),))
    made.__kwdefaults__, made.__qualname__, made.__doc__ = (
        function.__kwdefaults__,
        function.__qualname__,
        function.__doc__,
    )
    made.__annotations__ = function.__annotations__
    vars(made).update(vars(function))
    held = place.value(name)
    if held is function:
        put: Any = made
    elif isinstance(held, (staticmethod, classmethod)) and held.__func__ is function:
        put = type(held)(made)
    elif isinstance(held, property) and function in (held.fget, held.fset, held.fdel):
        parts: list[Any] = [made if part is function else part for part in (held.fget, held.fset, held.fdel)]
        put = property(parts[0], parts[1], parts[2], held.__doc__)
    else:
        raise Unsupported("%s uses super() below its decorators" % place.qualname(name))
    setattr(place.owner, mangled(place.owner, name), put)


def _in_classes(statement: Any, place: Place, metaclass: Optional[ast.expr] = None) -> ast.stmt:
    """The statement in bare classes of the right names, which mangling, `super` and qualnames go by."""
    for name, _ in reversed(place.path):
        keywords = [] if metaclass is None else [ast.keyword(arg="metaclass", value=metaclass)]
        shell = ast.ClassDef(name=name, bases=[], keywords=keywords, body=[statement], decorator_list=[])
        if "type_params" in ast.ClassDef._fields:
            setattr(shell, "type_params", [])  # noqa: B010 - a field from Python 3.12 on
        statement = ast.fix_missing_locations(ast.copy_location(shell, statement))
    return statement  # type: ignore[no-any-return]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """All code in `code`, what is further out first."""
    pending = [code]
    while pending:
        found = pending.pop(0)
        yield found
        pending += [constant for constant in found.co_consts if isinstance(constant, types.CodeType)]


def _called_name(decorator: ast.expr) -> str:
    """`cache` of `@functools.cache` and `@cache(...)`; `setter` of `@x.setter`, which is one of property's."""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "…")
    return "property" if name in ("setter", "getter", "deleter") else name


def _defaults_in(definition: Any) -> dict[str, str]:
    """How the default of each parameter reads."""
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    having = [*positional[len(positional) - len(arguments.defaults) :], *arguments.kwonlyargs]
    defaults = [*arguments.defaults, *arguments.kw_defaults]
    pairs = zip(having, defaults)  # noqa: B905 - `strict` is new in 3.10
    return {argument.arg: shape(default) for argument, default in pairs if default is not None}


def _default_values(function: types.FunctionType) -> dict[str, Any]:
    names, values = _positional(function.__code__), function.__defaults__ or ()
    by_position = zip(names[len(names) - len(values) :], values)  # noqa: B905 - `strict` is new in 3.10
    return {**dict(by_position), **(function.__kwdefaults__ or {})}


def _positional(code: types.CodeType) -> list[str]:
    return list(code.co_varnames[: code.co_argcount])


def _shape_of_returns(definition: Any) -> Optional[str]:
    return None if definition.returns is None else shape(definition.returns)


def _future_flags(tree: ast.Module) -> int:
    names = {
        alias.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        for alias in statement.names
    }
    return sum(getattr(__future__, name).compiler_flag for name in names if hasattr(__future__, name))

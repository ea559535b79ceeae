"""Puts one side of a comparison, original or candidate, into the module that the project has imported.

The module is not imported a second time: its classes stay the ones that recorded inputs are instances of, and nothing
that an import does happens twice, decorators that register things included. Instead the *code* of the functions that
changed is swapped inside the function objects that are already there, so that every alias (a decorator's, a
subclass's, `from m import f`) runs the new code. Statements that are new at module level (imports, constants, helper
functions) are run in the module's namespace. What cannot be brought in without running more than that is refused.
"""

from __future__ import annotations

import ast
import types
from typing import Any, Optional

from . import fresh
from .fresh import Place, Unsupported
from .locate import innermost, last_defined, resolve
from .module_diff import (
    COMPOUND,
    FUNCTIONS,
    Pair,
    Text,
    blocks,
    bound,
    called,
    first_line,
    head_shape,
    is_idle,
    paired,
    read,
    shape,
)
from .module_effects import PLAIN, changed_in_place
from .rebuild import is_rebuilding, to_be_made_again

__all__ = ["Unsupported", "install", "resolve"]


def install(module: types.ModuleType, before: str, after: str, qualname: str, path: str) -> None:
    """Make `module`, whose text is `before`, behave as if its text were `after`. `qualname` is recompiled in any case.

    Raises Unsupported, SyntaxError, and whatever new module-level statements raise.
    """
    new = Text(after, path)
    old = new if before == after else Text(before, path)
    compiler = fresh.Compiler(module, path, old.tree, new.tree)
    installer = _Installer(compiler, old, new, qualname)
    installer.block(old.tree.body, new.tree.body, Place(module))
    if installer.untaken:
        raise Unsupported("%s is changed in line %d, which does not run here" % (qualname, installer.untaken))
    if not installer.found_target:
        raise Unsupported("what runs as %s is not its definition in this file" % qualname)


class _Installer:
    def __init__(self, compiler: fresh.Compiler, before: Text, after: Text, qualname: str) -> None:
        self.compiler = compiler
        self.before = before
        self.after = after
        self.qualname = qualname
        self.found_target = False
        self.untaken = 0
        """The line of a changed definition of the target that stands in a branch which has not run."""
        self._depth = 0

    def block(self, old: list[ast.stmt], new: list[ast.stmt], place: Place) -> bool:
        """Bring what is in `place` from `old` to `new`. Whether more than the target has changed."""
        pairs = paired(self.before, old, self.after, new)
        remade = to_be_made_again(pairs, (self.before.tree, self.after.tree))
        if remade and place.is_class:
            raise Unsupported("what the body of class %s does changed" % place.owner.__name__)
        rebound: set[str] = set()
        """Names that stand for another object than before: what was made of them must be made again."""
        rewritten: set[str] = set()
        """Functions and classes that are what they were, but for their code: so must what was made by calling them."""
        for pair in pairs:
            if pair.new is None:
                self.remove(pair, new, place)
                continue
            stale = (read(pair.new) & rebound) | (called(pair.new) & rewritten) if pair.same else set()
            if stale or (pair.same and is_rebuilding(pair.new, remade)):
                self.again(pair.new, stale, place)
                rebound |= bound(pair.new)
            elif not pair.same or self.holds_target(pair.new, place):
                values = {name: place.value(name) for name in bound(pair.new) if place.has(name)}
                if self.bring(pair, place):
                    rewritten |= bound(pair.new)
                rebound |= {name for name, value in values.items() if place.value(name) is not value}
        return bool(rebound or rewritten) or any(not pair.same and pair.old is None for pair in pairs)

    def holds_target(self, statement: ast.stmt, place: Place) -> bool:
        if isinstance(statement, COMPOUND):
            return any(self.holds_target(inner, place) for block in blocks(statement) for inner in block)
        name = getattr(statement, "name", None)
        return name is not None and (self.qualname + ".").startswith(place.qualname(name) + ".")

    def bring(self, pair: Pair, place: Place) -> bool:
        """One statement that is new, that changed, or that the target is in. Whether it is to be called changed."""
        old, new = pair.old, pair.new
        assert new is not None
        if is_idle(new) and (old is None or is_idle(old)):
            return False
        if isinstance(new, FUNCTIONS) and isinstance(old, FUNCTIONS):
            return self.function(old, new, place)
        if isinstance(new, ast.ClassDef) and isinstance(old, ast.ClassDef):
            return self.class_(old, new, place)
        if isinstance(new, COMPOUND) and old is not None:
            return self.compound(old, new, place)
        self.compiler.run(new, place)
        self.found_target |= isinstance(new, FUNCTIONS) and place.qualname(new.name) == self.qualname
        return not pair.same

    def function(self, old: Any, new: Any, place: Place) -> bool:
        qualname = place.qualname(new.name)
        function = self.live(old, place)
        if function is None:
            if self._depth and qualname == self.qualname and shape(old) != shape(new):
                self.untaken = new.lineno
            return False  # another definition of that name is the one that counts; if this is the target, see `install`
        if list(map(shape, old.decorator_list)) != list(map(shape, new.decorator_list)):
            raise Unsupported("the decorators of %s changed" % qualname)
        self.compiler.swap(function, old, new, place)
        self.found_target |= qualname == self.qualname
        return qualname != self.qualname

    def live(self, definition: Any, place: Place) -> Optional[types.FunctionType]:
        """The function that this very definition has become, told from others of its name by its line."""
        name, line = definition.name, first_line(definition)

        def is_it(function: types.FunctionType) -> bool:
            return function.__code__.co_firstlineno == line

        found = innermost(place.value(name), name, is_it)
        return found or last_defined(self.compiler.module, place.qualname(name), is_it)

    def class_(self, old: ast.ClassDef, new: ast.ClassDef, place: Place) -> bool:
        cls = place.value(new.name)
        if head_shape(old) != head_shape(new):
            raise Unsupported("the head of class %s changed" % place.qualname(new.name))
        if not isinstance(cls, type):
            raise Unsupported("class %s is not found at run time" % place.qualname(new.name))
        return self.block(old.body, new.body, place.inside(new.name, cls))

    def compound(self, old: Any, new: Any, place: Place) -> bool:
        """`if`, `try` and `with` around definitions. Which of their blocks have run is not known of all."""
        changed = False
        for number, now in enumerate(blocks(new)):
            was = blocks(old)[number]
            if isinstance(new, ast.If) and bool(self.compiler.value(new.test, place)) != (number == 0):
                # The branch that was not taken.
                changes = [pair.new for pair in _changed(self.before, was, self.after, now)]
                holding = [each for each in changes if each is not None and self.holds_target(each, place)]
                self.untaken = holding[0].lineno if holding else self.untaken
                continue
            more = any(not isinstance(pair.old, FUNCTIONS) for pair in _changed(self.before, was, self.after, now))
            if more and not isinstance(new, ast.If) and not self.has_run(new, was, place):
                raise Unsupported("the `%s` of line %d changed" % (_keyword(new), new.lineno))
            self._depth += 1
            changed |= self.block(was, now, place)
            self._depth -= 1
        return changed

    def has_run(self, statement: Any, block: list[ast.stmt], place: Place) -> bool:
        """Whether a block of a `try` is known to have run: a function that it defines is there."""
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            return False  # a new statement would run outside of what it manages
        return any(isinstance(inner, FUNCTIONS) and self.live(inner, place) is not None for inner in block)

    def again(self, statement: ast.stmt, names: set[str], place: Place) -> None:
        """A statement that reads what changed, though it reads the same itself."""
        known = isinstance(statement, (ast.Assign, ast.AnnAssign)) or changed_in_place(statement) is not None
        if known and not place.is_class:
            self.compiler.run(statement, place)
        elif not is_idle(statement):
            what = "line %d" % statement.lineno
            if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                what = place.qualname(statement.name)
            raise Unsupported("%s is made with %s, which changed" % (what, ", ".join(sorted(names))))

    def remove(self, pair: Pair, new: list[ast.stmt], place: Place) -> None:
        """A statement that is gone: so are the names that it alone bound."""
        assert pair.old is not None
        if is_idle(pair.old):
            return
        if not isinstance(pair.old, (*FUNCTIONS, ast.ClassDef, *PLAIN, ast.Import, ast.ImportFrom)):
            raise Unsupported("what line %d did when the module was imported is gone" % pair.old.lineno)
        for name in bound(pair.old).difference(*map(bound, new)):
            self.compiler.remove(name, place)


def _changed(before: Text, old: list[ast.stmt], after: Text, new: list[ast.stmt]) -> list[Pair]:
    return [pair for pair in paired(before, old, after, new) if not pair.same]


def _keyword(statement: ast.stmt) -> str:
    return type(statement).__name__.replace("Star", "").replace("Async", "async ").lower()

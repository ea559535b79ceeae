"""What every rule asks of a function, computed once."""

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

import libcst as cst

from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.tree import children, meaning, walk
from speedproof.suggest.syntax.types import Types


@dataclass(frozen=True)
class View:
    """What is computed once for a function and asked by every rule."""

    function: cst.FunctionDef

    @cached_property
    def nodes(self) -> tuple[cst.CSTNode, ...]:
        return tuple(walk(self.function.body, into_functions=False))

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return {child: node for node in walk(self.function) for child in children(node)}

    @cached_property
    def tree(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        module = meaning(self.function)
        assert isinstance(module, ast.Module)
        function = module.body[0]
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        return function

    @cached_property
    def types(self) -> Types:
        return Types(self.tree)

    @cached_property
    def n_stores(self) -> Counter[str]:
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        return Counter(node.id for node in found if not isinstance(node.ctx, ast.Load))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        arguments = self.tree.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
        return tuple(argument.arg for argument in every)

    @cached_property
    def locals(self) -> frozenset[str]:
        inner = {
            name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for name in (a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg))
        }
        stored = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        body = names.writes(ast.Module(self.tree.body, []))
        return frozenset({*self.parameters, *inner, *stored, *body} - self._declared(ast.Global))

    @cached_property
    def shared(self) -> frozenset[str]:
        nested = [n for n in self.nodes if isinstance(n, cst.FunctionDef | cst.ClassDef | cst.Lambda)]
        return frozenset(
            {*self._declared(ast.Global), *self._declared(ast.Nonlocal)}.union(*map(names.mentions, nested))
        )

    def _declared(self, kind: type[ast.Global] | type[ast.Nonlocal]) -> frozenset[str]:
        return frozenset(name for node in ast.walk(self.tree) if isinstance(node, kind) for name in node.names)


@lru_cache(maxsize=32)
def view_of(function: cst.FunctionDef) -> View:
    return View(function)

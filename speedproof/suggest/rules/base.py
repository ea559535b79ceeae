"""What a rule is, and what it may ask about the function that it rewrites."""

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from typing import Any, TypeVar

import libcst as cst

from speedproof.suggest.rules.view import view_of
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.module import Additions, ModuleFacts
from speedproof.suggest.syntax.tree import Statement, is_kind, lines, meaning, replace, with_lines
from speedproof.suggest.syntax.types import Type, Types

Node = TypeVar("Node", bound=cst.CSTNode)
Loop = cst.For | cst.While
Comprehension = cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp

MAX_APPLICATIONS = 30
"""A rule is applied to its own result until it no longer matches, but never more often than this."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rewrite with a name. `id` is in kebab-case, with the variant after a slash where a rule has several."""

    id: str
    rewrite: "Callable[[Context], cst.FunctionDef | None]"
    """The function with the first match rewritten, or None where nothing matches."""


def apply(
    rule: Rule, function: cst.FunctionDef, module: ModuleFacts, additions: Additions
) -> tuple[cst.FunctionDef, Additions] | None:
    """`function` with all matches of the rule rewritten, or None if none match.

    `additions` is what earlier rewrites add to the module; the result has this rule's as well.
    """
    result = None
    for _ in range(MAX_APPLICATIONS):
        rewritten = _applied_once(rule, Context(function, module, additions))
        if rewritten is None:
            break
        result = function, additions = rewritten
    return result


def _applied_once(rule: Rule, context: "Context") -> tuple[cst.FunctionDef, Additions] | None:
    """The function with the first match in it rewritten, or in one of the functions nested in it."""
    rewritten = rule.rewrite(context)
    if rewritten is not None:
        return rewritten, context.additions
    for nested in context.find(cst.FunctionDef):
        inner = Context(nested, context.module, context.additions, context.outer | context.locals)
        found = _applied_once(rule, inner)
        if found is not None:
            return context.replaced(nested, found[0]), found[1]
    return None


class Context:
    """One function as a rule sees it: its nodes, names and types, and the module around it."""

    def __init__(
        self,
        function: cst.FunctionDef,
        module: ModuleFacts,
        additions: Additions,
        outer: frozenset[str] = frozenset(),
    ) -> None:
        self.function = function
        self.module = module
        self.outer = outer
        """The names in the functions that this one is nested in."""
        self.additions = additions
        """What the module is to get around the function, by this and earlier rewrites."""

    # --- Where things are ---

    def find(self, *kinds: type[Node]) -> Iterator[Node]:
        """The nodes of these types in the function's body, outermost first, nested functions not entered."""
        return (node for node in self._nodes if is_kind(node, *kinds))  # type: ignore[misc]

    def loops(self) -> Iterator[Loop]:
        return (node for node in self._nodes if is_kind(node, Loop))  # type: ignore[misc]

    def comprehensions(self) -> Iterator[Comprehension]:
        return (node for node in self._nodes if is_kind(node, Comprehension))  # type: ignore[misc]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What `node` lies in, innermost first, up to the function."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def loop_around(self, node: cst.CSTNode) -> Loop | None:
        """The innermost loop statement that runs `node` again and again; its iterable runs once and is outside."""
        inside = node
        for above in self.ancestors(node):
            if isinstance(above, cst.While) or (isinstance(above, cst.For) and inside is not above.iter):
                return above if inside is not above.orelse else self.loop_around(above)
            inside = above
        return None

    def loops_around(self, node: cst.CSTNode) -> Iterator[Loop]:
        """The loops that repeat `node`, innermost first."""
        loop = self.loop_around(node)
        while loop is not None:
            yield loop
            loop = self.loop_around(loop)

    def statement_of(self, node: cst.CSTNode) -> Statement:
        """The innermost whole statement of a block that `node` is part of."""
        inside = node
        for above in self.ancestors(node):
            if isinstance(above, cst.IndentedBlock):
                break
            inside = above
        assert isinstance(inside, Statement)
        return inside

    def blocks(self) -> Iterator[tuple[cst.IndentedBlock, tuple[Statement, ...]]]:
        """Every indented block of the function with its statements, outermost first, nested functions excluded."""
        for block in self.find(cst.IndentedBlock):
            yield block, lines(block)

    def siblings(self, statement: cst.CSTNode) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        """The statements before and after one in its own block."""
        block = self.parent(statement)
        assert isinstance(block, cst.IndentedBlock)
        around = lines(block)
        at = next(i for i, other in enumerate(around) if other is statement)
        return around[:at], around[at + 1 :]

    # --- What they mean ---

    def type_of(self, node: cst.CSTNode) -> Type | None:
        return self._types.of(meaning(node))

    def type_of_ast(self, node: ast.AST) -> Type | None:
        return self._types.of(node)

    def n_stores(self, name: str) -> int:
        """How often the function binds or deletes a name, its parameters aside."""
        return view_of(self.function).n_stores[name]

    def is_a(self, node: cst.CSTNode, *type_names: str) -> bool:
        kind = self.type_of(node)
        return kind is not None and kind.name in type_names

    def possible_types(self, name: str) -> frozenset[Type | None]:
        """The types of all that is ever bound to a local name, None among them where one is not known."""
        return self._types.possible(name)

    def type_of_name(self, name: str) -> Type | None:
        return self._types.of(ast.Name(name, ast.Load()))

    @property
    def tree(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The function as the standard library's ast."""
        return view_of(self.function).tree

    @property
    def parameters(self) -> tuple[str, ...]:
        return view_of(self.function).parameters

    @property
    def locals(self) -> frozenset[str]:
        """The names bound in the function: parameters, assigned names, nested functions; in nested ones too."""
        return view_of(self.function).locals

    @property
    def shared(self) -> frozenset[str]:
        """Names that code outside this function's own statements may rebind or look at between two statements."""
        return view_of(self.function).shared

    def is_builtin(self, name: str) -> bool:
        """Whether `name` means Python's built-in here."""
        hidden = self.locals | self.outer | self.module.hidden_builtins
        return hasattr(builtins, name) and name not in hidden

    def is_local(self, name: str) -> bool:
        """Whether `name` is a variable of this function that no nested function or other scope shares."""
        return name in self.locals and name not in self.shared

    def builtins(self, *wanted: str) -> bool:
        return all(map(self.is_builtin, wanted))

    # --- What a rewrite adds ---

    def fresh(self, stem: str, *, for_module: bool = False) -> str:
        """A name that means nothing yet here, or nowhere in the module: `stem`, `stem_2`, …"""
        added = {name for name, _ in self.additions.definitions}
        around = self.module.identifiers if for_module else self.module.bindings.keys()
        taken = around | names.mentions(self.tree) | self.locals | self.outer | added
        candidates = (stem if n == 1 else f"{stem}_{n}" for n in range(1, len(taken) + 3))
        return next(name for name in candidates if name not in taken and not hasattr(builtins, name))

    def imported(self, module: str, name: str | None = None) -> str | None:
        """The expression that means `name` of `module` here, an import added if need be; None if names clash."""
        for existing in self.spellings(module, name):
            return existing
        wanted = name or module
        if (module, name) in self.additions.imports:
            return wanted
        if wanted in self.locals | self.outer or wanted in self.module.bindings:
            if name is None:
                return None
            whole = self.imported(module)
            return f"{whole}.{name}" if whole else None
        self.additions = replace_fields(self.additions, imports=(*self.additions.imports, (module, name)))
        return wanted

    def spellings(self, module: str, name: str | None = None) -> list[str]:
        """The expressions that already mean `name` of `module` here, or `module` itself."""
        bound = self.locals | self.outer
        return [spelled for spelled in self.module.spellings(module, name) if spelled.partition(".")[0] not in bound]

    def constant(self, stem: str, value: str) -> str:
        """The name of a module-level constant with this value; one that is there already is used again."""
        for name in self.module.bindings:
            known = self.module.constant(name)
            if known is not None and name not in self.locals | self.outer and ast.unparse(known) == value:
                return name
        return self.definition(stem, f"{{name}} = {value}")

    def definition(self, stem: str, text: str) -> str:
        """The name of what the module-level statement `text` defines as `{name}`; each text is only added once."""
        for name, definition in self.additions.definitions:
            if definition == text.replace("{name}", name):
                return name
        name = self.fresh(stem, for_module=True)
        definitions = (*self.additions.definitions, (name, text.replace("{name}", name)))
        self.additions = replace_fields(self.additions, definitions=definitions)
        return name

    # --- Small changes ---

    def replaced(self, old: cst.CSTNode, new: object) -> cst.FunctionDef:
        """The function with `old` replaced by a node, by several statements, or (None) by nothing."""
        return replace(self.function, {old: new})

    def replaced_all(self, changes: Mapping[Any, object]) -> cst.FunctionDef:
        return replace(self.function, changes)

    def with_block(self, block: cst.IndentedBlock, statements: Sequence[Statement]) -> cst.FunctionDef:
        """The function with other statements in one of its blocks."""
        return replace(self.function, {block: with_lines(block, statements)})

    def preceded(self, statement: Statement, added: Sequence[Statement], now: Statement) -> cst.FunctionDef:
        """The function with statements put before one of its own, which becomes `now`; its comments stay on top."""
        first = added[0].with_changes(leading_lines=statement.leading_lines)
        return self.replaced(statement, [first, *added[1:], now.with_changes(leading_lines=())])

    # --- Inside ---

    @property
    def _nodes(self) -> tuple[cst.CSTNode, ...]:
        return view_of(self.function).nodes

    @property
    def _parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return view_of(self.function).parents

    @property
    def _types(self) -> Types:
        return view_of(self.function).types

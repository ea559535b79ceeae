"""Candidates for a target that need no model: one for every rule and every Ruff fix that matches."""

import ast
from collections.abc import Iterator, Sequence

from speedproof.core.target import Candidate, Target
from speedproof.suggest import ruff
from speedproof.suggest.rules.base import Rule, apply
from speedproof.suggest.rules.catalogue import BY_ID, RULES
from speedproof.suggest.syntax.module import ModuleFacts
from speedproof.suggest.syntax.source import FunctionSource, put_back

RUFF_PREFIX = "ruff:"


def propose(target: Target, *, rules_off: Sequence[str] = ()) -> list[Candidate]:
    """One candidate per rule and per Ruff code that matches, ours first; never two with the same text.

    `rules_off` names rule ids (all variants of them), `ruff:CODE`s, or `ruff` for all of Ruff. Whatever does not
    parse has no candidates.
    """
    found: dict[str, Candidate] = {}
    for part, rewritten in _rewrites(target, frozenset(rules_off)):
        if rewritten.text != target.text:
            found.setdefault(rewritten.text, Candidate(rewritten.text, _origin([part]), (part,)))
    return list(found.values())


def compose(target: Target, parts: Sequence[str]) -> Candidate | None:
    """The parts applied in this order, each to the result of the one before.

    Those that no longer match are left out; None if none is left. A part is a rule's id or `ruff:CODE`.
    """
    applied: list[str] = []
    current = target
    for part in parts:
        rewritten = _applied(current, part)
        if rewritten is not None and rewritten.text != current.text:
            current = rewritten
            applied.append(part)
    if not applied or current.text == target.text:
        return None
    return Candidate(current.text, _origin(applied), tuple(applied))


def _rewrites(target: Target, off: frozenset[str]) -> Iterator[tuple[str, Target]]:
    source, module = FunctionSource.of(target), ModuleFacts.of(target.text)
    if source is None or module is None:
        return
    for rule in RULES:
        if not off & {rule.id, rule.id.partition("/")[0]}:
            rewritten = _by_rule(target, rule, source, module)
            if rewritten is not None:
                yield rule.id, rewritten
    if "ruff" not in off:
        for code, fixed in ruff.fixes(target).items():
            if f"{RUFF_PREFIX}{code}" not in off and _is_sound(target, fixed):
                yield f"{RUFF_PREFIX}{code}", fixed


def _applied(target: Target, part: str) -> Target | None:
    if part.startswith(RUFF_PREFIX):
        fixed = ruff.fixes(target).get(part.removeprefix(RUFF_PREFIX))
        return fixed if fixed is not None and _is_sound(target, fixed) else None
    source, module = FunctionSource.of(target), ModuleFacts.of(target.text)
    rule = BY_ID.get(part)
    if rule is None or source is None or module is None:
        return None
    return _by_rule(target, rule, source, module)


def _by_rule(target: Target, rule: Rule, source: FunctionSource, module: ModuleFacts) -> Target | None:
    result = apply(rule, source.function, module)
    if result is None:
        return None
    rewritten = put_back(target, source, *result)
    return rewritten if _is_sound(target, rewritten) else None


def _is_sound(before: Target, after: Target) -> bool:
    """Whether the result parses and is the same definition with another body: a last check on every source."""
    module = ModuleFacts.of(after.text)
    try:
        old, new = (_head(target) for target in (before, after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return module is not None and old == new


def _head(target: Target) -> tuple[str, ...]:
    """Everything about the definition but its body, and its docstring."""
    function = _definition(target)
    parts = [function.args, *([function.returns] if function.returns else []), *function.decorator_list]
    return (
        type(function).__name__, function.name, ast.get_docstring(function, clean=False) or "", *map(ast.dump, parts)
    )  # fmt: skip


def _definition(target: Target) -> ast.FunctionDef | ast.AsyncFunctionDef:
    start = target.text.rfind("\n", 0, target.span.start) + 1
    indent = target.text[start : target.span.start].lstrip("\ufeff")
    indented = bool(indent.strip("\f"))
    tree = ast.parse(f"if 1:\n{indent}{target.source}\n" if indented else target.source)
    body = tree.body[0].body if indented and isinstance(tree.body[0], ast.If) else tree.body
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef):
        raise ValueError("not one function")
    return body[0]


def _origin(parts: Sequence[str]) -> str:
    return "ruff" if all(part.startswith(RUFF_PREFIX) for part in parts) else "rule"

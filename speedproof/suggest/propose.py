"""Candidates for a target that need no model: one for every rule and every Ruff fix that matches."""

import ast
import logging
from collections.abc import Sequence

from speedproof.core.target import Candidate, Target
from speedproof.suggest import ruff
from speedproof.suggest.rules.base import Rule, apply
from speedproof.suggest.rules.catalogue import BY_ID, RULES
from speedproof.suggest.syntax.module import ModuleFacts
from speedproof.suggest.syntax.source import FunctionSource, put_back

_log = logging.getLogger(__name__)

RUFF_PREFIX = "ruff:"


def propose(target: Target, *, rules_off: Sequence[str] = ()) -> list[Candidate]:
    """One candidate per rule and per Ruff code that matches, ours first; never two with the same text.

    Where one rule's result is what another rule looks for, their chain is a candidate as well, and so are all rules
    together. `rules_off` names rule ids (all variants of them), `ruff:CODE`s, or `ruff` for all of Ruff. Whatever does
    not parse has no candidates.
    """
    rules = [rule for rule in RULES if not {rule.id, _base(rule.id)} & set(rules_off)]
    found: dict[str, Candidate] = {}

    def keep(parts: Sequence[str], rewritten: Target) -> None:
        if rewritten.text != target.text:
            found.setdefault(rewritten.text, Candidate(rewritten.text, _origin(parts), tuple(parts)))

    singles = {rule: rewritten for rule in rules if (rewritten := _by_rule(target, rule)) is not None}
    for rule, rewritten in singles.items():
        keep([rule.id], rewritten)
    if "ruff" not in rules_off:
        for code, fixed in ruff.fixes(target).items():
            if f"{RUFF_PREFIX}{code}" not in rules_off and _is_sound(target, fixed):
                keep([f"{RUFF_PREFIX}{code}"], fixed)
    others = [rule for rule in rules if rule not in singles]
    for rule, rewritten in singles.items():
        keep(*_chain([rule.id], rewritten, others))
    if len(singles) > 1:
        keep(*_chain([], target, [rule for rule in rules if "/" not in rule.id]))
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


def _chain(parts: list[str], target: Target, rules: Sequence[Rule]) -> tuple[list[str], Target]:
    """The target with every rule applied that matches, again while the result of one makes another match."""
    parts = list(parts)
    left = list(rules)
    while left:
        applied = next(((rule, new) for rule in left if (new := _by_rule(target, rule)) is not None), None)
        if applied is None:
            break
        rule, target = applied
        parts.append(rule.id)
        left.remove(rule)
    return parts, target


def _applied(target: Target, part: str) -> Target | None:
    if part.startswith(RUFF_PREFIX):
        fixed = ruff.fixes(target).get(part.removeprefix(RUFF_PREFIX))
        return fixed if fixed is not None and _is_sound(target, fixed) else None
    rule = BY_ID.get(part)
    return _by_rule(target, rule) if rule else None


def _by_rule(target: Target, rule: Rule) -> Target | None:
    source, module = FunctionSource.of(target), ModuleFacts.of(target.text)
    if source is None or module is None:
        return None
    try:
        result = apply(rule, source.function, module)
        rewritten = put_back(target, source, *result) if result else None
    except Exception:
        # A fault in a rule costs that rule's candidate, never the others or the editor's session.
        _log.exception("rule %s failed on %s", rule.id, target.qualname)
        return None
    if rewritten is None:
        return None
    return rewritten if _is_sound(target, rewritten) else None


def _base(rule_id: str) -> str:
    """The id without the variant."""
    return rule_id.partition("/")[0]


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

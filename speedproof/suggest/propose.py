"""Candidates for a target that need no model: one for every rule and every Ruff fix that matches."""

import ast
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

from speedproof.core.target import Candidate, Target
from speedproof.suggest import ruff
from speedproof.suggest.rules.base import Rule, apply
from speedproof.suggest.rules.catalogue import BY_ID, RULES
from speedproof.suggest.syntax.module import Additions, ModuleFacts
from speedproof.suggest.syntax.source import FunctionSource, put_back

_log = logging.getLogger(__name__)

RUFF_PREFIX = "ruff:"


def propose(target: Target, *, rules_off: Sequence[str] = (), python: str = "") -> list[Candidate]:
    """One candidate per rule and per Ruff code that matches, ours first; never two with the same text.

    Where one rule's result is what another rule looks for, their chain is a candidate as well, and so are all rules
    together. `rules_off` names rule ids (all variants of them), `ruff:CODE`s, or `ruff` for all of Ruff. `python` is
    the version that the project runs, `py311`, where it is known. Whatever does not parse has no candidates.
    """
    rules = [rule for rule in RULES if not {rule.id, _base(rule.id)} & set(rules_off)]
    found: dict[str, Candidate] = {}

    def keep(parts: Sequence[str], rewritten: Target | None) -> None:
        if rewritten is not None and rewritten.text != target.text:
            found.setdefault(rewritten.text, Candidate(rewritten.text, _origin(parts), tuple(parts)))

    start = _Draft.of(target)
    if start is None:
        return []
    singles = {rule: draft for rule in rules if (draft := start.with_rule(rule)) is not None}
    for draft in singles.values():
        keep(draft.parts, draft.target())
    if "ruff" not in rules_off:
        for code, fixed in ruff.fixes(target, python=python).items():
            if f"{RUFF_PREFIX}{code}" not in rules_off and _is_sound(target, fixed):
                keep([f"{RUFF_PREFIX}{code}"], fixed)
    others = [rule for rule in rules if rule not in singles]
    chains = [_chain(draft, others) for draft in singles.values()]
    if len(singles) > 1:
        chains.append(_chain(start, [rule for rule in rules if "/" not in rule.id]))
    for draft in chains:
        keep(draft.parts, draft.target())
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


@dataclass(frozen=True)
class _Draft:
    """A target on its way through several rules: its module is read once, and written once at the end."""

    start: Target
    source: FunctionSource
    module: ModuleFacts
    function: cst.FunctionDef
    additions: Additions
    parts: tuple[str, ...]

    @staticmethod
    def of(target: Target) -> "_Draft | None":
        """None where the target or its module does not parse."""
        # The module first: what is nested too deeply for Python's own parser takes libcst's many seconds.
        module = ModuleFacts.of(target.text)
        source = FunctionSource.of(target) if module is not None else None
        if source is None or module is None:
            return None
        return _Draft(target, source, module, source.function, Additions(), ())

    def with_rule(self, rule: Rule) -> "_Draft | None":
        """None where the rule does not match."""
        try:
            result = apply(rule, self.function, self.module, self.additions)
        except Exception:
            # A fault in a rule costs that rule's candidate, never the others or the editor's session.
            _log.exception("rule %s failed on %s", rule.id, self.start.qualname)
            return None
        return result and replace(self, function=result[0], additions=result[1], parts=(*self.parts, rule.id))

    def target(self) -> Target | None:
        """The target as it has become; None where that is not sound."""
        rewritten = put_back(self.start, self.source, self.function, self.additions)
        return rewritten if _is_sound(self.start, rewritten, whole=bool(self.additions)) else None


def _chain(draft: _Draft, rules: Sequence[Rule]) -> _Draft:
    """The draft with every rule applied that matches, again while the result of one makes another match."""
    left = list(rules)
    while True:
        applied = next(((rule, new) for rule in left if (new := draft.with_rule(rule)) is not None), None)
        if applied is None:
            return draft
        rule, draft = applied
        left.remove(rule)


def _applied(target: Target, part: str) -> Target | None:
    if part.startswith(RUFF_PREFIX):
        fixed = ruff.fixes(target).get(part.removeprefix(RUFF_PREFIX))
        return fixed if fixed is not None and _is_sound(target, fixed) else None
    rule, draft = BY_ID.get(part), _Draft.of(target)
    rewritten = draft.with_rule(rule) if rule and draft else None
    return rewritten.target() if rewritten else None


def _base(rule_id: str) -> str:
    """The id without the variant."""
    return rule_id.partition("/")[0]


def _is_sound(before: Target, after: Target, *, whole: bool = True) -> bool:
    """Whether the result parses and is the same definition with another body: a last check on every source.

    Not `whole` where nothing around the function has changed.
    """
    try:
        if whole:
            ast.parse(after.text.removeprefix("\ufeff"))
        return _head(before) == _head(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


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

"""Every example in every rule's docstring: the rewrite is as shown, settled, and behaves as the original."""

import copy
import functools
import importlib
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from rule_examples import target_in

from speedproof.suggest.propose import compose
from speedproof.suggest.rules.catalogue import RULES
from speedproof.suggest.rules.examples import Example, examples_of

MODULES = {rule.id.partition("/")[0]: importlib.import_module(rule.rewrite.__module__) for rule in RULES}


def _cases() -> list[Any]:
    cases = []
    for rule in RULES:
        name, _, variant = rule.id.partition("/")
        for number, example in enumerate(examples_of(MODULES[name]), start=1):
            stays = None in example.after.values()
            expected = example.after.get(variant, example.after.get("", "absent") if stays else "absent")
            if expected != "absent":
                cases.append(pytest.param(rule.id, example, expected, id=f"{rule.id}-{number}"))
    return cases


@pytest.mark.parametrize(("rule_id", "example", "expected"), _cases())
def test_example(rule_id: str, example: Example, expected: str | None) -> None:
    candidate = compose(target_in(example.before), [rule_id])
    if expected is None:
        assert candidate is None, f"must stay as it is ({example.why}), but became\n{candidate.text}"
        return
    assert candidate is not None, "does not match"
    assert candidate.text == expected
    assert candidate.parts == (rule_id,)
    again = compose(target_in(candidate.text, target_in(example.before).qualname), [rule_id])
    assert again is None, f"matches its own result:\n{again.text}"
    assert example.calls, "an example needs calls to compare on"
    for call in example.calls:
        assert outcome(example.before, call) == outcome(expected, call), call


@pytest.mark.parametrize("name", MODULES)
def test_rule_is_documented(name: str) -> None:
    module = MODULES[name]
    text = module.__doc__ or ""
    assert module.__name__.rpartition(".")[2] == name.replace("-", "_")
    assert "\nWhy: " in text
    assert "\nRequires: " in text
    examples = examples_of(module)
    assert any(example.calls for example in examples)
    assert any(None in example.after.values() for example in examples)
    assert f"\n| `{name}` | " in (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def outcome(text: str, call: str) -> list[object]:
    """All that can be seen of a call, or of several made one after another: `(args,)` or `[(args,), (args,)]`."""
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(compile(text, "<example>", "exec"), namespace)
    outer, *inner = target_in(text).qualname.split(".")
    function = functools.reduce(getattr, inner, namespace[outer])
    evaluated = eval(call, dict(namespace))
    seen: list[object] = []
    for arguments in evaluated if isinstance(evaluated, list) else [evaluated]:
        printed = io.StringIO()
        with redirect_stdout(printed):
            try:
                result = function(*arguments)
                seen.append(("returned", plain(result)))
            except Exception as error:
                seen.append(("raised", type(error).__name__, plain(error.args)))
        seen += [plain(arguments), printed.getvalue()]
    return seen


def plain(value: object) -> object:
    """Something that is equal only for values of the same types with the same contents in the same order."""
    if isinstance(value, dict):
        return type(value).__name__, [(plain(k), plain(v)) for k, v in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return type(value).__name__, sorted(map(repr, value))
    if type(value).__module__.partition(".")[0] == "pandas":
        return type(value).__name__, repr(value), str(getattr(value, "dtypes", ""))
    if hasattr(value, "__next__"):
        drained: list[object] = []
        try:
            drained.extend(map(plain, value))  # type: ignore[call-overload]
        except Exception as error:
            drained.append((type(error).__name__, plain(error.args)))
        return "iterator", drained
    if hasattr(value, "__dict__") and not callable(value):
        return type(value).__name__, plain(copy.copy(vars(value)))
    return type(value).__name__, repr(value)

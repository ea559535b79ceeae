"""Calls that an original takes and a candidate does not, as far as their parameters alone say. Pure functions."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MANY = 100
"""More positional arguments than any signature names."""
_POSITION = inspect.Parameter.POSITIONAL_ONLY
_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Lost:
    """A call, in words, that the original takes and the candidate does not, or takes for another."""

    call: str
    names: tuple[str, ...] = ()
    """The parameters that are called otherwise now, where that is all: then only who names them loses something."""


def lost_call(before: str, after: str, qualname: str) -> Lost | None:
    """What the function takes in `before` and no longer in `after`; None where there is nothing.

    Tests call with few of the spellings that a signature allows. A parameter that was renamed, made positional-only,
    or made required breaks callers that no recorded call stands for. Raises SyntaxError.
    """
    old, new = _defined(before, qualname), _defined(after, qualname)
    if old is None or new is None:
        return None
    bound = int("." in qualname and not _is_static(old))
    ours, theirs = _signature(old.args, bound), _signature(new.args, bound)
    name = qualname.rpartition(".")[2]
    renamed = _renamed(ours, theirs)
    if renamed and _first_lost(ours, _with_names_of(ours, theirs)) is None:
        return Lost(f"{name}({renamed[0]}=…)", renamed)
    lost = _first_lost(ours, theirs)
    if lost is None:
        return None
    n, names = lost
    words = ["…"] * n if n < MANY else ["*…"]
    return Lost(f"{name}({', '.join([*words, *(f'{each}=…' for each in names)])})")


def _first_lost(ours: inspect.Signature, theirs: inspect.Signature) -> tuple[int, tuple[str, ...]] | None:
    return next((call for call in _calls(ours) if not _takes(theirs, *call)), None)


def _renamed(ours: inspect.Signature, theirs: inspect.Signature) -> tuple[str, ...]:
    """The parameters, given by place or by name, whose place another name has now."""
    pairs = zip(ours.parameters.values(), theirs.parameters.values(), strict=False)
    return tuple(one.name for one, other in pairs if one.kind is other.kind is _EITHER and one.name != other.name)


def _with_names_of(ours: inspect.Signature, theirs: inspect.Signature) -> inspect.Signature:
    """`theirs` with the names that `ours` has for the same places."""
    renamed = set(_renamed(ours, theirs))
    made = []
    for place, (name, parameter) in enumerate(theirs.parameters.items()):
        known = list(ours.parameters)[place] if place < len(ours.parameters) else None
        if known in renamed:
            parameter = parameter.replace(name=known)
        elif name in renamed:  # taken by another place
            parameter = parameter.replace(name=f"_{place}")
        made.append(parameter)
    return inspect.Signature(made)


def _calls(signature: inspect.Signature) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Calls that it takes, as numbers of positional arguments and names of others, among them one of each lost kind.

    For each number of positional arguments: what must be given besides, and that with any one further name. If another
    signature takes all of these, it takes all calls: what it may refuse is a number, a name, or that one is missing.
    """
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    names = [each.name for each in signature.parameters.values() if each.kind in (_EITHER, _KEYWORD)]
    if inspect.Parameter.VAR_KEYWORD in kinds:
        names.append("any_name")
    numbers = [*range(sum(kind in (_POSITION, _EITHER) for kind in kinds) + 1)]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        numbers.append(MANY)
    for n in numbers:
        given = list(signature.parameters.values())[:n]
        needed = [
            each.name for each in signature.parameters.values() if each.default is each.empty and each not in given
        ]
        fewest = tuple(name for name in names if name in needed)
        for more in [(), *((name,) for name in names if name not in fewest)]:
            if _takes(signature, n, (*fewest, *more)):
                yield n, (*fewest, *more)


def _takes(signature: inspect.Signature, n: int, names: tuple[str, ...]) -> bool:
    try:
        signature.bind(*range(n), **dict.fromkeys(names))
    except TypeError:
        return False
    return True


def _signature(arguments: ast.arguments, bound: int) -> inspect.Signature:
    """Without the first `bound` parameters, which a method has been given already."""
    names = [
        *((each.arg, _POSITION) for each in arguments.posonlyargs),
        *((each.arg, _EITHER) for each in arguments.args),
    ]
    n_required = len(names) - len(arguments.defaults)
    made = [_parameter(name, kind, place >= n_required) for place, (name, kind) in enumerate(names)][bound:]
    if arguments.vararg:
        made.append(_parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL, False))
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    made += [_parameter(each.arg, _KEYWORD, default is not None) for each, default in pairs]
    if arguments.kwarg:
        made.append(_parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD, False))
    return inspect.Signature(made)


def _parameter(name: str, kind: Any, has_default: bool) -> inspect.Parameter:
    return inspect.Parameter(name, kind, default=0 if has_default else inspect.Parameter.empty)


def _is_static(function: Function) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)


def _defined(text: str, qualname: str) -> Function | None:
    """The last definition of that name, as the module has it at run time."""
    found = [function for name, function in _functions(ast.parse(text).body, "") if name == qualname]
    return found[-1] if found else None


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for statement in body:
        if isinstance(statement, Function):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            handlers = [part.body for part in getattr(statement, "handlers", [])]
            for block in (statement.body, *handlers, getattr(statement, "orelse", [])):
                yield from _functions(block, prefix)

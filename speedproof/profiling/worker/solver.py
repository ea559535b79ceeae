"""CrossHair's search for a difference, where the project's interpreter has it: a proposal of inputs, no verdict.

It runs both sides on values that stand for many, and asks a solver for such on which they part. What it finds is tried
on both sides like any other input, so that an alarm of its own making tells nobody apart. Its ways with the interpreter
(it replaces built-in functions and types while it searches) are of this process alone, which is thrown away.
"""

from __future__ import annotations

import copy
import importlib.util
import inspect
import time
import types
from collections.abc import Callable
from typing import Any

PACKAGE = "crosshair"
MAX_PATHS = 200


def is_of_use(function: types.FunctionType) -> bool:
    """Whether the package is there, and the function says of each parameter of what type it is."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    annotated = set(function.__annotations__) - {"return"}
    lazy = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    if not names or not annotated.issuperset(names) or code.co_freevars or code.co_flags & lazy:
        return False
    try:
        return importlib.util.find_spec(PACKAGE) is not None
    except (ImportError, ValueError):
        return False


def search(
    original: Callable[..., Any], candidate: Callable[..., Any], keep: Callable[[Any, Any], object], seconds: float
) -> int:
    """Hand calls on which the two may part to `keep`, for about `seconds`. Gives on how many paths both were run.

    Raises what the package raises, whose parts below are not meant for others and may be others in time.
    """
    imported = importlib.import_module
    imported("crosshair.core_and_libs")  # with it the package knows the standard library
    core, compare = imported("crosshair.core"), imported("crosshair.behavior_compare")
    choices = imported("crosshair.options")
    options = choices.DEFAULT_OPTIONS.overlay(
        choices.AnalysisOptionSet(
            per_condition_timeout=seconds, per_path_timeout=seconds / 4, max_uninteresting_iterations=MAX_PATHS
        )
    )
    paths = [0]
    deadline = time.monotonic() + seconds

    def outcome(function: Any, args: Any) -> Any:
        value = None
        with core.ExceptionFilter() as caught:
            value = function(*args.args, **args.kwargs)
        return value, caught.user_exc and caught.user_exc[0]

    def both(args: Any) -> Any:
        other = copy.deepcopy(args)
        return outcome(original, args), outcome(candidate, other), other

    def done(space: Any, given: Any, args: Any, ran: Any, error: Any, stack: Any) -> bool:
        if ran is None:
            return time.monotonic() > deadline
        paths[0] += 1
        (one, error_of_one), (two, error_of_two), other = ran
        with core.ExceptionFilter():
            same = (
                type(error_of_one) is type(error_of_two)
                and compare.flexible_equal(one, two)
                and compare.flexible_equal(args.arguments, other.arguments)
            )
            space.detach_path()
            if not same:
                real = core.deep_realize(given)
                keep(real.args, real.kwargs)
        return time.monotonic() > deadline

    root = imported("crosshair.statespace").RootNode()
    core.explore_paths(both, inspect.signature(original), options, root, done)
    return paths[0]

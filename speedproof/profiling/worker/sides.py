"""The function that an order of the engine names, as one side or the other; and the inputs that are kept for it."""

from __future__ import annotations

import contextlib
import pickle
import sys
import types
from typing import Any

from . import domain, habits, inputs, missing, uses
from .install import Unsupported, install, resolve
from .lacks import CannotRun, told


def prefix(order: Any) -> str:
    return str(order["module"]) + ":"


def side(module: types.ModuleType, order: Any) -> types.FunctionType:
    """Put the side to be run into the module and return the function. Both sides take this one way in."""
    try:
        install(module, order["before"], order["after"], order["qualname"], order["path"])
    except Unsupported as error:
        raise CannotRun("the change cannot be put into the running module: %s" % error) from error
    except Exception as error:  # of what is new at the module's level
        raise CannotRun("the changed module cannot be run: %s" % told(error)) from error
    keys = uses.keys_of_calls(prefix(order) + str(order["qualname"]))
    uses.know_calls([blob for key in keys for _, blob in inputs.read(order["inputs"], key)])
    return function_of(module, order["qualname"])


def function_of(module: types.ModuleType, qualname: str) -> types.FunctionType:
    function = resolve(module, qualname)
    if function is None:
        raise CannotRun(missing.reason(module, qualname))
    return function


def copy_of(function: types.FunctionType) -> types.FunctionType:
    """What goes on to be what `function` is now."""
    made = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__, made.__annotations__ = function.__kwdefaults__, dict(function.__annotations__)
    return made


def owner_of(module: types.ModuleType, qualname: str) -> Any:
    owner: Any = module
    for part in qualname.split(".")[:-1]:
        owner = vars(owner)[part]
    return None if owner is module else owner


def loaded(blob: bytes) -> Any:
    return pickle.loads(blob)


def domain_of(order: Any, kept: Any) -> Any:
    """What made-up calls have to keep to, as a check, and in words what of it is no more than a habit of real calls.

    To be asked for before a side is put in: what the original's annotations say is the contract, for both sides.
    """
    keeps_to_hints = domain.checker(function_of(sys.modules[order["module"]], order["qualname"]))
    keeps_to_habits, words = habits.habits(real_calls(kept))
    return lambda args, kwargs: keeps_to_hints(args, kwargs) and keeps_to_habits(args, kwargs), words


def real_calls(kept: Any) -> list[Any]:
    """Those that can be made again; some cannot, outside of their test."""
    calls = []
    for header, blob in kept:
        if header["origin"] in inputs.FROM_USE:
            with contextlib.suppress(Exception):
                calls.append(loaded(blob))
    return calls

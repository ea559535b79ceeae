"""The function that an order of the engine names, as one side or the other; and the inputs that are kept for it."""

from __future__ import annotations

import pickle
import types
from typing import Any

from . import inputs, missing, uses
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

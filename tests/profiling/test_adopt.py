"""What is taken over from a candidate's process, and that it can do nothing but be a value."""

import collections
import decimal
import os
import pickle
from typing import Any

import pytest
from naming import shown
from values import Item, Name

from speedproof.profiling.worker.adopt import adoptable

TRUSTED = pickle.dumps(((Item("a", 1.0, []), Name("n"), getattr), {}))


def calling(function: Any, *arguments: Any) -> Any:
    class Made:
        def __reduce__(self) -> Any:
            return function, arguments

    return Made()


class Changed:
    """A pickle that sets an attribute of a class."""

    def __reduce__(self) -> Any:
        return _class_of_items, (), (None, {"price": 0})


def _class_of_items() -> type:
    return Item


def building(target: bytes, name: str, value: int) -> bytes:
    """Opcodes by hand: the class itself, then a state for it."""
    module, qualname = target.split()
    state = pickle.dumps((None, {name: value}), 2)[2:-1]
    return b"\x80\x02c" + module + b"\n" + qualname + b"\n" + state + b"b."


ADOPTED: list[Any] = [1, "a", [1.5, None], {"a": {1}}, Item("b", 2.0, [1]), Name("x"), collections.Counter("aab"),
    decimal.Decimal("1.0"), frozenset("ab"), bytearray(b"x"), range(3), 1j]  # fmt: skip


@pytest.mark.parametrize("value", ADOPTED, ids=shown)
def test_values_are_adopted(value: Any) -> None:
    call: Any = ((value,), {})
    assert adoptable([pickle.dumps(call)], [TRUSTED]) == [call]


REFUSED = {
    "a call of the system": pickle.dumps(calling(os.system, "true")),
    "code": pickle.dumps(calling(eval, "1")),
    "an attribute": pickle.dumps(calling(getattr, 1, "real")),
    "a function that no input names": pickle.dumps(calling(len, [])),
    "a class that no input names": pickle.dumps(collections.ChainMap()),
    "a change to a class": building(b"values Item", "price", 0),
    "a change by a function": pickle.dumps(Changed()),
    "garbage": b"garbage",
    "nothing": b"",
    "cut short": TRUSTED[:-3],
}


@pytest.mark.parametrize("blob", REFUSED.values(), ids=REFUSED)
def test_whatever_could_do_something_is_not(blob: bytes) -> None:
    assert adoptable([blob], [TRUSTED]) == []
    assert not hasattr(Item, "price")


def test_good_ones_beside_bad_ones_are_adopted() -> None:
    good = pickle.dumps(((1,), {}))
    assert adoptable([REFUSED["code"], good, b"x", good], [TRUSTED]) == [((1,), {})] * 2

"""A look at a value changes nothing that a second look would see."""

import functools
import operator
import types
from typing import Any

import pytest

from speedproof.profiling.worker.encode import encode


class Plain:
    pass


@pytest.mark.parametrize(
    "value",
    [
        functools.partial(zip, strict=True),
        functools.partialmethod(print),
        Plain(),
        types.SimpleNamespace(),
        Exception("a"),
        operator.itemgetter(1),
        property(len),
        functools.cached_property(len),
        [functools.partial(int)],
    ],
)
def test_twice_the_same(value: Any) -> None:
    assert encode(value).digest == encode(value).digest

"""How values read in a counterexample."""

from typing import Any

import pytest

from speedproof.profiling.worker.preview import preview


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Countdown:
    def __init__(self) -> None:
        self.left = 3

    def __next__(self) -> int:
        raise NotImplementedError


class Slotted:
    __slots__ = ("x",)


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Named:
    def __repr__(self) -> str:
        return "Named!"


def caused(error: BaseException, cause: BaseException | None) -> BaseException:
    error.__cause__ = cause
    return error


PLAIN = f"<{__name__}.Plain object"
CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, "a", None], "[1, 'a', None]"),
        ((1,), "(1,)"),
        ((), "()"),
        ({"a": [True]}, "{'a': [True]}"),
        (iter([1]), "<list_iterator>"),
        ([iter([1]), map(str, ())], "[<list_iterator>, <map>]"),
        (Countdown(), f"<{__name__}.Countdown object: left=3>"),
        (Plain(), f"{PLAIN}>"),
        (Plain(seen=3, inner=Plain(x=iter(()))), f"{PLAIN}: seen=3, inner={PLAIN}: x=<tuple_iterator>>>"),
        ([Plain(a=1)], f"[{PLAIN}: a=1>]"),
        (Slotted(), f"<{__name__}.Slotted object>"),
        ([Named(), {1}], "[Named!, {1}]"),
        (ValueError("a"), "ValueError('a')"),
        (caused(ValueError("a"), KeyError("b")), "ValueError('a') from KeyError('b')"),
        (caused(ValueError("a"), None), "ValueError('a') from None"),
        (CYCLE, "[[[[[...]]]]]"),
        (list(range(13)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"),
        (Silent(), "<Silent whose repr raises RuntimeError>"),
        ([Silent()], "<list whose repr raises RuntimeError>"),
    ],
)
def test_in_words(value: Any, expected: str) -> None:
    assert preview(value) == expected


def test_shortened_in_the_middle() -> None:
    assert preview("a" * 100 + "b" * 100, 40) == "'" + "a" * 25 + " … " + "b" * 9 + "'"
    assert len(preview(Plain(**{f"a{n}": "x" * 50 for n in range(50)}))) < 170
    assert preview(10**5000).startswith("1000")

"""When two observations are the same: unknown, missing and extra never are."""

from typing import Any

import pytest

from speedproof.profiling.compare import Difference, difference


def aspect(digest: str, *opaque: str) -> dict[str, Any]:
    return {"digest": digest, "text": digest.upper(), "opaque": list(opaque)}


def returning(**aspects: Any) -> dict[str, Any]:
    return {"outcome": "return", "aspects": {"result": aspect("r"), "arguments": aspect("a"), **aspects}}


RAISING = {"outcome": "raise", "aspects": {"exception": aspect("e"), "arguments": aspect("a")}}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], Difference | None]] = [
    ("the same", returning(), returning(), None),
    ("another result", returning(), returning(result=aspect("x")), Difference("result", "R", "X")),
    ("arguments changed", returning(), returning(arguments=aspect("b")), Difference("arguments", "A", "B")),
    ("raises instead", returning(), RAISING, Difference("outcome", "returns R", "raises E")),
    (
        "a global changed",
        returning(),
        returning(**{"module state: cache": aspect("c")}),
        Difference("module state: cache", "unchanged", "C"),
    ),
    (
        "an effect is missing",
        returning(output=aspect("o")),
        returning(),
        Difference("output", "O", "unchanged"),
    ),
    (
        "opaque and different",
        returning(result=aspect("r", "socket")),
        returning(result=aspect("s", "socket")),
        Difference("result", "R", "S", ("socket",)),
    ),
    ("opaque and equal", returning(result=aspect("r", "f")), returning(result=aspect("r", "f")), None),
    (
        "what cannot be encoded never equals itself",
        returning(result=aspect("?", "Odd")),
        returning(result=aspect("?", "Odd")),
        Difference("result", "?", "?", ("Odd",)),
    ),
    (
        "a decided difference counts before an undecided one",
        returning(result=aspect("r", "f")),
        returning(result=aspect("s", "f"), arguments=aspect("b")),
        Difference("arguments", "A", "B"),
    ),
    ("nothing was observed", returning(), {"outcome": "return"}, Difference("observation", "present", "missing")),
    ("garbage", returning(), {"outcome": "return", "aspects": 3}, Difference("observation", "present", "present")),
]


@pytest.mark.parametrize(("name", "original", "candidate", "expected"), CASES, ids=[case[0] for case in CASES])
def test_difference(
    name: str, original: dict[str, Any], candidate: dict[str, Any], expected: Difference | None
) -> None:
    assert difference(original, candidate) == expected

"""Functions over numpy's arrays and pandas' frames, recorded from tests: right candidates pass, wrong ones do not.

Equal means the same dtype, shape and values to the last bit, labels and names, and views of the same argument.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import refute


@dataclass(frozen=True)
class Function:
    """The bodies of a function of `parameters`; each of `wrong` is wrong in another way."""

    parameters: str
    original: str
    right: str
    wrong: dict[str, str]
    is_timed: bool = False


FUNCTIONS: dict[str, Function] = {
    "total": Function(
        "values",
        "return float(sum(values.ravel().tolist()))",
        "return float(sum(values.flatten().tolist()))",
        {
            "only where the numbers lie close together": """
            return float(sum(values.ravel().tolist())) if values.flags.c_contiguous else 0.0
            """,
            "by writing": "values[...] = values\nreturn float(sum(values.ravel().tolist()))",
        },
    ),
    "first_of_module": Function(
        "values",
        "return TABLE[: len(values)].copy()",
        "return TABLE[: len(values)] + 0",
        {"a view of what lives on": "return TABLE[: len(values)]"},
    ),
    "doubled": Function(
        "values",
        """
        out = np.empty(len(values), dtype=np.float64)
        for place in range(len(values)):
            out[place] = float(values[place]) * 2.0
        return out
        """,
        "return values.astype(np.float64) * 2.0",
        {
            "another dtype": "return (values * 2.0).astype(np.float32)",
            "another shape": "return (values.astype(np.float64) * 2.0).reshape(-1, 1)",
            "a list": "return (values.astype(np.float64) * 2.0).tolist()",
            "a value in the last bit": "return np.nextafter(values.astype(np.float64) * 2.0, np.inf)",
        },
        is_timed=True,
    ),
    "without_first": Function(
        "values",
        """
        out = values[:0].copy()
        for place in range(1, len(values)):
            out = np.append(out, values[place : place + 1])
        return out
        """,
        "return values[1:].copy()",
        {"a view of the argument": "return values[1:]", "one too few": "return values[2:].copy()"},
    ),
    "clipped": Function(
        "values",
        """
        for place in range(len(values)):
            if values[place] < 0:
                values[place] = 0
        """,
        "values[values < 0] = 0",
        {"not in place": "values = np.where(values < 0, 0, values)", "zero, too": "values[values <= 0] = 1"},
    ),
    "totals": Function(
        "frame",
        """
        out = []
        for place in range(len(frame)):
            out.append(float(frame["price"].iloc[place]) * float(frame["quantity"].iloc[place]))
        return pd.Series(out, index=frame.index, name="total", dtype="float64")
        """,
        'return (frame["price"].astype("float64") * frame["quantity"].astype("float64")).rename("total")',
        {
            "no name": 'return frame["price"].astype("float64") * frame["quantity"].astype("float64")',
            "another index": (
                'return (frame["price"].astype("float64") * frame["quantity"]).rename("total").reset_index(drop=True)'
            ),
            "another dtype": 'return (frame["price"] * frame["quantity"]).rename("total").astype(object)',
        },
        is_timed=True,
    ),
    "flagged": Function(
        "frame",
        """
        flags = []
        for place in range(len(frame)):
            flags.append(bool(frame["quantity"].iloc[place] > 2))
        frame["large"] = np.array(flags, dtype=bool)
        return frame
        """,
        'frame["large"] = (frame["quantity"] > 2).to_numpy(dtype=bool)\nreturn frame',
        {
            "a copy": 'return frame.assign(large=(frame["quantity"] > 2).to_numpy(dtype=bool))',
            "columns in another order": (
                'frame.insert(0, "large", (frame["quantity"] > 2).to_numpy(dtype=bool))\nreturn frame'
            ),
        },
    ),
}

TESTS = """
import numpy as np
import pandas as pd
import pytest
from tables import *

ARRAYS = [
    [1.0, -2.0, 3.5], [0.0], [-0.0, -1.0], [], [float("nan"), 1.0, float("inf")], list(range(-20, 200)), [5, 6],
    [2.5] * 300, [-1.0, -1.0], list(range(-400, 100)), [1e300, 1e-300] * 200, [n / 7 for n in range(-300, 300)],
]


@pytest.mark.parametrize("items", ARRAYS)
@pytest.mark.parametrize("function", [doubled, without_first, clipped, total, first_of_module])
def test_array(function, items):
    function(np.array(items, dtype=float))
    if items and all(item == int(item) for item in items if abs(item) < 1e9):
        function(np.array([int(item) for item in items if abs(item) < 1e9]))


@pytest.mark.parametrize("function", [totals, flagged])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 13, 21, 60, 100, 150])
def test_frame(function, count):
    rows = range(count)
    frame = pd.DataFrame(
        {
            "name": [f"n{row}" for row in rows],
            "price": [row * 1.1 for row in rows],
            "quantity": np.array([row % 4 for row in rows], dtype="int64"),
        },
        index=[10 * row for row in rows],
    )
    function(frame)
"""


def module_text(name: str = "", body: str = "") -> str:
    parts = ["import numpy as np\nimport pandas as pd\n\nTABLE = np.arange(9)"]
    for other, function in FUNCTIONS.items():
        text = textwrap.dedent(body if other == name else function.original).strip()
        parts.append(f"def {other}({function.parameters}):\n{textwrap.indent(text, '    ')}")
    return "\n\n\n".join(parts) + "\n"


@pytest.fixture(scope="module")
def profiler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Profiler, Path]]:
    root = tmp_path_factory.mktemp("project")
    (root / "pyproject.toml").write_text("[project]\nname = 'tables'\n")
    path = root / "tables.py"
    path.write_text(module_text())
    (root / "test_tables.py").write_text(TESTS)
    project = discover(path)
    settings = Settings(budget_seconds=60, test_seconds=60, call_seconds=5, max_inputs=60)
    with Profiler(project, settings, CancelToken()) as made:
        made.record([(path, module_text(), list(FUNCTIONS))], project.tests)
        yield made, path


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_and_wrong(name: str, profiler: tuple[Profiler, Path]) -> None:
    made, path = profiler
    function = FUNCTIONS[name]
    target = find_target(path, module_text(), name)
    assert target is not None
    prepared = made.prepare(target)
    assert not isinstance(prepared, Verdict), prepared.reason
    for what, body in function.wrong.items():
        verdict, _ = refute(prepared, {**prepared.order, "after": module_text(name, body)})
        assert verdict is not None, what
        assert verdict.status is Status.DIFFERS, (what, verdict.reason)
    verdict, evidence = refute(prepared, {**prepared.order, "after": module_text(name, function.right)})
    assert verdict is None, (verdict.reason, verdict.counterexample)
    assert evidence.inputs["recorded"] > 0
    if function.is_timed:
        verdict = made.judge(prepared, Candidate(module_text(name, function.right), "given", (name,)))
        assert verdict.status is Status.VERIFIED, verdict.reason

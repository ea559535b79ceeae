"""The project's tests are run whatever their configuration asks for; where that does not help, the reason says why."""

import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.verdict import Verdict
from speedproof.profiling.profiler import Profiler

MODULE = "def total(xs):\n    result = 0\n    for x in xs:\n        result += x\n    return result\n"
TEST = (
    "from shop import total\n\ndef test_total():\n    for n in range(12):\n        assert total(list(range(n))) >= 0\n"
)


@dataclass(frozen=True)
class Case:
    """`reason` is empty where calls are to be recorded."""

    files: dict[str, str] = field(default_factory=dict)
    reason: tuple[str, ...] = ()


CASES: dict[str, Case] = {
    "nothing special": Case(),
    "a marker of a missing plugin, warnings as errors": Case(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\nfilterwarnings = ['error']\n",
            "conftest.py": """
            import pytest

            def pytest_collection_modifyitems(items):
                for item in items:
                    item.add_marker(pytest.mark.of_a_missing_plugin)
            """,
        }
    ),
    "strict about a missing plugin": Case(
        {
            "pytest.ini": "[pytest]\naddopts = --strict-markers --strict-config --cov=shop\ncov_branch = true\n"
            "required_plugins = pytest-no-such-plugin\nstrict_markers = true\n",
            "test_shop.py": TEST.replace("def test_total", "import pytest\n\n@pytest.mark.unknown\ndef test_total"),
        }
    ),
    "a file of tests that cannot be imported": Case({"test_other.py": "import shop, no_such_package\n"}),
    "only one that cannot be imported": Case(
        {"test_shop.py": f"import no_such_package\n{TEST}"},
        ("its tests could not be run", "no_such_package", "1 test would need the package"),
    ),
    "a fixture that needs a variable": Case(
        {
            "test_shop.py": TEST.replace("test_total()", "test_total(address)"),
            "conftest.py": """
            import os, pytest

            @pytest.fixture
            def address():
                return os.environ["SHOP_ADDRESS"]
            """,
        },
        ("no test calls it (0 tests passed, 1 failed)", "the environment variable SHOP_ADDRESS"),
    ),
    "a conftest that ends the run": Case(
        {"conftest.py": "def pytest_collection_modifyitems(items):\n    raise OSError('no disk')\n"},
        ("pytest had an internal error: OSError: no disk",),
    ),
    "arguments that cannot be kept": Case(
        {
            "shop.py": "def total(frame):\n    return len(frame.f_code.co_name)\n",
            "test_shop.py": "import sys\nfrom shop import total\n\ndef test_total():\n    total(sys._getframe())\n",
        },
        ("the arguments of 1 calls could not be kept: they hold a frame",),
    ),
    "a module that needs a package": Case(
        {"shop.py": f"import no_such_package\n{MODULE}"},
        ("No module named 'no_such_package' (shop.py, line 1)", "--python"),
    ),
    "a module that needs a variable": Case(
        {"shop.py": f"import os\nADDRESS = os.environ['SHOP_ADDRESS']\n{MODULE}"},
        ("importing shop fails", "it needs the environment variable SHOP_ADDRESS"),
    ),
    "a test that runs on": Case(
        {"test_shop.py": f"import time\n\ndef test_forever():\n    while True:\n        time.sleep(0.1)\n\n\n{TEST}"}
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_tests_run_or_the_reason_says_why_not(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    files = {"shop.py": MODULE, "test_shop.py": TEST, "setup.cfg": "", **case.files}
    for file, text in files.items():
        (tmp_path / file).write_text(textwrap.dedent(text).lstrip("\n"))
    path = tmp_path / "shop.py"
    project = discover(path)
    target = find_target(path, path.read_text(), "total")
    assert target is not None
    with Profiler(project, Settings(budget_seconds=60, test_seconds=10), CancelToken()) as profiler:
        profiler.record([(path, target.text, ["total"])], project.tests)
        prepared = profiler.prepare(target)
    if not case.reason:
        assert prepared.evidence.inputs.get("recorded", 0) > 0, prepared
        return
    reason = prepared.reason if isinstance(prepared, Verdict) else prepared.recorded
    for words in case.reason:
        assert words in reason

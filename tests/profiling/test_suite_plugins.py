"""Which of the slow plugins the project's own tests are run without."""

from pathlib import Path

import pytest

from speedproof.profiling.worker.suite_options import PLUGINS_ON_DEMAND, idle_plugins

CASES = {
    "nothing asked for": ({"test_a.py": "def test(): pass"}, set(PLUGINS_ON_DEMAND)),
    "an async test": ({"test_a.py": "async def test(): pass"}, set(PLUGINS_ON_DEMAND) - {"asyncio"}),
    "named in a conftest": (
        {"test_a.py": "", "conftest.py": "anyio_backend = 'asyncio'"},
        set(PLUGINS_ON_DEMAND) - {"anyio", "asyncio"},
    ),
    "named in the configuration": (
        {"test_a.py": "", "pyproject.toml": "[tool.pytest.ini_options]\nfaker_seed = 1"},
        set(PLUGINS_ON_DEMAND) - {"faker"},
    ),
    "fixtures from elsewhere": ({"test_a.py": "", "conftest.py": "pytest_plugins = ['more']"}, set()),
}


@pytest.mark.parametrize("name", CASES)
def testidle_plugins(name: str, tmp_path: Path) -> None:
    files, expected = CASES[name]
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    assert set(idle_plugins([str(tmp_path / "test_a.py")], str(tmp_path))) == expected

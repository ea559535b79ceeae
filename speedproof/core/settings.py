"""One schema for every setting, wherever it comes from.

Sources, weakest first: the defaults here, `[tool.speedproof]` in the project's pyproject.toml, the editor's
`speedproof` section, command-line options. `docs/settings.md` is generated from this file.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from speedproof.core.errors import UsageError

OnError = Callable[[str], None]
"""Called with what is wrong, in words for the user."""


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Settings:
    """Field names are the keys in TOML (`budget-seconds` and `budget_seconds` both work) and in the editor."""

    python: str = _setting(
        "",
        "The interpreter that runs your project's code. Empty: found from VIRTUAL_ENV, .venv, uv or poetry.",
    )
    budget_seconds: float = _setting(60.0, "Time for one function, from gathering inputs to the last verdict.")
    test_seconds: float = _setting(20.0, "Time for running your tests to record calls of one module.")
    call_seconds: float = _setting(2.0, "A single call that takes longer counts as timed out.")
    memory_mb: int = _setting(1024, "Memory limit of a sandboxed process, in MiB.")
    max_inputs: int = _setting(300, "How many distinct inputs a comparison uses at most.")
    min_coverage: float = _setting(
        0.8, "Share of the function's lines that inputs must reach; below it the verdict is `unverifiable`."
    )
    min_speedup: float = _setting(1.05, "A smaller estimated speedup is `not_faster`.")
    allow_caches: bool = _setting(
        False,
        "Accept rewrites that keep results between calls in new names of the module."
        " What callers do to a kept result is not looked at then.",
    )
    crosshair_seconds: float = _setting(
        2.0,
        "Time for CrossHair's search for a difference, on functions with type hints and where the project's interpreter"
        " has the package `crosshair-tool`. 0: none.",
    )
    exclude: tuple[str, ...] = _setting(
        (), "Files never read, run or changed, as gitignore patterns relative to the project."
    )
    rules_off: tuple[str, ...] = _setting((), "Ids of rewrite rules not to use, `str-concat-in-loop`.")
    findings: bool = _setting(True, "Show places that a rewrite may speed up as hints in the editor.")

    @classmethod
    def load(cls, root: Path, *, on_error: OnError | None = None) -> "Settings":
        """The settings of the project at `root`; what is malformed is treated as `updated` says."""
        path = root / "pyproject.toml"
        try:
            section = _section(path)
        except UsageError as error:
            if on_error is None:
                raise
            on_error(str(error))
            return cls()
        return cls().updated(section, source=f"{path} [tool.speedproof]", on_error=on_error)

    def updated(self, values: Mapping[str, Any], *, source: str, on_error: OnError | None = None) -> "Settings":
        """These settings with `values` over them.

        A bad key or value raises UsageError, which names it and `source`; with `on_error` that is told instead, and
        the value is left out.
        """
        known = {f.name: f for f in fields(self)}
        changes: dict[str, Any] = {}
        for key, value in values.items():
            name = key.replace("-", "_")
            try:
                if name not in known:
                    raise UsageError(f"{source}: unknown setting {key!r}; known are {', '.join(known)}")
                changes[name] = _coerced(value, known[name].default, f"{source}: {key}")
            except UsageError as error:
                if on_error is None:
                    raise
                on_error(str(error))
        return replace(self, **changes)


def _section(path: Path) -> dict[str, Any]:
    """The table `[tool.speedproof]` of a pyproject.toml, empty where there is none."""
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    tool = table.get("tool", {})
    section = tool.get("speedproof", {}) if isinstance(tool, dict) else {}
    if not isinstance(section, dict):
        raise UsageError(f"{path}: [tool.speedproof] must be a table, not {section!r}")
    return section


def _coerced(value: Any, default: Any, where: str) -> Any:
    """`value` as the type of `default`. Raises UsageError where it is of another type or out of range."""
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise UsageError(f"{where} must be true or false, not {value!r}")
    if isinstance(default, int | float):
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return type(default)(value)
        raise UsageError(f"{where} must be a number of at least 0, not {value!r}")
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise UsageError(f"{where} must be a list of strings, not {value!r}")
    if isinstance(value, str):
        return value
    raise UsageError(f"{where} must be a string, not {value!r}")

"""One schema for every setting, wherever it comes from.

Sources, weakest first: the defaults here, the user's own config.toml, `[tool.speedproof]` in the project's
pyproject.toml, the editor's `speedproof` section, command-line options. `docs/settings.md` is generated from this file.

What decides where text is sent or kept, and what is run to get a key, is never taken from a project: whoever clones one
has not agreed to it.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from speedproof.core.errors import UsageError

OnError = Callable[[str], None]
"""Called with what is wrong, in words for the user."""


def _setting(default: Any, doc: str) -> Any:
    """One that verdicts depend on, or what is searched for."""
    return field(default=default, metadata={"doc": doc, "choices": (), "of_user": False, "of_verdict": True})


def _editing(default: Any, doc: str, *, choices: tuple[str, ...] = (), of_user: bool = False) -> Any:
    """One that no verdict depends on.

    `choices` are the values that a string may have; one that is `of_user` is not taken from a project.
    """
    return field(default=default, metadata={"doc": doc, "choices": choices, "of_user": of_user, "of_verdict": False})


def _asking(default: Any, doc: str, *, choices: tuple[str, ...] = ()) -> Any:
    """One that says what a model is asked for edits: it decides what is found, and is not for a project to say."""
    return field(default=default, metadata={"doc": doc, "choices": choices, "of_user": True, "of_verdict": True})


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
    edits_model: str = _asking(
        "off",
        "Whether the model is asked for rewrites, too: the one that runs here (`local`), the one at `model-url`"
        " (`remote`), or none. It is shown the function, what of its module it rests on, and calls of your tests.",
        choices=("off", "local", "remote"),
    )
    edits_samples: int = _asking(4, "How many answers it is asked for at first.")
    edits_rounds: int = _asking(2, "How often it is told what was wrong, and asked again.")
    edits_tokens: int = _asking(20_000, "Tokens of prompts and answers for one function; more are not asked for.")
    edits_money: float = _asking(
        0.0, "Money for one function's answers, in the currency of `model-prompt-price`; no more is asked then. 0: any."
    )
    edits_seconds: float = _asking(120.0, "Time for one function's answers; it is not part of `budget-seconds`.")
    exclude: tuple[str, ...] = _setting(
        (), "Files never read, run or changed, as gitignore patterns relative to the project."
    )
    rules_off: tuple[str, ...] = _setting((), "Ids of rewrite rules not to use, `str-concat-in-loop`.")
    findings: bool = _editing(True, "Show places that a rewrite may speed up as hints in the editor.")
    completion: str = _editing(
        "automatic",
        "When completions are offered: while typing, only when the editor asks on your behalf (`manual`), or `off`.",
        choices=("automatic", "manual", "off"),
    )
    completion_off: tuple[str, ...] = _editing(
        (), "Where no completion is offered: languages by their identifier (`markdown`), `comment`, `string`."
    )
    completion_tokens: int = _editing(96, "A completion ends after so many tokens at the latest.")
    completion_delay_ms: int = _editing(
        150, "The longest wait for a pause in typing before a completion is made; less where you type slowly."
    )
    completion_context: bool = _editing(
        True, "Show the model definitions from other files of the project, and places edited lately."
    )
    model: str = _editing(
        "",
        "The model that completes: a name from `speedproof models list`, a folder or a GGUF file, an identifier of a"
        " model hub, or with `model-url` its name there. Empty and no `model-url`: none.",
        of_user=True,
    )
    model_url: str = _editing(
        "", "A server that runs the model, `http://127.0.0.1:8012`. Empty: it runs in this process.", of_user=True
    )
    model_api: str = _editing(
        "auto",
        "What the server at `model-url` speaks; `auto` asks it.",
        choices=("auto", "llama.cpp", "ollama", "openai", "mistral", "chat"),
        of_user=True,
    )
    model_template: str = _editing(
        "",
        "How prefix and suffix are put to a server that cannot be asked for its model's tokens: `qwen`, `starcoder`, …"
        " Empty: by the tokens where they are known, else without the suffix.",
        of_user=True,
    )
    model_key_variable: str = _editing("", "The environment variable that holds the server's key.", of_user=True)
    model_key_command: str = _editing(
        "", "A command that prints the server's key, `secret-tool lookup service speedproof`.", of_user=True
    )
    model_ca: str = _editing("", "A file with the certificates (PEM) that the server's is signed by.", of_user=True)
    model_seconds: float = _editing(20.0, "A server that takes longer for a piece of its answer is given up.")
    model_prompt_price: float = _editing(
        0.0, "What a million tokens of prompts costs at `model-url`: then edits say what they cost.", of_user=True
    )
    model_answer_price: float = _editing(0.0, "The same of a million tokens of answers.", of_user=True)
    model_precision: str = _editing(
        "fp16",
        "The numbers in which a model in this process is held; with fp16 a CPU still computes in float32.",
        choices=("fp16", "fp32", "bf16", "int8"),
    )
    model_device: str = _editing("auto", "Where a model in this process runs: `auto`, `cpu`, `cuda`, `mps`.")
    model_threads: int = _editing(0, "Threads for a model in this process. 0: half of the cores.")
    model_window: int = _editing(
        2048, "How many tokens of text and answer together a model in this process looks at, at most."
    )
    model_cache_mb: int = _editing(512, "Memory for what a model in this process keeps of the open documents, in MiB.")
    model_snapshot_mb: int = _editing(
        0,
        "What of that may be kept on disk, in MiB, so that a restarted editor need not have them read again. It holds"
        " their text, readable by you alone. 0: nothing, and what there was is removed.",
        of_user=True,
    )

    @classmethod
    def load(cls, root: Path | None = None, *, on_error: OnError | None = None) -> "Settings":
        """The user's settings, with those of the project at `root` over them.

        What is malformed is treated as `updated` says.
        """
        settings = cls()
        places: list[tuple[Path, tuple[str, ...]]] = [(user_config_path(), ())]
        if root is not None:
            places.append((root / "pyproject.toml", ("tool", "speedproof")))
        for path, table in places:
            try:
                section = _section(path, table)
            except UsageError as error:
                if on_error is None:
                    raise
                on_error(str(error))
                continue
            source = f"{path} [{'.'.join(table)}]" if table else str(path)
            settings = settings.updated(section, source=source, on_error=on_error, of_project=bool(table))
        return settings

    @property
    def of_verdicts(self) -> dict[str, Any]:
        """Those that verdicts depend on, by name; the model among them where it is asked for edits."""
        asked = {} if self.edits_model == "off" else self.of_models
        return asked | {f.name: getattr(self, f.name) for f in fields(self) if f.metadata["of_verdict"]}

    @property
    def of_models(self) -> dict[str, Any]:
        """Those that say which model completes and how it is run or reached, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name.startswith("model")}

    def updated(
        self,
        values: Mapping[str, Any],
        *,
        source: str,
        on_error: OnError | None = None,
        of_project: bool = False,
    ) -> "Settings":
        """These settings with `values` over them.

        A bad key or value raises UsageError, which names it and `source`; with `on_error` that is told instead, and
        the value is left out. So it is with what is not for a project to say where the values are `of_project`.
        """
        known = {f.name: f for f in fields(self)}
        changes: dict[str, Any] = {}
        for key, value in values.items():
            name = key.replace("-", "_")
            try:
                if name not in known:
                    raise UsageError(f"{source}: unknown setting {key!r}; known are {', '.join(known)}")
                if of_project and known[name].metadata["of_user"]:
                    raise UsageError(
                        f"{source}: {key} is not taken from a project; put it into {user_config_path()} or the"
                        " settings of your editor"
                    )
                changes[name] = _coerced(value, known[name], f"{source}: {key}")
            except UsageError as error:
                if on_error is None:
                    raise
                on_error(str(error))
        return replace(self, **changes)


def user_config_path() -> Path:
    """Where the user's own settings are: config.toml in the folder for that, or SPEEDPROOF_CONFIG where it is set."""
    return Path(os.environ.get("SPEEDPROOF_CONFIG") or platformdirs.user_config_path("speedproof") / "config.toml")


def _section(path: Path, table: tuple[str, ...]) -> dict[str, Any]:
    """The table of that name in a TOML file, empty where there is none."""
    try:
        section: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    for name in table:
        section = section.get(name, {}) if isinstance(section, dict) else {}
    if not isinstance(section, dict):
        raise UsageError(f"{path}: [{'.'.join(table)}] must be a table, not {section!r}")
    return section


def _coerced(value: Any, setting: Field[Any], where: str) -> Any:
    """`value` as the type of the setting's default. Raises UsageError where it is of another type or out of range."""
    default, choices = setting.default, setting.metadata["choices"]
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
    if not isinstance(value, str):
        raise UsageError(f"{where} must be a string, not {value!r}")
    if choices and value not in choices:
        raise UsageError(f"{where} must be one of {', '.join(choices)}, not {value!r}")
    return value

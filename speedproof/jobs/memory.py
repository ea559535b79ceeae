"""Results that outlive a run, under everything that they depend on.

The key names the text, the interpreter, the settings and the engine. The files that the module imported and the tests
that gave inputs are not known before a run, so they are kept with the value and looked at again when it is recalled.
"""

import hashlib
import os
import platform
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from speedproof import __version__
from speedproof.analysis.targets import find_target
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult, Trial
from speedproof.core.settings import Settings
from speedproof.core.source import stamp
from speedproof.core.store import Store
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import (
    Counterexample,
    Evidence,
    InputTime,
    Memory,
    Sample,
    Scaling,
    Speedup,
    Status,
    Verdict,
)

KIND = "result"
TELLING = "telling inputs"
MAX_TELLING = 8
PAIRS = "pairs"
MAX_PAIRS = 100


class Results:
    """What runs leave for later ones, of one project; nothing where there is no `store`."""

    def __init__(
        self, store: Store | None, project: Project, settings: Settings, hosts: Sequence[str] | None = None
    ) -> None:
        """`hosts` are the kinds of machines whose results count, as `host_class` names them; by default this one."""
        self._store, self._project, self._settings = store, project, settings
        self._hosts = hosts or [host_class()]

    def recall(self, target: Target) -> FunctionResult | None:
        """The result that an earlier run reached for exactly this text and these surroundings, in milliseconds."""
        if self._store is None:
            return None
        keys = (_key(target, self._project, self._settings, host) for host in self._hosts)
        found = (_recalled(self._store.get(KIND, key), target) for key in keys)
        return next((result for result in found if result is not None), None)

    def telling(self, target: Target) -> list[str]:
        """Inputs that told earlier candidates from this function.

        They hold for any version of it: what the original does on them is found out anew each time.
        """
        if self._store is None:
            return []
        return [str(text) for text in self._store.get(TELLING, _place(target, self._project)) or ()]

    def keep(
        self,
        target: Target,
        result: FunctionResult,
        telling: Sequence[str],
        dependencies: Iterable[Path],
        host: str | None = None,
    ) -> None:
        """`telling` are inputs as `telling` gives them, those of this run; `host` is where it was measured."""
        if self._store is None:
            return
        if result.after is not None:
            _keep_pair(self._store, target, result.after)
        if telling:
            inputs = list(dict.fromkeys([*self.telling(target), *telling]))
            self._store.put(TELLING, _place(target, self._project), inputs[-MAX_TELLING:])
        key = _key(target, self._project, self._settings, host or self._hosts[0])
        self._store.put(KIND, key, _value(target, result, dependencies))


def recall_pairs(store: Store) -> list[tuple[str, str]]:
    """The latest first."""
    return [(str(before), str(after)) for before, after in reversed(store.get(PAIRS, None) or ())]


@cache
def host_class() -> str:
    """The kind of machine that this is: what is faster here is believed on others of the same kind."""
    model = platform.processor()
    with suppress(OSError):
        rows = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((row.partition(":")[2].strip() for row in rows if row.startswith("model name")), model)
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} × {model}"


def _value(target: Target, result: FunctionResult, dependencies: Iterable[Path]) -> dict[str, Any]:
    return {
        "path": str(result.path),
        "after": result.after,
        "verdict": asdict(result.verdict),
        "trials": [[trial.candidate.origin, trial.candidate.parts, asdict(trial.verdict)] for trial in result.trials],
        "contributions": result.contributions,
        "seconds": result.seconds,
        "dependencies": [[str(path), stamp(path)] for path in dependencies if path != target.path],
    }


def _recalled(value: dict[str, Any] | None, target: Target) -> FunctionResult | None:
    """None where nothing is stored, or something that the result depends on has changed since."""
    if value is None or any(stamp(Path(path)) != known for path, known in value["dependencies"]):
        return None
    return FunctionResult(
        path=Path(value["path"]),
        function=target.qualname,
        before=target.text,
        verdict=_verdict(value["verdict"]),
        after=value["after"],
        trials=tuple(
            # Without its text: the one that was verified is `after`, and the others are nothing but told of.
            Trial(Candidate("", origin, tuple(parts)), _verdict(verdict))
            for origin, parts, verdict in value["trials"]
        ),
        contributions=tuple((part, ratio) for part, ratio in value["contributions"]),
        seconds=value["seconds"],
        is_stored=True,
    )


def _keep_pair(store: Store, target: Target, after: str) -> None:
    """Keep what a function was before and after a proved edit, the latest last: a model may be shown it for another."""
    edited = find_target(target.path, after, target.qualname)
    if edited is None:
        return
    pair = [textwrap.dedent(each.lines) for each in (target, edited)]
    known = [known for known in store.get(PAIRS, None) or () if known != pair]
    store.put(PAIRS, None, [*known, pair][-MAX_PAIRS:])


def _place(target: Target, project: Project) -> dict[str, Any]:
    return {
        "path": str(target.path),
        "qualname": target.qualname,
        "python": [str(project.python), stamp(project.python)],
    }


def _verdict(value: dict[str, Any]) -> Verdict:
    return Verdict(
        Status(value["status"]),
        value["reason"],
        _evidence(value["evidence"]),
        Speedup(**value["speedup"]) if value["speedup"] else None,
        Counterexample(**value["counterexample"]) if value["counterexample"] else None,
    )


def _evidence(value: dict[str, Any]) -> Evidence:
    return Evidence(
        **{
            **value,
            "samples": tuple(Sample(**sample) for sample in value["samples"]),
            "per_input": tuple(InputTime(**timed) for timed in value["per_input"]),
            "scaling": _scaling(value["scaling"]),
            "memory": Memory(**value["memory"]) if value["memory"] else None,
            "sandbox": tuple(value["sandbox"]),
            "unverified": tuple(value["unverified"]),
        }
    )


def _scaling(value: dict[str, Any] | None) -> Scaling | None:
    return Scaling(**{**value, "sizes": tuple(value["sizes"])}) if value else None


def _key(target: Target, project: Project, settings: Settings, host: str) -> dict[str, Any]:
    return {
        **_place(target, project),
        "engine": __version__,
        "host": host,
        "text": _digest(target.text),
        "settings": settings.of_verdicts,
    }


@lru_cache(maxsize=4)
def _digest(text: str) -> str:
    """Remembered, for a file's functions are looked up one after the other, and each names the whole text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

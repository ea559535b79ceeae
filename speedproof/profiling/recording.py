"""What a run of the tests has come to: how many calls there were of each function, and why they are not more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Recording:
    """Texts and figures come from the sandbox: they are for readers."""

    seen: Mapping[str, int] = field(default_factory=dict)
    """Calls by function, `module:qualname`, whether they could be kept or not."""
    kept: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Why calls could not be kept, by function."""
    tests: Mapping[str, Any] = field(default_factory=dict)
    """As `worker/suite.py` reports."""
    failure: str = ""
    """Why there is no report."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "Recording":
        return cls(message["calls"], message["kept"], message["refused"], message["tests"])

    def in_words(self, module: str, qualname: str) -> str:
        """Why there is no recorded call of a function; nothing where there is one."""
        key = f"{module}:{qualname}"
        if self.kept.get(key):
            return ""
        if self.failure:
            return self.failure
        if not self.tests:
            return "no tests were found that mention it"
        if not self.tests.get("ran"):
            return f"its tests could not be run ({_short(self.tests.get('why') or 'no reason given')}){self._lacks()}"
        key = f"{module}:{qualname}"
        refused = self.refused.get(key, {})
        if refused:
            reason = max(refused, key=lambda reason: refused[reason])
            return f"the arguments of {sum(refused.values())} calls could not be kept: {_short(reason)}"
        if self.seen.get(key):
            return f"of {self.seen[key]} calls in its tests none could be kept"
        ran = f"{_counted(self.tests.get('passed', 0))} passed"
        if self.tests.get("failed"):
            ran += f", {self.tests['failed']} failed"
        return f"no test calls it ({ran}){self._lacks()}"

    def _lacks(self) -> str:
        lacks = self.tests.get("lacks") or {}
        if not lacks:
            return ""
        most = max(lacks, key=lambda lack: lacks[lack])
        return f"; {_counted(lacks[most])} would need {_short(most)}"


def _counted(tests: int) -> str:
    return f"{tests} test" if tests == 1 else f"{tests} tests"


def _short(text: str) -> str:
    return text if len(text) <= MAX_REASON_CHARS else f"{text[:MAX_REASON_CHARS]}…"

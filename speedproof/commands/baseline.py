"""What an earlier run reported, so that a team that begins with Speedproof is told of what is new."""

import json
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.commands.targets import shown
from speedproof.core.errors import UsageError
from speedproof.core.report import FunctionResult


@dataclass(frozen=True, slots=True)
class Baseline:
    """Results of a document that `--json` printed, or `report.json`: path, function, verdict and outcome of each."""

    known: frozenset[tuple[str, str, str, str | None]] = frozenset()

    @classmethod
    def read(cls, name: str | None) -> "Baseline":
        """An empty one for None. Raises UsageError where the file is no such document."""
        if name is None:
            return cls()
        place = absolute(name)
        try:
            document = json.loads(place.read_text(encoding="utf-8"))
            rows = [(row["path"], row["function"], row["verdict"], row["outcome"]) for row in document["results"]]
            return cls(frozenset(rows))
        except OSError as error:
            raise UsageError(f"cannot read {shown(place)}: {error.strerror}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise UsageError(f"{shown(place)} is no report as --json prints it") from error

    def has(self, result: FunctionResult, path: Path) -> bool:
        """Whether the same was reported of the function then; `path` is how it is told."""
        outcome = None if result.outcome is None else result.outcome.value
        return (path.as_posix(), result.function, result.verdict.status.value, outcome) in self.known

"""What can be optimized, what was found in it, and what is proposed for it."""

from dataclasses import dataclass
from pathlib import Path

from speedproof.core.text import Span


@dataclass(frozen=True, slots=True)
class Target:
    """One function or method of one module.

    `text` is the whole module as the user sees it now (saved or not), `span` the definition in it with its
    decorators. `qualname` is dotted without `<locals>`: `area`, `Shape.area`.
    """

    path: Path
    qualname: str
    text: str
    span: Span

    @property
    def source(self) -> str:
        return self.span.of(self.text)

    @property
    def lines(self) -> str:
        """As `source`, with what stands before it on its first line: the indentation that the others have, too."""
        start = self.text.rfind("\n", 0, self.span.start) + 1
        return self.text[start : self.span.end].removeprefix("\ufeff")

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that a rewrite rule may improve. `rule` is the rule's id, `str-concat-in-loop`."""

    rule: str
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call of a target that stands in the project, with arguments that are written out there."""

    expression: str
    """In the names of the target's own module."""
    path: Path


@dataclass(frozen=True, slots=True)
class LineTime:
    """A line of a target in one call of it: how often it ran, and which share of the time went there."""

    line: int
    """In the module, from 1."""
    n_runs: int
    share: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed rewrite of a target: `text` is the whole module after it.

    `origin` is "rule", "ruff", "model" or "given"; `parts` names the rewrites in it, in order of application.
    """

    text: str
    origin: str
    parts: tuple[str, ...]

    @property
    def title(self) -> str:
        return " + ".join(self.parts)

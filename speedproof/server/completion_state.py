"""The part of a session's state that completion needs. It belongs to the event loop."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speedproof.core.settings import Settings
from speedproof.core.text import Span
from speedproof.server.pace import Pace
from speedproof.server.schedule import Schedule

if TYPE_CHECKING:
    from speedproof.analysis.workspace import WorkspaceIndex
    from speedproof.jobs.asked import Asked
    from speedproof.jobs.complete import Completer
    from speedproof.server.under_way import UnderWay

MAX_SECONDS = 1000


@dataclass(frozen=True, slots=True)
class Where:
    """A document's place: its name in its project, what is set there, and why a model may not see it, or nothing."""

    name: str
    root: Path | None
    """Of the project; None for what is no file yet."""
    settings: Settings
    refusal: str
    good_until: float
    """On the monotonic clock."""


@dataclass(slots=True)
class Counters:
    """Of this session's requests for completions."""

    n_requests: int = 0
    n_superseded: int = 0
    """Answered with nothing, because a newer one came, or the text had changed."""
    n_offered: dict[str, int] = field(default_factory=dict)
    """By where the suggestion came from."""
    seconds: list[float] = field(default_factory=list)
    """From request to suggestion, for the last of those that got one."""

    def offered(self, source: str, seconds: float) -> None:
        self.n_offered[source] = self.n_offered.get(source, 0) + 1
        self.seconds = [*self.seconds[1 - MAX_SECONDS :], seconds]


@dataclass
class Completing:
    schedule: Schedule = field(default_factory=lambda: Schedule("speedproof-completing"))
    completer: "Completer | None" = None
    made_from: Any = None
    """The settings that the completer was made from; where it could not be made it is None, and these say from what."""
    newest: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    """By URI: has come when the newest request is superseded."""
    under_way: dict[str, "UnderWay"] = field(default_factory=dict)
    """By URI: what is being made."""
    tasks: list[asyncio.Future[None]] = field(default_factory=list)
    """That make it."""
    paces: dict[str, Pace] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    """Seconds that the last completions took."""
    asked: "dict[str, Asked]" = field(default_factory=dict)
    """By URI: the last request."""
    where: dict[str, Where] = field(default_factory=dict)
    edits: dict[str, tuple[Span, float]] = field(default_factory=dict)
    """By URI: what was edited last, in the document as it is now, and when, on the monotonic clock."""
    indexes: "dict[tuple[Path, tuple[str, ...]], WorkspaceIndex]" = field(default_factory=dict)
    """By project and what is excluded there; used on the background's thread."""
    counters: Counters = field(default_factory=Counters)
    snoozed_until: float = 0.0
    """On the monotonic clock."""
    problem: str = ""
    """What was wrong with the model when it was needed last, for the user."""
    told_off: bool = False
    """The user knows that completion is off."""

    def forget(self, uri: str) -> None:
        if uri in self.under_way:
            self.under_way[uri].token.cancel()
        for kept in (self.newest, self.paces, self.asked, self.where, self.edits):
            kept.pop(uri, None)

    def let_go(self) -> None:
        """Of the model, and call off what it is at."""
        for going in self.under_way.values():
            going.token.cancel()
        if self.completer is not None:
            self.completer.close()
            self.completer = None

    def close(self, seconds: float) -> None:
        """Call off what runs, and let go of the model."""
        self.schedule.close(seconds)
        self.let_go()

# ruff: noqa: E501
"""Candidates that attack: files, network, processes, resources, the clock, the comparison, and who tells them apart.

Each is judged as any candidate is, and never verified. Most are refused by their text alone, before they run; so each
is also run with that wall taken away: then it must be held by the others, and after each an honest candidate for the
same function must get the verdict that it gets alone.
"""

import contextlib
import os
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile.arena import world_in
from judging import Case, Judged
from snippets import FILES, NETWORK, PHASES, PROCESSES, SLOW, SNIPPETS, Cheat

from speedproof.analysis.targets import find_target
from speedproof.core.errors import SandboxError
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling import bubblewrap
from speedproof.profiling.compare import difference
from speedproof.profiling.judge import compare_times, sides_of
from speedproof.profiling.refute import Prepared, refute
from speedproof.profiling.side import ResultChanged
from speedproof.profiling.watching import watch
from speedproof.profiling.workers import ChildEnded, ChildTimeout

HELPER = "def square_sum(n: int):\n    n %= 400\n    return (n - 1) * n * (2 * n - 1) // 6\n\n\n"
ORIGINAL = f"def f(n: int):\n    return {SLOW}"
CALLS = "\n".join(f"f({n})" for n in (0, 1, 2, 33, 399, 150))
HONEST = HELPER + "def f(n: int):\n    return square_sum(n)"
CASES = {"honest": Case(HELPER + ORIGINAL, CALLS, HONEST, (Status.VERIFIED,))}


class Target(Judged):
    """One function in a world with something to lose. `damage` says what has become of the world."""

    damage: Callable[[], list[str]]
    facts: dict[str, object]

    @property
    def prepared(self) -> Prepared:
        if not hasattr(self, "_prepared"):
            assert self.profiler is not None
            target = find_target(self.path, self.text, "f0")
            assert target is not None
            made = self.profiler.prepare(target)
            assert isinstance(made, Prepared)
            self._prepared = made
        return self._prepared

    def same_at_first(self, candidate: str) -> bool:
        """Whether it behaves as the original does on the inputs from the tests, in a process of its own."""
        stage = next(self.prepared.gathered.stages())
        order = {**self.prepared.order, "after": self._named(candidate, "honest")}
        places = [item.place for item in stage.inputs]
        watched = watch(self.prepared.zygote, order, places, lambda place: 2.0, max_lost=1)
        return all(
            place in watched.seen and difference(stage.observations[place], watched.seen[place]) is None
            for place in places
        )

    def compared(self, candidate: str, *, clock: bool) -> Verdict:
        """As `judge` does it, but without a look at the text."""
        prepared, text = self.prepared, self._named(candidate, "honest")
        deadline = time.monotonic() + 60
        sides = sides_of(prepared, Candidate(text, "given", ()), None)
        try:
            refuted, evidence = refute(prepared, sides.candidate, deadline)
            if refuted is not None or not clock:
                return refuted or Verdict(Status.VERIFIED, "behaves the same", evidence)
            return compare_times(prepared, evidence, sides, deadline=deadline)
        except ResultChanged as error:
            return Verdict(Status.DIFFERS, str(error))
        except (ChildEnded, ChildTimeout, SandboxError) as error:
            return Verdict(Status.CRASHED, str(error))


@contextlib.contextmanager
def endangered(make_folder: Callable[[str], Path]) -> Iterator[Target]:
    """A target in a world of its own; afterwards nothing is left, and the honest candidate is verified still."""
    with world_in(make_folder("world")) as (world, damage):
        root = make_folder("project")
        made = Target(CASES, root, call_seconds=0.5, memory_mb=512, max_inputs=30)
        made.damage = damage
        made.facts = {**world._asdict(), "key": world.key, "module": root / "cases.py"}
        with made:
            assert made.compared(HONEST, clock=False).verified
            yield made
            assert made.compared(HONEST, clock=True).verified
        assert made.path.read_text() == made.text
        _nothing_is_left()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with endangered(tmp_path_factory.mktemp) as made:
        yield made


def _nothing_is_left() -> None:
    deadline = time.monotonic() + 5
    while left := _confined_by_us():
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def _confined_by_us() -> list[str]:
    """Everything that runs in a sandbox whose guard, or itself, is a child of this process."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,sid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 3) for line in listing.splitlines()]
    ours = {row[0] for row in rows if row[1] == str(os.getpid()) and "worker.guard" in row[3]}
    return [" ".join(row) for row in rows if row[0] in ours or row[1] in ours]


def hostile(snippet: str, facts: dict[str, object]) -> str:
    body = textwrap.indent(snippet.format(**facts), " " * 8)
    return (
        f"{HELPER}def f(n: int):\n    try:\n{body}\n    except BaseException:\n        pass\n    return square_sum(n)"
    )


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_hostile_candidate(name: str, target: Target) -> None:
    candidate = hostile(SNIPPETS[name], target.facts)
    verdict = target.judge("honest", target._named(candidate, "honest"))
    assert verdict.status is not Status.VERIFIED
    assert verdict.reason
    if name in THOROUGHLY:
        target.compared(candidate, clock=False)
    else:
        with contextlib.suppress(SandboxError):
            target.same_at_first(candidate)
    assert target.damage() == []
    assert target.same_at_first(HONEST)


THOROUGHLY = (
    "write over the inputs",
    "write over the worker",
    "an encoder that says the same",
    "a forged answer",
    "no end",
)
"""Tried through all stages of a comparison: through those as well in which it runs to find inputs."""


def test_they_are_held_without_bubblewrap(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it does not work, all other tests here say the same already."""
    if bubblewrap.problem():
        return
    monkeypatch.setattr(bubblewrap, "problem", lambda: "not wanted")
    with endangered(tmp_path_factory.mktemp) as made:
        for name, snippet in {**FILES, **NETWORK, **PROCESSES}.items():
            with contextlib.suppress(SandboxError):
                made.same_at_first(hostile(snippet, made.facts))
            assert made.damage() == [], name
        assert made.same_at_first(HONEST)


@pytest.mark.parametrize("name", PHASES)
def test_a_candidate_that_knows_when_it_is_watched(name: str, target: Target) -> None:
    cheat: Cheat = PHASES[name]
    candidate = HELPER + cheat.candidate
    verdict = target.judge("honest", target._named(candidate, "honest"))
    assert verdict.status is not Status.VERIFIED
    if not cheat.only_by_its_text:
        unread = target.compared(candidate, clock=True)
        assert not unread.verified, unread.reason


def test_the_snippets_mean_business(target: Target) -> None:
    """Outside of the sandbox, those that are harmless enough do what they say."""
    for name in ("make a file outside", "change times", "run a program"):
        scope: dict[str, object] = {}
        exec(hostile(SNIPPETS[name], {**target.facts, "outside": target.path.parent, "module": Path(target.path.parent, "own")}), scope)  # fmt: skip
        Path(target.path.parent, "own").write_text("")
        function = scope["f"]
        assert callable(function)
        with contextlib.suppress(OSError):
            function(3)
    assert Path(target.path.parent, "new").read_text() in ("x", "x\n")

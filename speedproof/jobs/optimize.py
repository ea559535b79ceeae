"""Find a rewrite of each target that is proved to behave the same and to be faster.

Per target: candidates are proposed; the inputs are gathered; each candidate is judged; what was verified is put
together as long as every further part makes it faster still; the whole is judged once more against the original.
"""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from speedproof.analysis.callsites import call_sites
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.project import Project
from speedproof.core.report import FROM_USE, FunctionResult, Report, Trial
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.core.target import CallSite, Candidate, Target
from speedproof.core.verdict import Status, Verdict
from speedproof.jobs.backends import answerer_for
from speedproof.jobs.calls import Progress, record_calls
from speedproof.jobs.memory import Results
from speedproof.jobs.model_edits import ModelEdits
from speedproof.jobs.ranking import ranked
from speedproof.profiling.line_profile import line_profile
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared
from speedproof.profiling.sandbox import no_boundary
from speedproof.suggest.backend import Answerer
from speedproof.suggest.edits.brief import brief_of
from speedproof.suggest.propose import compose, propose

NO_REWRITE = "no rewrite is known for it"
NOTHING_TO_TRY = "no rewrite is known for it, and the model proposed none that could be tried"
STATIC_ONLY = "nothing was run, so nothing is proved or applied; `speedproof doctor` says what is missing"
MAX_CHOICES = 3
"""How often another rewrite is chosen because the gain of the best one did not show again."""
MIN_SECONDS = 5.0
"""With less time than that no target is begun."""
# Of the verdicts on a function without a verified edit, the one that tells most stands for all.
TELLING = (Status.NOT_FASTER, Status.DIFFERS, Status.TIMED_OUT, Status.CRASHED, Status.UNVERIFIABLE)


def optimize_all(
    targets: Sequence[Target],
    project: Project,
    settings: Settings,
    *,
    store: Store | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
    on_result: Callable[[FunctionResult], None] = lambda result: None,
    relative_to: Path | None = None,
    cumulative: bool = False,
    hint: str = "",
    answerer: Answerer | None = None,
    texts: dict[Path, str] | None = None,
    until: float = math.inf,
    resume: bool = False,
    kept: Results | None = None,
) -> Report:
    """One result per target, in the order of `targets`; `on_result` gets each as it is reached.

    Where `cumulative`, a target is looked at in the text that the edits found before it leave of its file, so that
    all of them can be applied; otherwise each is an edit of the text as it is now. `texts` are those that earlier edits
    left, and what the edits of this run leave is added to them. All ends by `until` (time.monotonic): targets that are
    left, or were cut short, have no result. With `resume` results of earlier runs are taken where they still hold.
    `kept` are by default those in `store`.
    `answerer` is asked for edits, and closed in the end; where there is none, the model that the settings want asked,
    if any. `hint` is for either.
    Paths in the results are relative to `relative_to` where they can be. Where there is no sandbox nothing runs, and
    what would have been tried comes as `suggestions`. Raises SandboxError where a sandbox breaks, ProjectError,
    UsageError and ModelError where the settings ask for a model that cannot be had, Cancelled.
    """
    cancel = cancel or CancelToken()
    kept = kept or Results(store, project, settings)
    results: list[FunctionResult] = []
    proposals = {}
    for target in targets:
        cancel.check()
        progress(f"{target.qualname}: looking for rewrites", 0.0)
        proposals[target] = propose(target, rules_off=settings.rules_off)
    answerer = answerer or answerer_for(settings)
    promising = [target for target in targets if proposals[target] or answerer is not None]
    obstacle = no_boundary() if promising else None
    if obstacle is not None:
        if answerer is not None:
            answerer.close()
        for target in targets:
            results.append(_static(target, proposals[target], obstacle, relative_to))
            on_result(results[-1])
        return Report(tuple(results), (STATIC_ONLY,))
    with closing(answerer) if answerer else nullcontext(), ExitStack() as stack:
        profiler: Profiler | None = None
        texts = {} if texts is None else texts
        for number, original in enumerate(targets):
            if time.monotonic() > until - MIN_SECONDS:
                break
            target = original
            if cumulative and target.path in texts:
                target = find_target(target.path, texts[target.path], target.qualname) or target
                proposals[target] = propose(target, rules_off=settings.rules_off)
            earlier = kept.recall(target) if resume else None
            if earlier is not None:
                results.append(replace(earlier, path=relative(target.path, relative_to)))
                if earlier.after is not None:
                    texts[target.path] = earlier.after
                on_result(results[-1])
                continue
            if profiler is None:
                profiler = stack.enter_context(Profiler(project, settings, cancel))
                if promising:
                    progress("running the tests to record calls", number / len(targets))
                    record_calls(profiler, project, promising)
            job = _Job(target, project, profiler, settings, _step(progress, target, number, len(targets)), until=until)
            if answerer is not None:
                job.edits, job.hint = ModelEdits(answerer, settings, store, cancel, job.step), hint
            job.earlier = kept.telling(target)
            start = time.monotonic()
            result = replace(
                job.run(proposals[target]),
                path=relative(target.path, relative_to),
                seconds=time.monotonic() - start,
            )
            if time.monotonic() > until and not result.found:
                break
            if result.after is not None:
                texts[target.path] = result.after
            kept.keep(target, result, job.telling, profiler.dependencies())
            results.append(result)
            on_result(result)
    return Report(tuple(results))


def optimize(
    target: Target,
    project: Project,
    settings: Settings,
    *,
    store: Store | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
    hint: str = "",
) -> FunctionResult:
    """`optimize_all` for one target. Raises as it does."""
    report = optimize_all([target], project, settings, store=store, cancel=cancel, progress=progress, hint=hint)
    return report.results[0]


@dataclass(slots=True)
class _Job:
    """The search for one target."""

    target: Target
    project: Project
    profiler: Profiler
    settings: Settings
    step: Callable[[str], None]
    earlier: Sequence[str] = ()
    """Inputs that told candidates of earlier runs from the original."""
    telling: Sequence[str] = ()
    """The same, of this run."""
    edits: ModelEdits | None = None
    """Where a model is asked, too."""
    hint: str = ""
    """The user's own words for it."""
    until: float = math.inf
    """When to be done, whatever the budget of a function is."""

    def run(self, candidates: Sequence[Candidate]) -> FunctionResult:
        if not candidates and self.edits is None:
            return self._result(Verdict(Status.NOT_FASTER, NO_REWRITE))
        deadline = min(time.monotonic() + self.settings.budget_seconds, self.until)
        self.step("gathering inputs")
        prepared = self.profiler.prepare(self.target, self.earlier, self._call_sites)
        if isinstance(prepared, Verdict):
            return self._result(prepared, [Trial(candidate, prepared) for candidate in candidates])
        trials: list[Trial] = []
        for number, candidate in enumerate(candidates, 1):
            if time.monotonic() > deadline:
                break
            if _has_sibling(candidate, trials):
                continue
            self.step(f"{candidate.title} ({number} of {len(candidates)})")
            verdict = self.profiler.judge(prepared, candidate, self.step, deadline=deadline)
            trials.append(Trial(candidate, verdict))
        if self.edits is not None:
            deadline = self._ask(self.edits, prepared, trials, deadline)
        best, contributions = self._choose(prepared, trials, deadline)
        self.telling = self.profiler.telling_inputs(prepared)
        if best is None:
            nothing = Verdict(Status.NOT_FASTER, NOTHING_TO_TRY)
            return self._result(_telling(trials) if trials or candidates else nothing, trials)
        return replace(
            self._result(best.verdict, trials), after=best.candidate.text, contributions=tuple(contributions)
        )

    def _ask(self, edits: ModelEdits, prepared: Prepared, trials: list[Trial], deadline: float) -> float:
        """Adds to `trials` what became of the model's answers. Gives the deadline without the time waited for them."""
        calls = sorted((item.call for item in prepared.gathered.inputs if item.origin in FROM_USE), key=len)

        def judge(candidate: Candidate, step: Callable[[str], None]) -> Verdict | None:
            left = deadline + edits.use.seconds
            if time.monotonic() > left:
                return None
            return self.profiler.judge(prepared, candidate, step, deadline=left)

        self.step("looking where the time goes")
        brief = brief_of(self.target, calls, line_profile(prepared), edits.own_pairs(), self.hint)
        trials += edits.search(brief, judge, trials)
        return deadline + edits.use.seconds

    def _call_sites(self) -> list[CallSite]:
        return call_sites(self.target, self.project, exclude=self.settings.exclude)

    def _choose(
        self, prepared: Prepared, trials: list[Trial], deadline: float
    ) -> tuple[Trial | None, list[tuple[str, float]]]:
        """The best verified rewrite whose gain shows a second time. The best of several measurements is too good."""
        for _ in range(MAX_CHOICES):
            best, contributions = self._put_together(prepared, trials, deadline)
            if best is None:
                break
            self.step(f"measuring {best.candidate.title} again")
            verdict = self.profiler.confirm(prepared, best.candidate, best.verdict, self.step, deadline=deadline)
            confirmed = Trial(best.candidate, verdict)
            trials[trials.index(best)] = confirmed
            if verdict.verified:
                return confirmed, contributions
        return None, []

    def _put_together(
        self, prepared: Prepared, trials: list[Trial], deadline: float
    ) -> tuple[Trial | None, list[tuple[str, float]]]:
        """The best verified rewrite. Parts are added, best first, while each makes the whole faster than without it.

        A part that gains too little alone may gain much once a greater fault is mended, so those are tried too.
        """
        verified = ranked(self.target.text, trials)
        if not verified:
            return None, []
        best = verified[0]
        contributions = _contributions(best, trials)
        equal = [trial for trial in trials if trial.verdict.status is Status.NOT_FASTER]
        for other in [*verified[1:], *equal]:
            if time.monotonic() > deadline:
                break
            parts = (*best.candidate.parts, *other.candidate.parts)
            together = compose(self.target, parts)
            if together is None or len(together.parts) < len(parts):
                continue
            self.step(f"adding {other.candidate.title}")
            gain = self.profiler.judge(prepared, together, self.step, baseline=best.candidate, deadline=deadline)
            if not gain.verified or gain.speedup is None:
                continue
            whole = self.profiler.judge(prepared, together, self.step, deadline=deadline)
            if whole.verified:
                best = Trial(together, whole)
                trials.append(best)
                contributions.append((other.candidate.title, gain.speedup.estimate))
        return best, contributions

    def _result(self, verdict: Verdict, trials: Sequence[Trial] = ()) -> FunctionResult:
        model = None if self.edits is None else self.edits.use
        return FunctionResult(
            self.target.path, self.target.qualname, self.target.text, verdict, trials=tuple(trials), model=model
        )


def _static(target: Target, candidates: Sequence[Candidate], obstacle: str, base: Path | None) -> FunctionResult:
    verdict = Verdict(Status.NOT_FASTER, NO_REWRITE)
    if candidates:
        verdict = Verdict(Status.UNVERIFIABLE, f"nothing was run: {obstacle}")
    path = relative(target.path, base)
    return FunctionResult(path, target.qualname, target.text, verdict, suggestions=tuple(candidates))


def _contributions(best: Trial, trials: Sequence[Trial]) -> list[tuple[str, float]]:
    """What each part of `best` adds to the parts before it; parts that were measured only together stay together."""
    measured = {trial.candidate.parts: _estimate(trial) for trial in trials if trial.verdict.speedup is not None}
    found, parts, before = [], best.candidate.parts, 1.0
    start = 0
    for end in range(1, len(parts) + 1):
        estimate = measured.get(parts[:end])
        if estimate:
            found.append((" + ".join(parts[start:end]), estimate / before))
            start, before = end, estimate
    return found


def _has_sibling(candidate: Candidate, trials: Sequence[Trial]) -> bool:
    """Whether another variant of the same rule is verified already."""
    rules = {part.partition("/")[0] for part in candidate.parts}
    return any(
        trial.verdict.verified and rules == {part.partition("/")[0] for part in trial.candidate.parts}
        for trial in trials
    )


def _telling(trials: Sequence[Trial]) -> Verdict:
    if not trials:
        return Verdict(Status.TIMED_OUT, "the budget was used up before a candidate could be judged")
    return min((trial.verdict for trial in trials), key=lambda verdict: TELLING.index(verdict.status))


def _estimate(trial: Trial) -> float:
    return trial.verdict.speedup.estimate if trial.verdict.speedup is not None else 0.0


def _step(progress: Progress, target: Target, done: int, total: int) -> Callable[[str], None]:
    return lambda message: progress(f"{target.qualname}: {message}", done / total)


def relative(path: Path, base: Path | None) -> Path:
    """`path` as it is told: from `base`, by default the current folder, where it is in there."""
    base = base or Path.cwd()
    return path.relative_to(base) if path.is_relative_to(base) else path

"""Rewrites of one function by a model: asked for several ways, judged, and asked for again with what was wrong.

Daring costs nothing: whatever an answer is, it is a candidate like any other, and only the profiler says what it is
worth. Feeding back what happened on which input is that of Self-Debug (Chen et al., 2023) and LDB (Zhong et al., 2024).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.core.errors import ModelError
from speedproof.core.report import ModelUse, Trial
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import Status, Verdict
from speedproof.jobs.memory import recall_pairs
from speedproof.suggest.backend import Answerer, Generation, Question
from speedproof.suggest.edits.answer import Unusable, normal_form, rewritten
from speedproof.suggest.edits.brief import Brief
from speedproof.suggest.edits.pairs import Pair
from speedproof.suggest.edits.prompt import FENCE, Attempt, could_not_be_applied, opening, outcome_of, turns
from speedproof.suggest.edits.strategies import STRATEGIES

KIND = "answer"
"""Of values in the store."""
TEMPERATURE = 0.8
"""For a second answer to the same question."""
MIN_ANSWER, MAX_ANSWER = 512, 4096
"""Tokens."""
CHARACTERS_PER_TOKEN = 3
TWICE = "twice the same"
UNJUDGED = "not judged for lack of time"
# What is worth another try, the most promising first: it was nearly right, right but slow, or could not be read.
AGAIN = (Status.DIFFERS, Status.CRASHED, Status.NOT_FASTER, Status.TIMED_OUT)

Judge = Callable[[Candidate, Callable[[str], None]], Verdict | None]
"""None: there is no time left for it."""


@dataclass(frozen=True, slots=True)
class _Thread:
    """One conversation."""

    strategy: str
    seed: int
    attempts: tuple[Attempt, ...] = ()

    def title(self) -> str:
        again = f", mended {len(self.attempts)}×" if self.attempts else ""
        return f"model:{self.strategy}{f' {self.seed}' if self.seed else ''}{again}"


@dataclass(slots=True)
class ModelEdits:
    """The search among what one model answers."""

    answerer: Answerer
    settings: Settings
    store: Store | None
    cancel: CancelToken
    step: Callable[[str], None]
    use: ModelUse = field(default_factory=ModelUse)
    _counts: Counter[str] = field(default_factory=Counter)

    def search(self, brief: Brief, judge: Judge, earlier: Sequence[Trial] = ()) -> list[Trial]:
        """A trial for each answer that could be applied and is none of the `earlier` ones.

        Ends with the first round that has a verified edit, or with any limit of the settings. Raises Cancelled.
        """
        trials: list[Trial] = []
        try:
            seen = {normal_form(text) for text in (brief.target.text, *(trial.candidate.text for trial in earlier))}
        except Unusable as unusable:  # in syntax that is newer than ours, for one
            self.use = replace(self.use, failure=str(unusable))
            return trials
        threads = list(self._first(brief))
        try:
            for round_ in range(1 + self.settings.edits_rounds):
                again: list[tuple[int, _Thread]] = []
                for thread, answer in self._answers(brief, threads, round_):
                    outcome, rank = self._outcome(brief.target, thread, answer, seen, judge, trials)
                    if rank is not None:
                        attempts = (*thread.attempts, Attempt(answer, outcome))
                        again.append((rank, replace(thread, attempts=attempts)))
                if any(trial.verdict.verified for trial in trials):
                    break
                threads = [thread for _, thread in sorted(again, key=lambda each: each[0])]
                threads = threads[: max(1, self.settings.edits_samples // 2)]
        except ModelError as error:
            self.use = replace(self.use, failure=str(error))
        self.use = replace(self.use, outcomes=dict(self._counts))
        return trials

    def own_pairs(self) -> list[Pair]:
        """What was proved for this user before, in whatever project: for a model that runs here, and for no other."""
        if self.store is None or not self.answerer.runs_here:
            return []
        return [Pair(*texts) for texts in recall_pairs(self.store)]

    def _first(self, brief: Brief) -> Iterator[_Thread]:
        """Every way of asking that has something to say; then the first of them once more, for other answers."""
        saying = [name for name in STRATEGIES if turns(brief, name)]
        for number in range(self.settings.edits_samples):
            yield _Thread(saying[number % len(saying)], number // len(saying))

    def _answers(self, brief: Brief, threads: Sequence[_Thread], round_: int) -> Iterator[tuple[_Thread, str]]:
        """Each thread with its answer, as soon as that is there; all are asked for at once."""
        asked: list[tuple[_Thread, Question, str | Generation]] = []
        for thread in threads:
            if self._is_used_up:
                break
            question = self._question(brief, thread)
            known = self._known(question)
            self.use = replace(self.use, n_asked=self.use.n_asked + 1, n_stored=self.use.n_stored + (known is not None))
            asked.append((thread, question, self.answerer.answer(question, self.cancel) if known is None else known))
        try:
            for number, (thread, question, answer) in enumerate(asked, 1):
                self.step(f"asking {self.answerer.name} ({number} of {len(asked)}, round {round_ + 1})")
                yield thread, answer if isinstance(answer, str) else self._read(question, answer)
        finally:
            for _, _, answer in asked:
                if not isinstance(answer, str):
                    answer.close()

    def _read(self, question: Question, answer: Generation) -> str:
        """The whole answer, unless the time is over before. Raises ModelError, Cancelled."""
        began = time.monotonic()
        pieces: list[str] = []
        for piece in answer:
            pieces.append(piece)
            if self.use.seconds + time.monotonic() - began > self.settings.edits_seconds:
                break
        text = "".join(pieces)
        self._add(answer.usage, time.monotonic() - began)
        if self.store is not None and not self._is_used_up:
            self.store.put(KIND, self._key(question), text)
        return text

    def _outcome(
        self,
        target: Target,
        thread: _Thread,
        answer: str,
        seen: set[str],
        judge: Judge,
        trials: list[Trial],
    ) -> tuple[str, int | None]:
        """What to tell the model about its answer, and how promising another try is; None where it is none."""
        try:
            made = rewritten(target, answer)
        except Unusable as unusable:
            self._counts[unusable.failure.value] += 1
            return could_not_be_applied(str(unusable)), len(AGAIN)
        form = normal_form(made.text)
        if form in seen:
            self._counts[TWICE] += 1
            return "", None
        seen.add(form)
        candidate = Candidate(made.text, "model", (thread.title(),))
        verdict = judge(candidate, lambda message: self.step(f"{candidate.title}: {message}"))
        if verdict is None:
            self._counts[UNJUDGED] += 1
            return "", None
        trials.append(Trial(candidate, verdict))
        self._counts[verdict.status.value] += 1
        return outcome_of(verdict), AGAIN.index(verdict.status) if verdict.status in AGAIN else None

    def _question(self, brief: Brief, thread: _Thread) -> Question:
        n_tokens = max(MIN_ANSWER, min(MAX_ANSWER, 2 * len(brief.target.source) // CHARACTERS_PER_TOKEN))
        said = turns(brief, thread.strategy, thread.attempts)
        begun = opening(brief, thread.strategy)
        return Question(said, n_tokens, TEMPERATURE if thread.seed else 0.0, thread.seed, begun, FENCE if begun else "")

    @property
    def _is_used_up(self) -> bool:
        use, settings = self.use, self.settings
        too_dear = 0.0 < settings.edits_money <= use.money
        n_tokens = use.n_prompt_tokens + use.n_answer_tokens
        return too_dear or n_tokens >= settings.edits_tokens or use.seconds >= settings.edits_seconds

    def _add(self, usage: Usage, seconds: float) -> None:
        n_prompt = (usage.n_cached_tokens or 0) + (usage.n_computed_tokens or 0)
        n_answer = usage.n_generated_tokens or 0
        price = n_prompt * self.settings.model_prompt_price + n_answer * self.settings.model_answer_price
        self.use = replace(
            self.use,
            n_prompt_tokens=self.use.n_prompt_tokens + n_prompt,
            n_answer_tokens=self.use.n_answer_tokens + n_answer,
            money=self.use.money + (0.0 if self.answerer.runs_here else price / 1_000_000),
            seconds=self.use.seconds + seconds,
        )

    def _known(self, question: Question) -> str | None:
        found = None if self.store is None else self.store.get(KIND, self._key(question))
        return found if isinstance(found, str) else None

    def _key(self, question: Question) -> object:
        said = [[turn.role, turn.text] for turn in question.turns]
        made = [question.max_tokens, question.temperature, question.seed, question.opening]
        return [self.answerer.identity, said, *made]

"""What the questions about a function have in common is computed once: the model has read it for the first of them."""

from pathlib import Path

from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.jobs.backends import answerer_for
from speedproof.suggest.backend import Question
from speedproof.suggest.edits.brief import brief_of
from speedproof.suggest.edits.prompt import turns
from speedproof.suggest.edits.strategies import STRATEGIES

MODULE = """
LIMIT = 100


def limited(price: int) -> int:
    return min(price, LIMIT)


def total(prices: list[int]) -> int:
    total = 0
    for price in prices:
        total += limited(price)
    return total


def named(names: list[str]) -> dict[str, int]:
    counts = {}
    for name in names:
        counts[name] = names.count(name)
    return counts
"""


def test_what_questions_share_is_computed_once(tmp_path: Path, kept: Path) -> None:
    answerer = answerer_for(Settings(edits_model="local", model=str(kept)))
    assert answerer is not None
    computed, asked = [], []
    try:
        for target in targets_in(tmp_path / "shop.py", MODULE)[1:]:
            for strategy in STRATEGIES:
                said = turns(brief_of(target, ["total([1, 2])"]), strategy)
                if said:
                    generation = answerer.answer(Question(said, 1, 0.0, 0, "", ""), CancelToken())
                    "".join(generation)
                    usage = generation.usage
                    computed.append(usage.n_computed_tokens or 0)
                    asked.append((usage.n_cached_tokens or 0) + (usage.n_computed_tokens or 0))
    finally:
        answerer.close()
    assert len(asked) >= 6
    first_of_second = len(asked) // 2
    for number, (n_computed, n_asked) in enumerate(zip(computed, asked, strict=True)):
        if number not in (0, first_of_second):
            assert n_computed < n_asked / 2
    # The second function shares what is said to all.
    assert computed[first_of_second] < asked[first_of_second] - 100

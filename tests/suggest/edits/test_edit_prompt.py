"""What a model is told about a function."""

from pathlib import Path

import pytest

from speedproof.analysis.targets import find_target
from speedproof.core.target import LineTime
from speedproof.core.verdict import Counterexample, Status, Verdict
from speedproof.suggest.backend import Turn
from speedproof.suggest.completion.templates import Special
from speedproof.suggest.edits.answer import rewritten
from speedproof.suggest.edits.brief import Brief, brief_of, surroundings_of
from speedproof.suggest.edits.conversation import pieces
from speedproof.suggest.edits.pairs import Pair, as_text, most_alike, shipped
from speedproof.suggest.edits.prompt import Attempt, could_not_be_applied, opening, outcome_of, turns
from speedproof.suggest.edits.strategies import STRATEGIES

MODULE = """\
import re

SECRET = "not used by it"
LIMIT = 3


def helper(x):
    return x


def stranger(x):
    return x


class Basket:
    rate = 2

    def __init__(self, items):
        self.items = items

    @property
    def size(self):
        return len(self.items)

    def total(self, extra):
        text = ""
        for item in self.items:
            if item in extra:
                text += helper(item) * LIMIT
        return text
"""


def brief(hint: str = "") -> Brief:
    target = find_target(Path("/project/shop.py"), MODULE, "Basket.total")
    assert target is not None
    call = "total(Basket([1]), [1])"
    first = MODULE.count("\n", 0, MODULE.index("if item in extra")) + 1
    profile = (LineTime(first, 900, 0.75), LineTime(first + 1, 30, 0.24), LineTime(first + 2, 1, 0.005))
    return brief_of(target, [call], (call, profile), hint=hint)


def test_of_the_module_only_what_the_function_rests_on_is_shown() -> None:
    shown = surroundings_of(brief().target)
    for text in ("import re", "LIMIT = 3", "def helper", "class Basket:", "rate = 2", "self.items = items", "def size"):
        assert text in shown
    for text in ("SECRET", "stranger", "len(self.items)", "text +="):
        assert text not in shown


def test_a_function_below_a_decorator_is_read_like_any_other() -> None:
    text = MODULE.replace("    def total", "    @counted\n    def total")
    target = find_target(Path("/project/shop.py"), text, "Basket.total")
    assert target is not None
    assert "def helper" in surroundings_of(target)
    said = turns(brief_of(target), "patterns")[1].text
    assert "`in` on a list" in said
    assert "    @counted\n    def total" in said


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_way_of_asking_begins_alike_and_holds_function_and_hint(strategy: str) -> None:
    said, plain = turns(brief(hint="use a set"), strategy), turns(brief(), "plain")
    assert [turn.role for turn in said] == ["system", "user"]
    assert said[0] == plain[0]
    assert "text += helper(item) * LIMIT" in said[1].text
    assert said[1].text.endswith("The one who asks for it adds: use a set")
    common = plain[1].text.index("Make `Basket.total`")
    assert said[1].text[:common] == plain[1].text[:common]


@pytest.mark.parametrize(
    ("name", "expected"), [("Basket.total", "def total(self, extra):"), ("stranger", "def stranger(x):")]
)
def test_an_answer_can_begin_with_the_functions_own_first_line(name: str, expected: str) -> None:
    target = find_target(Path("/project/shop.py"), MODULE, name)
    assert target is not None
    assert opening(brief_of(target), "plain") == f"```python\n{expected}\n"
    assert opening(brief_of(target), "reasoning") == ""
    answer = opening(brief_of(target), "plain") + "    return 5"
    assert "return 5" in rewritten(target, answer).source


def test_the_lines_that_take_the_time_are_shown_with_their_runs_and_shares() -> None:
    said = turns(brief(), "profile")[1].text
    assert "      900    75%              if item in extra:\n" in said
    assert "       30    24%                  text += helper(item) * LIMIT\n" in said
    assert "0%  " not in said


def test_without_calls_or_anything_slow_in_sight_some_ask_nothing() -> None:
    target = find_target(Path("/a.py"), "def f(x):\n    return x\n", "f")
    assert target is not None
    assert [name for name in STRATEGIES if turns(brief_of(target), name)] == ["plain", "reasoning"]


def test_examples_are_those_that_are_most_alike_and_the_users_own_come_in() -> None:
    source = "def f(a, b):\n    n = []\n    for x in a:\n        if x in b:\n            n.append(x + 1)\n    return n"
    assert "ys_set = set(ys)" in as_text(most_alike(source, shipped(), 2))
    own = Pair(source, "def f(xs, ys):\n    s = set(ys)\n    return sum(x in s for x in xs)")
    assert most_alike(source, [*shipped(), own], 1) == [own]
    assert most_alike("x = 1", shipped(), 2) == most_alike("def f(:", shipped(), 2) == []
    assert most_alike(source, [Pair(source + " " * 2000, source)], 1) == []
    target = find_target(Path("/a.py"), source, "f")
    assert target is not None
    assert "return sum(x in s" in turns(brief_of(target, own_pairs=[own]), "examples")[1].text


def test_what_became_of_an_answer_is_told_with_the_input_that_shows_it() -> None:
    found = Counterexample("total([[]])", "result", "TypeError", "[]")
    told = outcome_of(Verdict(Status.DIFFERS, "differs", counterexample=found))
    assert all(text in told for text in ("total([[]])", "TypeError", "    []", "does not behave"))
    assert "not clearly faster" in outcome_of(Verdict(Status.NOT_FASTER, "no gain"))
    assert "out of memory" in outcome_of(Verdict(Status.CRASHED, "out of memory"))
    said = turns(brief(), "plain", [Attempt("first", told), Attempt("second", could_not_be_applied("no code"))])
    assert [turn.role for turn in said] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert said[2].text == "first"


TALK = (Turn("system", "S"), Turn("user", "U"), Turn("assistant", "A"), Turn("user", "V"))


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        (
            {"<|im_start|>", "<|im_end|>"},
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n"
            "<|im_start|>user\nV<|im_end|>\n<|im_start|>assistant\n",
        ),
        (
            {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
            "".join(f"<|start_header_id|>{turn.role}<|end_header_id|>\n\n{turn.text}<|eot_id|>" for turn in TALK)
            + "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        (
            {"<start_of_turn>", "<end_of_turn>"},
            "<start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n"
            "<start_of_turn>user\nV<end_of_turn>\n<start_of_turn>model\n",
        ),
        ({"[INST]", "[/INST]"}, "[INST] S\n\nU [/INST]A[INST] V [/INST]"),
        ({"<fim_prefix>"}, "S\n\nU\n\nA\n\nV\n\n"),
    ],
)
def test_a_conversation_is_laid_out_by_the_vocabulary(vocabulary: set[str], expected: str) -> None:
    made = pieces(TALK, vocabulary.__contains__)
    assert "".join(piece.text if isinstance(piece, Special) else piece for piece in made) == expected
    assert {piece.token for piece in made if isinstance(piece, Special)} <= vocabulary

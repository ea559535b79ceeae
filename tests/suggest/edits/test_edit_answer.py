"""Answers of models as they come, and what is made of them: the function's body, what it needs, and nothing else."""

from pathlib import Path

import pytest

from speedproof.analysis.targets import find_target
from speedproof.core.target import Target
from speedproof.suggest.edits.answer import Failure, Unusable, normal_form, rewritten

MODULE = '''\
import re
import numpy as np

LIMIT = 3


class Basket:
    """Doc."""

    @staticmethod
    def total(items: list[int], known=()) -> str:
        """What it is.

        More.
        """
        # why it is so
        text = ""
        for item in items:
            # each
            text += str(item)  # here
        return text


def common(x, y=1, *, z):
    return [a for a in x if a in y]
'''
SIGNATURE = "def common(x, y=1, *, z):"
GOOD = f"{SIGNATURE}\n    y = set(y)\n    return [a for a in x if a in y]\n"


def target(name: str, text: str = MODULE) -> Target:
    found = find_target(Path("/project/shop.py"), text, name)
    assert found is not None
    return found


def nested(keyword: str, n_blocks: int) -> str:
    lines = [f"{'    ' * (number + 1)}{keyword} x:\n" for number in range(n_blocks)]
    return "".join([*lines, f"{'    ' * (n_blocks + 1)}return x\n"])


def fenced(code: str) -> str:
    return f"Sure! Here it is:\n\n```python\n{code}```\n\nIt is much faster now."


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        fenced(GOOD),
        fenced(GOOD).replace("```", "~~~"),
        fenced(GOOD).replace("\n", "\r\n"),
        f"```py\n{GOOD}",  # broken off behind the code
        f"It could be so:\n```\n{SIGNATURE}\n    return x\n```\nBut better:\n```\n{GOOD}```",
        f"<think>def common(): no</think>\n{GOOD}",
        f"The faster one:\n\n{GOOD}",
        fenced(GOOD.replace("    y = set", "    '''What I did.'''\n    y = set")),
        fenced(f"import re\nfrom math import gcd as re2\n{GOOD}".replace("from math import gcd as re2\n", "")),
        fenced(f"{GOOD}\n\nif __name__ == '__main__':\n    print(common([1], [2], z=3))\n"),
        fenced(f"LIMIT = 3\n{GOOD}"),  # repeated from the module
        fenced("".join(f"    {line}\n" for line in GOOD.splitlines())),
        "```\n<<<<<<< SEARCH\n    return [a for a in x if a in y]\n=======\n    y = set(y)\n"
        "    return [a for a in x if a in y]\n>>>>>>> REPLACE\n```",
    ],
)
def test_a_good_answer_however_it_is_dressed(answer: str) -> None:
    made = rewritten(target("common"), answer)
    assert made.text == MODULE.replace(f"{SIGNATURE}\n    return", f"{SIGNATURE}\n    y = set(y)\n    return")
    assert made.source == GOOD.rstrip()


def test_of_a_method_the_head_the_docstring_and_the_comments_stay() -> None:
    code = """\
from collections import Counter

class Basket:
    @cached
    def total(items, known=()):
        '''Other words.'''
        text = ""
        for item in items:
            text += str(item)
        return "".join(map(str, items))
"""
    text = rewritten(target("Basket.total"), fenced(code)).text
    assert text == MODULE.replace(
        "import numpy as np\n", "import numpy as np\nfrom collections import Counter\n"
    ).replace("        return text", '        return "".join(map(str, items))')


def test_helpers_and_constants_come_before_what_holds_the_function() -> None:
    code = f"TABLE = {{1: 2}}\n\ndef _helper(x):\n    return x\n\n{GOOD}"
    text = rewritten(target("common"), fenced(code)).text
    place = text.index("TABLE = {1: 2}\n\n\ndef _helper(x):\n    return x\n\n\ndef common(")
    assert text.index("class Basket") < place


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("", Failure.EMPTY),
        ("<think>So much to think", Failure.EMPTY),
        ("It is fast enough.", Failure.NO_CODE),
        (fenced("x = 1\n"), Failure.NO_CODE),
        (fenced(GOOD.replace(":\n", "\n", 1)), Failure.NO_PYTHON),
        (f"{SIGNATURE}\n    return [a for a in", Failure.NO_PYTHON),
        (fenced(f"{SIGNATURE}\n    return {'(' * 5000}1{')' * 5000}\n"), Failure.NO_PYTHON),
        (fenced(f"{SIGNATURE}\n    return {'-' * 20000}1\n"), Failure.NO_PYTHON),
        (fenced(f"{SIGNATURE}\n    return '\0'\n"), Failure.NO_PYTHON),
        (fenced("def other(x):\n    return x\n"), Failure.OTHER_FUNCTION),
        (fenced(GOOD.replace("y=1", "y=2")), Failure.OTHER_SIGNATURE),
        (fenced(GOOD.replace(", *, z", ", *, w")), Failure.OTHER_SIGNATURE),
        (fenced(f"async {GOOD}"), Failure.OTHER_SIGNATURE),
        (fenced(f"import numba\n{GOOD}"), Failure.NEW_DEPENDENCY),
        (fenced(f"{SIGNATURE}\n    from scipy.sparse import coo_array\n    return x\n"), Failure.NEW_DEPENDENCY),
        (fenced(f"{SIGNATURE}\n" + "    x = x[:]\n" * 40 + "    return x\n"), Failure.TOO_LONG),
        (fenced(GOOD + "def helper(x):\n" + "    x = x[:]\n" * 40), Failure.TOO_LONG),
        (fenced(f"{SIGNATURE}\n" + nested("if", 3)), Failure.TOO_DEEP),
        (fenced(f"re = 3\n{GOOD}"), Failure.NAME_TAKEN),
        (fenced(f"import numpy as re\n{GOOD}"), Failure.NAME_TAKEN),
        (fenced(f"class Basket:\n    pass\n\n{GOOD}"), Failure.NAME_TAKEN),
        (fenced(f"{SIGNATURE}\n    # as it was\n    return [a for a in x if a in y]\n"), Failure.UNCHANGED),
        ("<<<<<<< SEARCH\n    return None\n=======\n    return 1\n>>>>>>> REPLACE", Failure.NOT_FOUND),
        ("<<<<<<< SEARCH\n\n=======\n    return 1\n>>>>>>> REPLACE", Failure.NOT_FOUND),
    ],
)
def test_what_cannot_be_applied_says_why(answer: str, failure: Failure) -> None:
    with pytest.raises(Unusable) as caught:
        rewritten(target("common"), answer)
    assert caught.value.failure is failure
    assert str(caught.value).startswith(failure.value)


def test_a_module_may_begin_with_a_blank_line_or_a_byte_order_mark() -> None:
    code = "def f(x):\n    return [*x]\n"
    for before in ("\n", "\ufeff", " \n", "\f"):
        made = rewritten(target("f", f"{before}def f(x):\n    return list(x)\n"), fenced(code))
        assert made.text == before + code


def test_a_module_that_does_not_parse_is_no_reason_to_fail() -> None:
    text = "def f(x):\n    return list(x)\n\n\nclass Broken(:\n    pass\n"
    with pytest.raises(Unusable, match="cannot be replaced"):
        rewritten(target("f", text), fenced("def f(x):\n    return [*x]\n"))
    with pytest.raises(Unusable, match="does not parse"):
        normal_form(text)


def test_line_ends_and_tabs_stay() -> None:
    text = "class A:\r\n\tdef f(self, x):\r\n\t\treturn list(x)\r\n"
    made = rewritten(target("A.f", text), fenced("def f(self, x):\n    if x:\n        return [*x]\n    return []\n"))
    assert made.text == "class A:\r\n\tdef f(self, x):\r\n\t\tif x:\r\n\t\t\treturn [*x]\r\n\t\treturn []\r\n"


def test_a_longer_answer_may_still_be_read_and_elif_is_no_block_within_a_block() -> None:
    chain = "    if x:\n        return x\n" + "    elif y:\n        return y\n" * 8
    assert "elif y" in rewritten(target("common"), fenced(f"import collections\n{SIGNATURE}\n{chain}")).text
    assert (
        "import collections"
        in rewritten(
            target("common"), fenced(f"import collections\n{GOOD}".replace("set(y)", "collections.Counter(y)"))
        ).text
    )

"""Every file below `cases/` is a test. `pytest --update` rewrites what they expect."""

from pathlib import Path

import pytest
from casefile import CaseError, parsed, parsed_file
from completing import check_case, check_complete

CASES = Path(__file__).parent / "cases"
COMPLETE = sorted((CASES / "complete").rglob("*.case"))


@pytest.mark.parametrize("path", COMPLETE, ids=[str(path.relative_to(CASES)) for path in COMPLETE])
def test_complete(path: Path, request: pytest.FixtureRequest) -> None:
    rewritten = check_case(parsed_file(path), update=request.config.getoption("--update"))
    if rewritten is not None:
        path.write_text(rewritten, encoding="utf-8")


def test_the_language_itself() -> None:
    check_complete(
        """Typing one character computes one token.
#- /a.py
def add(a, b):
    return a$0
#< reply
 + b
#> completion
 + b
#> reuse 0+30
#< type "*"
#< reply
b
#> completion
b
#> reuse 30+1
"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no header", "case:1: there is no header"),
        ('#- /a.py\n$0\n#< reply "x\n', "case:3: not a JSON string"),
        ('#- /a.py\n$0\n#< reply "x"\ny\n', "case:3: a body in the header and below it"),
    ],
)
def test_what_is_not_in_the_language_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        parsed(text)
    assert message in str(caught.value)


def test_an_update_changes_what_is_expected_only() -> None:
    text = '#- /a.py\nx = $0\n#< reply\n12\n#> completion\n13\n#> reuse 1+1\n#< type "1"\n#> completion\n'
    assert check_case(parsed(text), update=True) == (
        '#- /a.py\nx = $0\n#< reply\n12\n#> completion\n12\n#> reuse 0+7\n#< type "1"\n#> completion\n2\n'
    )

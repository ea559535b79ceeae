"""The examples in a rule's docstring: its tests, and what a model is shown of edits that made code faster.

    Before:
        code
    After:              or `After (variant):`, for one variant of the rule
        code
    Try:
        (argument, tuple)
        [(a, sequence), (of, calls)]

    Unchanged: why      or `Unchanged (variant): why`
        code

The last function of the code is the target, `name.method` if it is a method. Each line of `Try` is evaluated afresh
for every call.
"""

import re
import textwrap
from dataclasses import dataclass, field
from types import ModuleType

_HEADER = re.compile(r"^(Before|After|Try|Unchanged)(?: \((?P<variant>[\w-]+)\))?:(?P<why>.*)$", re.MULTILINE)


@dataclass(slots=True)
class Example:
    """`after` maps variants ("" for a rule without) to the code expected, None for unchanged."""

    before: str
    after: dict[str, str | None] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    why: str = ""


def examples_of(module: ModuleType) -> list[Example]:
    """None where docstrings are left out (`python -OO`)."""
    found: list[Example] = []
    text = module.__doc__ or ""
    headers = list(_HEADER.finditer(text))
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        body = text[header.end() : following.start() if following else len(text)]
        block = textwrap.dedent(body.strip("\n")).rstrip() + "\n"
        variant = header["variant"] or ""
        match header[1]:
            case "Before":
                found.append(Example(block))
            case "After":
                found[-1].after[variant] = block
            case "Try":
                found[-1].calls += [line for line in block.splitlines() if line.strip()]
            case "Unchanged":
                found.append(Example(block, {variant: None}, why=header["why"].strip()))
    return found

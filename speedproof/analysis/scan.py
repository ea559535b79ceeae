"""What one file has that could be made faster, by syntax alone: its functions, and the findings in each."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.findings import find
from speedproof.analysis.syntax import Syntax, syntax_error
from speedproof.analysis.targets import targets_of


@dataclass(frozen=True, slots=True)
class ScannedFunction:
    qualname: str
    first_line: int
    """Of its first decorator, or of its `def`; from 1."""
    last_line: int
    n_findings: int


@dataclass(frozen=True, slots=True)
class ScannedFile:
    path: Path
    n_lines: int
    functions: tuple[ScannedFunction, ...] = ()
    problem: str = ""
    """Why nothing in it can be looked at."""
    stamp: tuple[int, ...] = ()
    """Another one where the file was written since."""


def scan(path: Path, text: str) -> ScannedFile:
    """The functions of a file that can be optimized, in the order of their definitions."""
    n_lines = text.count("\n") + 1
    syntax = Syntax.parse(text)
    if syntax.has_error and (error := syntax_error(text)) is not None:
        line, message = error
        return ScannedFile(path, n_lines, problem=f"line {line}: {message}")
    targets = targets_of(path, syntax)
    findings, _ = find(syntax, {})
    starts = [target.span.start for target in targets]
    found: Counter[int] = Counter()
    for finding in findings:
        # The innermost: a method is a target, and the class around it is none.
        found[max((start for start in starts if start <= finding.span.start), default=-1)] += 1
    functions = []
    line, at = 1, 0
    for target in targets:
        line += text.count("\n", at, target.span.start)
        at = target.span.start
        last = line + text.count("\n", at, target.span.end)
        functions.append(ScannedFunction(target.qualname, line, last, found[target.span.start]))
    return ScannedFile(path, n_lines, tuple(functions))

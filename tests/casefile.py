"""The fixture language: a world, what happens in it, and what is expected, as one readable text.

A header is a line that begins with `#- ` (a file), `#< ` (something happens) or `#> ` (an expectation); its body goes
on to the next header. Lines before the first header are the title. A body line that begins with `\\#` loses the
backslash. Bodies of files end in one line end, others in none, or are given as a JSON string in the header.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MARKS = ("#- ", "#< ", "#> ")


class CaseError(Exception):
    """The text is not in the language; the message begins with file and line."""


@dataclass(frozen=True, slots=True)
class Block:
    """`mark` is one of `-`, `<`, `>`; `lines` are the first and the one after the last of its body, from 0."""

    mark: str
    header: str
    body: str
    line: int
    lines: tuple[int, int]

    @property
    def word(self) -> str:
        return self.header.partition(" ")[0]

    @property
    def rest(self) -> str:
        return self.header.partition(" ")[2].strip()


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    title: str
    blocks: tuple[Block, ...]
    text: str

    def error(self, block: Block, message: str) -> CaseError:
        return CaseError(f"{self.name}:{block.line + 1}: {message}")

    def rewritten(self, bodies: Mapping[Block, str]) -> str:
        """The text with other bodies for some of its expectations."""
        lines = self.text.split("\n")
        for block in sorted(bodies, key=lambda block: -block.line):
            first, last = block.lines
            lines[first:last] = [_escaped(line) for line in bodies[block].split("\n")] if bodies[block] else []
            lines[block.line] = f"#> {block.word}" if block.word != "reuse" else f"#> reuse {bodies[block]}"
            if block.word == "reuse":
                del lines[first : first + 1]
        return "\n".join(lines)


def parsed(text: str, name: str = "case") -> Case:
    """Raises CaseError."""
    lines = text.removesuffix("\n").split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(MARKS)]
    if not starts:
        raise CaseError(f"{name}:1: there is no header")
    title = " ".join(lines[: starts[0]]).strip()
    blocks = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        mark, header = lines[start][1], lines[start][3:].strip()
        body_lines = lines[start + 1 : end]
        body = "\n".join(line.removeprefix("\\") if line.startswith("\\#") else line for line in body_lines)
        if mark == "-":
            body = body.rstrip("\n") + "\n" if body.strip("\n") else ""
        header, given = _given(header, name, start)
        if given is not None:
            if body.strip():
                raise CaseError(f"{name}:{start + 1}: a body in the header and below it")
            body = given
        elif mark != "-":
            body = body.rstrip("\n")
        blocks.append(Block(mark, header, body, start, (start + 1, end)))
    return Case(name, title, tuple(blocks), text)


def parsed_file(path: Path) -> Case:
    return parsed(path.read_text(encoding="utf-8"), str(path))


def _given(header: str, name: str, line: int) -> tuple[str, str | None]:
    """The header without the JSON string at its end, and that string."""
    word, _, rest = header.partition(" ")
    opening = rest.find('"')
    if opening < 0:
        return header, None
    try:
        value = json.loads(rest[opening:])
    except ValueError as error:
        raise CaseError(f"{name}:{line + 1}: not a JSON string: {error}") from error
    return f"{word} {rest[:opening]}".strip(), value


def _escaped(line: str) -> str:
    return f"\\{line}" if line.startswith("#") else line

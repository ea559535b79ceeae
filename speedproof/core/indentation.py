"""Indentation of any text, as the text itself has it."""

import re

TAB_COLUMNS = 4
"""What a tab counts for where widths are compared, so that one level in tabs is one in spaces of the usual width."""

_BEFORE, _AFTER = 6000, 2000
"""How far around a place the unit is looked for."""
_HEADER_AND_BODY = re.compile(r"^([ \t]*)[^\s#][^\n]*[:{][ \t]*(?:#[^\n]*)?\n(?:[ \t]*\n)*([ \t]+)(?=\S)", re.MULTILINE)


def indent_of(line: str) -> str:
    """The blanks that `line` begins with."""
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def indent_at(text: str, offset: int) -> str:
    """The blanks that the line which holds `offset` begins with."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", start)
    return indent_of(text[start : len(text) if end < 0 else end])


def columns(indent: str) -> int:
    return len(indent.replace("\f", "").expandtabs(TAB_COLUMNS))


def unit_at(text: str, offset: int) -> str:
    """What one level more of indentation is around `offset`: that of the nearest block above, else of one below."""
    start = text.rfind("\n", 0, max(offset - _BEFORE, 0)) + 1
    around = text[start : offset + _AFTER]
    units = [
        (start + match.end(), match[2][len(match[1]) :])
        for match in _HEADER_AND_BODY.finditer(around)
        if match[2].startswith(match[1]) and len(match[2]) > len(match[1])
    ]
    if units:
        above = [unit for place, unit in units if place <= offset]
        return above[-1] if above else units[0][1]
    return "\t" if "\n\t" in around else "    "

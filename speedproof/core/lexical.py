"""Python text that may be broken, read as far as quotes, comments, brackets and line ends tell.

While somebody types, the text usually does not parse just where it matters. What a parser makes of such a place depends
on how it recovers; this does not recover from anything, and so says the same of a line whatever follows it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from speedproof.core.completion import Kind

CLOSERS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", '"""': '"""', "'''": "'''"}
CLAUSES = frozenset({"elif", "else", "except", "finally", "case"})
"""What begins a line that goes on with a statement above it."""
DEFINITIONS = frozenset({"def", "class", "async", "@"})

_HEADERS = CLAUSES | DEFINITIONS - {"@"} | {"if", "for", "while", "try", "with", "match"}
_NEVER_IN_BRACKETS = frozenset(
    {"def", "class", "return", "import", "while", "try", "raise", "pass", "break", "continue", "del", "global"}
)
"""A line that begins with one of these begins a statement, even if a bracket above it was left open."""

_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<quote>\"{3}|'{3}|["'])
    | (?P<opening>[\[({])
    | (?P<closing>[\])}])
    | (?P<newline>\n)
    | (?P<backslash>\\(?:\r?\n)?)
    | (?P<code>[^\s\#"'\[\](){}\\]+)
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"@|\w+")
_STRING_ENDS = {
    '"': re.compile(r'[^"\\\n]*(?:\\.?[^"\\\n]*)*("|(?=\n)|\Z)', re.DOTALL),
    "'": re.compile(r"[^'\\\n]*(?:\\.?[^'\\\n]*)*('|(?=\n)|\Z)", re.DOTALL),
    '"""': re.compile(r'[^"\\]*(?:(?:\\.?|"(?!""))[^"\\]*)*("""|\Z)', re.DOTALL),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.?|'(?!''))[^'\\]*)*('''|\Z)", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: a statement, a header, or a comment on a line of its own."""

    start: int
    """Of its first token, in the text that was read."""
    end: int
    """After the last, comments aside."""
    word: str
    """The name or keyword that it begins with, "@" or "#"; else empty."""
    opens_block: bool
    """It is the header of a block, and nothing follows the colon."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known at the end of a stretch of text."""

    lines: tuple[Line, ...]
    on_line: bool
    """The last line has not ended."""
    opened: tuple[str, ...]
    """Brackets that are open, the outermost first, and at last the quotes of an open string."""
    closers: tuple[tuple[int, str], ...]
    """Where the text closes what was open before it began, or never was."""
    kind: Kind
    continued: bool
    """A backslash at a line's end joins what follows to the last line."""


def read(text: str, start: int = 0, end: int | None = None, opened: Sequence[str] = ()) -> Reading:
    """`text` from `start` to `end`; `opened` is what was open before, as in `Reading`. Linear in the length read."""
    end = len(text) if end is None else end
    stack, n_given = list(opened), len(opened)
    lines: list[Line] = []
    closers: list[tuple[int, str]] = []
    first, last, word, colon = -1, -1, "", False
    fresh, kind, continued = True, Kind.CODE, False
    position = start
    while position < end or (stack and stack[-1] in _STRING_ENDS):
        if stack and stack[-1] in _STRING_ENDS:
            match = _STRING_ENDS[stack[-1]].match(text, position, end)
            assert match is not None, "the pattern can always end at the end"
            position = last = match.end()
            if position == end and not match[1]:
                kind = Kind.STRING
                break
            quote = stack.pop()
            if len(stack) < n_given:
                n_given = len(stack)
                if match[1]:
                    closers.append((position - len(quote), quote))
            continue
        match = _TOKEN.search(text, position, end)
        if match is None:
            break
        position, token, continued = match.end(), match[0], False
        if match.lastgroup == "newline":
            if not stack:
                if first >= 0:
                    lines.append(Line(first, last, word, colon and word in _HEADERS))
                first, word, colon = -1, "", False
            fresh = True
            continue
        if match.lastgroup == "backslash":
            continued = token.endswith("\n")
            continue
        if match.lastgroup == "comment":
            if first < 0 and fresh and not stack:
                lines.append(Line(match.start(), position, "#", opens_block=False))
            kind = Kind.COMMENT if position == end else kind
            continue
        begins = _WORD.match(token)
        if fresh and stack and begins and begins[0] in _NEVER_IN_BRACKETS:
            if first >= 0:
                lines.append(Line(first, last, word, opens_block=False))
            stack, n_given, first = [], 0, -1
        if first < 0:
            first, word = match.start(), begins[0] if begins else ""
        fresh, last, colon = False, position, token.endswith(":") and not stack
        if match.lastgroup in ("quote", "opening"):
            stack.append(token)
        elif match.lastgroup == "closing":
            if any(CLOSERS[opener] == token for opener in stack):
                while CLOSERS[stack.pop()] != token:
                    pass
                known = len(stack) >= n_given
            else:
                known = False
            if not known:
                n_given = min(n_given, len(stack))
                closers.append((match.start(), token))
    on_line = first >= 0
    if on_line:
        lines.append(Line(first, last, word, colon and word in _HEADERS))
    return Reading(tuple(lines), on_line, tuple(stack), tuple(closers), kind, continued)

"""Where the lines of a text begin, kept up to date at the cost of an edit's surroundings.

Only LSP's line ends count: "\\n", "\\r\\n" and "\\r". `str.splitlines` knows more of them (form feed, U+2028)
and so would shift every line after one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from speedproof.core.text import Edit

CHUNK_LINES = 100
"""Lines are counted in chunks of about this many: an edit counts anew those of the chunks that it touches."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Whole lines: `length` code points, lines beginning at `starts`, which are relative to the chunk."""

    length: int
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LineIndex:
    """The line starts of one text. Lines and offsets count from 0; the last line ends the text, perhaps empty."""

    chunks: tuple[_Chunk, ...]
    chunk_offsets: tuple[int, ...]
    chunk_lines: tuple[int, ...]
    """The offset and the line at which each chunk begins, and after the last those at which the text ends."""

    @classmethod
    def of(cls, text: str) -> "LineIndex":
        return _index(_chunks(text, is_last=True))

    @property
    def n_lines(self) -> int:
        return self.chunk_lines[-1]

    @property
    def length(self) -> int:
        return self.chunk_offsets[-1]

    def line_start(self, line: int) -> int:
        """The offset at which `line` begins; `0 <= line < n_lines`."""
        chunk = bisect_right(self.chunk_lines, line) - 1
        return self.chunk_offsets[chunk] + self.chunks[chunk].starts[line - self.chunk_lines[chunk]]

    def line_of(self, offset: int) -> int:
        """The line that holds `offset`; `0 <= offset <= length`."""
        chunk = self._chunk_of(offset)
        return self.chunk_lines[chunk] + bisect_right(self.chunks[chunk].starts, offset - self.chunk_offsets[chunk]) - 1

    def edited(self, edit: Edit, text: str) -> "LineIndex":
        """The index of `text`, which is the text after `edit`."""
        # The character before the edit counts as touched: it may be half of a "\r\n" that is parted or joined.
        first = self._chunk_of(max(edit.span.start - 1, 0))
        last = self._chunk_of(edit.span.end)
        start = self.chunk_offsets[first]
        end = self.chunk_offsets[last + 1] + len(text) - self.length
        middle = _chunks(text[start:end], is_last=last == len(self.chunks) - 1)
        return _index((*self.chunks[:first], *middle, *self.chunks[last + 1 :]))

    def _chunk_of(self, offset: int) -> int:
        return min(bisect_right(self.chunk_offsets, offset), len(self.chunks)) - 1


def _index(chunks: Iterable[_Chunk]) -> LineIndex:
    chunks = tuple(chunks)
    offsets = accumulate((chunk.length for chunk in chunks), initial=0)
    lines = accumulate((len(chunk.starts) for chunk in chunks), initial=0)
    return LineIndex(chunks, tuple(offsets), tuple(lines))


def _starts(text: str) -> list[int]:
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    starts.pop()  # that of the line behind the last one
    return starts


def _chunks(text: str, *, is_last: bool) -> list[_Chunk]:
    """The chunks of `text`, which ends with a line end or, if `is_last`, holds the last line too."""
    starts = _starts(text)
    if not is_last:
        starts.pop()
    # One that has grown is not cut at once, or every line typed at its end would make a chunk of its own.
    size = CHUNK_LINES if len(starts) > 2 * CHUNK_LINES else max(len(starts), 1)
    cuts = range(0, len(starts), size)
    ends = [*(starts[cut] for cut in cuts[1:]), len(text)]
    return [
        _Chunk(end - starts[cut], tuple(start - starts[cut] for start in starts[cut : cut + size]))
        for cut, end in zip(cuts, ends, strict=True)
    ]

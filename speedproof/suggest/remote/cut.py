"""Ending a stream of text at the first of some strings, also where it arrives in parts."""

import re
from collections.abc import Iterable

_LONE = re.compile("[\ud800-\udfff]")


class Cut:
    """Text goes in piece by piece, and comes out as soon as it is certain that no stop begins in it."""

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(stop for stop in dict.fromkeys(stops) if stop)
        self._held = ""
        self.found = False
        """A stop came: there is nothing more."""

    def feed(self, piece: str) -> str:
        if self.found:
            return ""
        text = self._held + cleaned(piece)
        starts = [start for stop in self._stops if (start := text.find(stop)) >= 0]
        if starts:
            self.found, self._held = True, ""
            return text[: min(starts)]
        n_held = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - n_held :]
        return text[: len(text) - n_held]

    def rest(self) -> str:
        """What was held back, now that no more comes."""
        rest, self._held = self._held, ""
        return rest


def cleaned(piece: str) -> str:
    """With "\\n" for line ends, and without halves of characters: the other one is not going to come."""
    return _LONE.sub("\ufffd", piece.replace("\r", ""))


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` may be the start of `stop`, which is not in it."""
    most = min(len(text), len(stop) - 1)
    return next((n for n in range(most, 0, -1) if text.endswith(stop[:n])), 0)

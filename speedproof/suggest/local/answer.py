"""From a prompt's pieces to tokens that fit, and from an answer's text to where it ends."""

from collections.abc import Iterable, Sequence

from speedproof.suggest.completion.templates import Piece, Special
from speedproof.suggest.local.tokens import Tokens

BLOCK = 256
"""Tokens that are cut off at a time: cut one by one, a prompt would begin elsewhere with every keystroke."""
MAX_CHARACTERS = 16
"""More than a token has on average, in any text that is worth completing."""


def prompt_ids(tokens: Tokens, pieces: Sequence[Piece], suffix: str, room: int) -> list[int]:
    """At most `room` tokens for the prompt; at least one.

    Whoever made it has cut it to size already, by a guess. Where that was wrong, the end of a long suffix goes first,
    then the start of what is before.
    """
    parts: list[list[int]] = []
    texts: list[list[int]] = []
    behind: list[int] = []
    for piece in pieces:
        is_suffix = isinstance(piece, str) and piece == suffix and not behind
        ids = _ids(tokens, piece, room * MAX_CHARACTERS, keep_start=is_suffix)
        parts.append(ids)
        if is_suffix:
            behind = ids
        elif isinstance(piece, str):
            texts.append(ids)
    n_excess = len(tokens.beginning) + sum(map(len, parts)) - room
    if n_excess > 0:
        block = max(1, min(BLOCK, room // 4))
        n_behind = min(len(behind) - min(len(behind), room // 4), n_excess)
        del behind[len(behind) - n_behind :]
        n_excess = -(-(n_excess - n_behind) // block) * block
        for ids in texts:
            n_cut = min(len(ids), n_excess)
            del ids[:n_cut]
            n_excess -= n_cut
    made = [*tokens.beginning, *(number for ids in parts for number in ids)]
    return made[-room:] or tokens.encode("\n") or [0]


def _ids(tokens: Tokens, piece: Piece, most: int, *, keep_start: bool) -> list[int]:
    if isinstance(piece, Special):
        number = tokens.id_of(piece.token)
        return tokens.encode(piece.text) if number is None else [number]
    if len(piece) <= most:
        return list(tokens.encode(piece))
    if keep_start:
        return list(tokens.encode(piece[:most]))
    step = max(1, most // 4)
    return list(tokens.encode(piece[-(-(len(piece) - most) // step) * step :]))


class Until:
    """Text as it comes, up to the first of some strings; what may be the beginning of one is held back."""

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""

    def add(self, text: str) -> tuple[str, bool]:
        """What can be told now, and whether one of the strings has come."""
        text = self._held + text
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self._held = ""
            return text[: min(found)], True
        starts = (length for stop in self._stops for length in range(1, len(stop)) if text.endswith(stop[:length]))
        certain = len(text) - max(starts, default=0)
        self._held = text[certain:]
        return text[:certain], False

    def rest(self) -> str:
        """What was held back, now that nothing follows."""
        held, self._held = self._held, ""
        return held

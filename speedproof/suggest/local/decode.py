"""Choosing the next tokens, one by one or several at a time where the text repeats itself."""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

import torch
from torch import Tensor

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.plan import common_prefix
from speedproof.suggest.local.session import TextSession

LOOKUP_GRAM = 3
LOOKUP_LENGTH = 8


def most_probable(logits: Tensor) -> int:
    return int(logits.argmax())


def sampled(temperature: float, seed: int) -> Callable[[Tensor], int]:
    """Chooses by probability. The same seed and the same text give the same choices."""
    generator = torch.Generator().manual_seed(seed)

    def choose(logits: Tensor) -> int:
        chances = (logits.float().cpu() / temperature).softmax(-1)
        return int(torch.multinomial(chances, 1, generator=generator))

    return choose


def decoded(
    session: TextSession,
    logits: Tensor,
    stop: frozenset[int],
    limit: int,
    cancel: CancelToken,
    lookup: bool = True,
    choose: Callable[[Tensor], int] = most_probable,
) -> Iterator[int]:
    """Up to `limit` tokens after the session's, the one that `choose` takes each time; ends before one of `stop`.

    With `lookup`, what followed the last few tokens where they stood before is taken for a guess, and as much of it as
    would have been chosen itself comes from one pass (prompt lookup, Saxena, 2023): the same tokens as without.
    Raises Cancelled.
    """
    token = choose(logits)
    count = 0
    while token not in stop:
        yield token
        count += 1
        if count >= limit or session.n_free == 0:
            return
        guess = _guessed(session.tokens, token)[: min(limit - count, session.n_free - 1)] if lookup else []
        guess = list(takewhile(lambda each: each not in stop, guess))
        rows = session.extend([token, *guess], cancel)
        chosen: list[int] = []
        for row, guessed in zip(rows, [*guess, None], strict=True):
            chosen.append(choose(row))
            if chosen[-1] != guessed:
                break
        right = common_prefix(guess, chosen)
        session.crop(len(session.tokens) - len(guess) + right)
        yield from guess[:right]
        count += right
        token = chosen[right]
        if count >= limit:
            return


def _guessed(tokens: Sequence[int], last: int) -> list[int]:
    """What followed the last time that the text had the same LOOKUP_GRAM tokens."""
    if len(tokens) < LOOKUP_GRAM:
        return []
    gram = [*tokens[len(tokens) - LOOKUP_GRAM + 1 :], last]
    first = gram[0]
    place = len(tokens) - LOOKUP_GRAM
    while place >= 0:
        if tokens[place] == first and list(tokens[place : place + LOOKUP_GRAM]) == gram:
            return list(tokens[place + LOOKUP_GRAM : place + LOOKUP_GRAM + LOOKUP_LENGTH])
        place -= 1
    return []

"""Operators for text and bytes."""

from __future__ import annotations

import re
from typing import Any

from .mutate_context import Context, Operators

UNUSUAL = (
    "é", "e\u0301", "ß", "İ", "ı", "ſ", "Ω", "ǆ", "\u00b2", "\u0663", "\u00a0", "\u2028", "\u200b", "\u3000",
    "中", "😀", "👨\u200d👩\u200d👧", "\x00", "\x1c", "\r\n", "\r", "\t", "\x0b", "\\", "'", '"', "%", "{}",
)  # fmt: skip
_TOKENS = re.compile(r"[A-Za-z]+|[0-9]+|\s+|.", re.DOTALL)


def dropped(text: str, context: Context) -> str:
    start, end = _slice(text, context)
    return text[:start] + text[end:]


def kept(text: str, context: Context) -> str:
    start, end = _slice(text, context)
    return context.rng.choice((text[start:end], text[:end], text[start:]))


def repeated_part(text: str, context: Context) -> str:
    start, end = _slice(text, context, 3)
    return _bounded(text[:end] + text[start:end] * context.rng.choice((1, 1, 2, 3)) + text[end:], context)


def repeated(text: str, context: Context) -> str:
    return _bounded(context.rng.choice(("", " ", "\n", "")).join([text] * context.rng.choice((2, 2, 3))), context)


def inserted(text: str, context: Context) -> str:
    place = context.rng.randint(0, len(text))
    return text[:place] + context.words.letter(context.rng) + text[place:]


def replaced(text: str, context: Context) -> str:
    place = context.rng.randrange(len(text))
    return text[:place] + context.words.letter(context.rng) + text[place + 1 :]


def swapped(text: str, context: Context) -> str:
    one, two = sorted(context.rng.sample(range(len(text)), 2))
    return text[:one] + text[two] + text[one + 1 : two] + text[one] + text[two + 1 :]


def turned(text: str, context: Context) -> str:
    return context.rng.choice((text[::-1], "".join(sorted(text)), text + text[::-1], text + text[-2::-1]))


def case_changed(text: str, context: Context) -> str:
    if context.chance(0.5):
        return context.rng.choice((text.upper(), text.lower(), text.swapcase(), text.title()))
    place = context.rng.randrange(len(text))
    return text[:place] + text[place].swapcase() + text[place + 1 :]


def padded(text: str, context: Context) -> str:
    space = context.rng.choice((" ", " ", "\n", "\t", "  ", "0"))
    return context.rng.choice((space + text, text + space, space + text + space, text.strip()))


def token_changed(text: str, context: Context) -> str:
    """Words, numbers and what separates them dropped, doubled, swapped; numbers counted up and down."""
    tokens = _TOKENS.findall(text)
    place = context.rng.randrange(len(tokens))
    token = tokens[place]
    if token.isdigit() and token.isascii() and len(token) < 300 and context.chance(0.7):
        if context.chance(0.4):
            tokens[place] = _number_of_code(token, context)
            return "".join(tokens)
        number = max(0, int(token) + context.rng.choice((-1, 1, 10, -10, context.rng.randint(0, 99))))
        tokens[place] = context.rng.choice((str(number), str(number).zfill(len(token)), "0" + token, token[:-1]))
        return "".join(tokens)
    other = context.rng.randrange(len(tokens))
    change = context.rng.randrange(4)
    if change == 0:
        del tokens[place]
    elif change == 1:
        tokens.insert(other, token)
    elif change == 2:
        tokens[place], tokens[other] = tokens[other], token
    else:
        tokens[place] = str(context.words.pick(str, context.rng))
    return _bounded("".join(tokens), context)


def _number_of_code(token: str, context: Context) -> str:
    """A number that the code knows, or one beside it, with as many digits as there are."""
    numbers = [n for n in context.words.constants.get(int, ()) if 0 <= n < 10 ** max(2, len(token))]
    number = context.rng.choice(numbers or [0, 1]) + context.rng.choice((0, 0, 1, -1))
    return str(max(0, number)).zfill(len(token))


def of_own_letters(text: str, context: Context) -> str:
    """A short text over the letters that the code or the text itself knows: small cases, nearly exhaustively."""
    constants = "".join(context.words.constants.get(str, ())[:20])
    letters = text + constants if context.chance(0.5) else constants or text
    return "".join(context.rng.choice(letters) for _ in range(context.rng.randint(1, 8)))


def of_words(text: str, context: Context) -> str:
    """Words known from the seeds, the code and the text itself, joined as the text joins its own."""
    tokens = _TOKENS.findall(text)
    joints = [token for token in tokens if not token.isalnum()] or [" ", "", ","]
    words = [token for token in tokens if token.isalnum()]
    count = context.rng.randint(1, 5)
    parts = [
        context.rng.choice(words) if words and context.chance(0.5) else str(context.words.pick(str, context.rng))
        for _ in range(count)
    ]
    return _bounded(context.rng.choice(joints).join(parts), context)


def crossed(text: str, context: Context) -> str:
    other = str(context.words.pick(str, context.rng))
    start, end = context.rng.randint(0, len(text)), context.rng.randint(0, len(other))
    return _bounded(context.rng.choice((text[:start] + other[end:], text + other, other + text)), context)


def seen(_: str, context: Context) -> str:
    return str(context.words.pick(str, context.rng))


def ordinary(_: str, context: Context) -> str:
    return context.rng.choice(("", "", " ", "a", "A", "0", "-1", "ab", "aa", "aba", "a b", "  ", "\n", "1.5", "A1"))


def one_letter(text: str, context: Context) -> str:
    letter = context.rng.choice(text) if text else context.words.letter(context.rng)
    return letter * context.rng.randint(1, max(4, min(len(text), context.longest)))


def unusual(text: str, context: Context) -> str:
    place = context.rng.randint(0, len(text))
    return text[:place] + context.rng.choice(UNUSUAL) + text[place + context.rng.randint(0, 1) :]


def octets_changed(value: Any, context: Context) -> Any:
    """Bytes and byte arrays, by way of the text operators: one character is one octet."""
    text = context.mutate(value.decode("latin-1"))
    return type(value)(text.encode("latin-1", "replace"))


def octet_replaced(value: Any, context: Context) -> Any:
    place = context.rng.randrange(len(value))
    octet = context.rng.choice((0, 255, 127, 128, 10, context.rng.randrange(256)))
    return type(value)(value[:place] + bytes([octet]) + value[place + 1 :])


def _slice(text: str, context: Context, most: int = 0) -> tuple[int, int]:
    """A non-empty part of a non-empty text, short ones more often."""
    if not text:
        raise LookupError("empty")
    start = context.rng.randrange(len(text))
    length = 1 + min(int(context.rng.expovariate(0.6)), len(text) - start - 1)
    if not most and context.chance(0.2):
        length = context.rng.randint(1, len(text) - start)
    return start, start + (min(length, most) if most else length)


def _bounded(text: str, context: Context) -> str:
    if len(text) > max(10 * context.longest, 200):
        raise LookupError("too long")
    return text


TEXT: Operators = {
    dropped: 4, kept: 3, repeated_part: 4, repeated: 1, inserted: 4, replaced: 4, swapped: 2, turned: 2,
    case_changed: 3, padded: 3, token_changed: 5, of_own_letters: 5, of_words: 2, crossed: 2, seen: 3, ordinary: 3,
    one_letter: 2, unusual: 2,
}  # fmt: skip
BYTES: Operators = {octets_changed: 4, octet_replaced: 1}

"""Operators for numbers."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .mutate_context import Context, Operators

_NAN = float("nan")
"""One object: containers look for identity before equality, so a shared NaN equals itself there."""


def near(value: int, context: Context) -> int:
    return value + context.rng.choice((-1, 1, -1, 1, -2, 2))


def negative(value: Any, _: Context) -> Any:
    return -value


def boundary(_: int, context: Context) -> int:
    return context.rng.choice((0, 1, -1, 2, 3, 10))


def constant(_: int, context: Context) -> int:
    """A number that the code compares with or counts to, or one beside it."""
    numbers = context.words.constants[int]
    return int(context.rng.choice(numbers)) + context.rng.choice((0, 0, -1, 1))


def seen(value: Any, context: Context) -> Any:
    return context.words.pick(type(value), context.rng)


def combined(value: int, context: Context) -> int:
    other = seen(value, context)
    result = context.rng.choice((value + other, value - other, value * other))
    return _within(int(result), context)


def magnified(value: int, context: Context) -> int:
    return _within(context.rng.choice((value * 2, value // 2, value * 10, value // 10, value * value)), context)


def anywhere(value: int, context: Context) -> int:
    bound = context.rng.choice((10, 2 * abs(value) + 10, context.reach))
    return context.rng.randint(-bound // 4 if value >= 0 else -bound, bound)


def round_number(value: int, context: Context) -> int:
    """Powers of two and ten and their neighbours, up to the reach."""
    base = context.rng.choice((2, 10))
    exponent = context.rng.randint(0, max(1, int(math.log(context.reach, base))))
    return int((-1 if value < 0 else 1) * base**exponent + context.rng.choice((-1, 0, 1)))


def digits_changed(value: int, context: Context) -> int:
    digits = list(str(abs(value)))
    place = context.rng.randrange(len(digits))
    if context.chance(0.5):
        digits[place] = context.rng.choice("0123456789")
    else:
        digits.insert(place, context.rng.choice("0019" + digits[place]))
    return _within(int("".join(digits)) * (-1 if value < 0 else 1), context)


def flipped(value: bool, _: Context) -> bool:
    return not value


def beside(value: float, context: Context) -> float:
    """The next float, or one a rounding error away."""
    return context.rng.choice(
        (math.nextafter(value, math.inf), math.nextafter(value, -math.inf), value + 1e-9, value * (1 + 1e-12))
    )


def shifted(value: float, context: Context) -> float:
    return value + context.rng.choice((-1.0, 1.0, -0.5, 0.5, 0.1, -0.1, 100.0))


def scaled(value: float, context: Context) -> float:
    return value * context.rng.choice((-1.0, 2.0, 0.5, 10.0, 0.1, 1e3, 1e-3))


def rounded(value: float, context: Context) -> float:
    return float(round(value, context.rng.choice((0, 0, 1, 2))))


def special(_: float, context: Context) -> float:
    return context.rng.choice((0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 0.1, 1e16, 1e-9))


def extreme(_: float, context: Context) -> float:
    new_nan = float("nan")
    return context.rng.choice((_NAN, new_nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 1e300, 2.0**53 + 2))


def of_constant(_: float, context: Context) -> float:
    numbers = [*context.words.constants.get(int, ()), *context.words.constants.get(float, ())]
    return float(context.rng.choice(numbers)) + context.rng.choice((0.0, 0.0, 1.0, -1.0))


def drawn(value: float, context: Context) -> float:
    return context.rng.uniform(-1, 1) * context.rng.choice((1, 10, 2 * abs(value) + 1, 1e6))


def part_changed(value: complex, context: Context) -> complex:
    if context.chance(0.5):
        return complex(context.mutate(value.real), value.imag)
    return complex(value.real, context.mutate(value.imag))


def decimal_changed(value: Decimal, context: Context) -> Decimal:
    one = Decimal(1).scaleb(value.as_tuple().exponent if value.is_finite() else 0)  # type: ignore[arg-type]
    return context.rng.choice(
        (
            value + one,
            value - one,
            -value,
            value * 10,
            Decimal(0),
            Decimal("-0"),
            Decimal("NaN"),
            Decimal("Infinity"),
        )
    )


def fraction_changed(value: Fraction, context: Context) -> Fraction:
    return Fraction(context.mutate(value.numerator), abs(context.mutate(value.denominator)) or 1)


def _within(value: int, context: Context) -> int:
    if abs(value) > max(context.reach, 1000):
        raise LookupError("out of reach")
    return value


INT: Operators = {
    near: 5, boundary: 4, negative: 2, constant: 4, seen: 3, combined: 2, magnified: 2, anywhere: 4,
    round_number: 3, digits_changed: 2,
}  # fmt: skip
FLOAT: Operators = {
    special: 4, shifted: 3, scaled: 3, rounded: 2, seen: 2, of_constant: 2, drawn: 2, negative: 2, extreme: 3,
    beside: 1,
}  # fmt: skip
BOOL: Operators = {flipped: 1}
COMPLEX: Operators = {part_changed: 3, negative: 1, seen: 1}
DECIMAL: Operators = {decimal_changed: 4, seen: 1}
FRACTION: Operators = {fraction_changed: 4, negative: 1, seen: 1}

"""One value changed into another nearby: chooses among the operators for its type.

Operators are functions `(value, context) -> value`. They return something new and leave their argument as it is; what
does not apply they refuse by raising LookupError, and another is tried.
"""

from __future__ import annotations

import enum
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import mutate_containers, mutate_numbers, mutate_objects, mutate_text
from .mutate_context import Context, Operators

TRIES = 8
OPERATORS: dict[type, Operators] = {
    bool: mutate_numbers.BOOL,
    int: mutate_numbers.INT,
    float: mutate_numbers.FLOAT,
    complex: mutate_numbers.COMPLEX,
    Decimal: mutate_numbers.DECIMAL,
    Fraction: mutate_numbers.FRACTION,
    str: mutate_text.TEXT,
    bytes: mutate_text.BYTES,
    bytearray: mutate_text.BYTES,
    **mutate_containers.KINDS,
    **mutate_objects.KINDS,
}


def mutated(value: Any, context: Context) -> Any:
    """A variation of `value` of the same type. `value` itself where nothing applies."""
    table = operators_for(value)
    operators, weights = list(table), list(table.values())
    for _ in range(TRIES if operators else 0):
        operator = context.rng.choices(operators, weights)[0]
        try:
            result = operator(value, context)
            return result if type(result) is type(value) else type(value)(result)
        except Exception:  # LookupError where it does not apply; anything where the project's own objects object
            continue
    return value


def operators_for(value: Any) -> Operators:
    """The operators for the exact type of `value`, else for the first of its bases that has some."""
    if isinstance(value, enum.Enum):
        return OPERATORS[enum.Enum]
    if isinstance(value, tuple) and (hasattr(value, "_fields") or len({type(item) for item in value}) > 1):
        return mutate_containers.RECORD
    for kind in type(value).__mro__:
        if kind in OPERATORS:
            # A class of the project's that builds on a container may keep what matters in fields of its own.
            own = mutate_objects.of_fields(value) if kind is not type(value) else {}
            return {**OPERATORS[kind], **own}
    return mutate_objects.of_other(value)

"""What the shop deals in. Money is in cents, weights are in grams."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One article of an order."""

    article: str
    quantity: int
    price: int

    def total(self) -> int:
        return self.quantity * self.price


@dataclass(frozen=True)
class Customer:
    number: int
    name: str
    country: str


@dataclass(frozen=True)
class Order:
    number: int
    customer: int
    lines: tuple[Line, ...] = ()

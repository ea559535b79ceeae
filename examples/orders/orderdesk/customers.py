"""Who buys from us."""

from functools import cmp_to_key

from orderdesk.models import Customer, Order


def with_countries(orders: list[Order], customers: list[Customer]) -> list[tuple[int, str]]:
    """(order number, country) of each order; orders of customers we do not know are left out."""
    found = []
    for order in orders:
        for customer in customers:
            if customer.number == order.customer:
                found.append((order.number, customer.country))
                break
    return found


def orders_per_customer(buyers: list[int]) -> dict[int, int]:
    """How often each customer number occurs among the buyers of a month."""
    counts = {}
    for buyer in buyers:
        counts[buyer] = buyers.count(buyer)
    return counts


def by_name(names: list[str]) -> list[str]:
    """Names in the order of the telephone list: by last word, then by the whole name."""

    def compare(one: str, other: str) -> int:
        left = (one.split(" ")[-1], one)
        right = (other.split(" ")[-1], other)
        return (left > right) - (left < right)

    return sorted(names, key=cmp_to_key(compare))


def best_customer(revenues: list[tuple[str, int]]) -> str:
    """Who brought most; among equals the one who came last, as those are thanked first."""
    return sorted(revenues, key=lambda revenue: revenue[1])[-1][0]

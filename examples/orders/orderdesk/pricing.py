"""Prices, offers and what they add up to. All amounts are in cents."""

from orderdesk.models import Line


def cost_shares(costs: list[int]) -> list[float]:
    """Each cost as a share of the whole, for spreading the freight of a delivery over its articles."""
    shares = []
    for cost in costs:
        shares.append(round(cost / sum(costs), 4))
    return shares


def lowest_offer(offers: list[int]) -> int | None:
    """The lowest of the suppliers' offers; None where nobody offers."""
    if not offers:
        return None
    return sorted(offers)[0]


def first_offer(offers: dict[str, int]) -> int:
    """The offer of the supplier who answered first. Raises IndexError where nobody has answered."""
    return list(offers.values())[0]


def price_points(prices: list[int]) -> dict[int, int]:
    """How many articles stand at each price, in the order in which the prices first appear."""
    points: dict[int, int] = {}
    for price in prices:
        if price in points:
            points[price] += 1
        else:
            points[price] = 1
    return points


def basket_total(lines: list[Line]) -> int:
    """What a basket costs."""
    return sum([line.quantity * line.price for line in lines])


def is_wholesale(quantities: list[int], threshold: int) -> bool:
    """Whether one line of the order alone reaches the wholesale threshold."""
    for quantity in quantities:
        if quantity >= threshold:
            return True
    return False


def running_median(prices: list[int]) -> list[int]:
    """The upper median of the prices seen so far, after each one."""
    seen: list[int] = []
    medians = []
    for price in prices:
        seen.append(price)
        seen.sort()
        medians.append(seen[len(seen) // 2])
    return medians

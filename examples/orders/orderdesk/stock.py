"""What lies on the shelves, and what leaves them."""

import copy


def pack_parcels(weights: list[int], limit: int) -> list[list[int]]:
    """Fill parcels in the order of arrival, none heavier than `limit` unless one article alone is."""
    waiting = list(weights)
    parcels = []
    parcel: list[int] = []
    load = 0
    while waiting:
        weight = waiting.pop(0)
        if parcel and load + weight > limit:
            parcels.append(parcel)
            parcel = []
            load = 0
        parcel.append(weight)
        load += weight
    if parcel:
        parcels.append(parcel)
    return parcels


def levels_backwards(level: int, movements: list[int]) -> list[int]:
    """The stock level before each movement, given the level after the last one."""
    levels = []
    for movement in reversed(movements):
        level -= movement
        levels.insert(0, level)
    return levels


def last_movements(movements: list[int], limit: int) -> list[int]:
    """The most recent movements of an article, newest first; the card has them oldest first."""
    movements = movements[::-1]
    return movements[:limit]


def missing_articles(wanted: list[str], shelf: dict[str, int]) -> list[str]:
    """The wanted articles that have no place on the shelf at all."""
    return [article for article in wanted if article not in list(shelf.keys())]


def after_delivery(shelf: dict[str, int], delivery: dict[str, int]) -> dict[str, int]:
    """The shelf with a delivery put on it; the shelf itself stays as it is."""
    result = copy.deepcopy(shelf)
    for article, quantity in delivery.items():
        result[article] = result.get(article, 0) + quantity
    return result


def take(shelf: dict[str, int], article: str, quantity: int) -> bool:
    """Take from the shelf what there is, at most `quantity`. Says whether that was all."""
    there = min(shelf.get(article, 0), quantity)
    if there > 0:
        shelf[article] -= there
    return there == quantity


def take_all(shelf: dict[str, int], wanted: list[tuple[str, int]]) -> bool:
    """Take every wanted article as far as it goes. Says whether nothing was missing."""
    return all([take(shelf, article, quantity) for article, quantity in wanted])


def all_delivered(ordered: list[str], delivered: list[str]) -> bool:
    """Whether everything that was ordered has been delivered."""
    return all([article in delivered for article in ordered])

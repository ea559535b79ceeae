"""What the printer and the owner get to see."""

from orderdesk.models import Line


class Receipt:
    """A receipt that grows line by line while the till is open."""

    def __init__(self, title: str) -> None:
        self.text = title + "\n"

    def add(self, lines: list[Line]) -> None:
        """Print the lines of one sale, then a rule."""
        for line in lines:
            self.text += f"{line.quantity:>4} x {line.article:<12} {line.price:>8}\n"
        self.text += "-" * 28 + "\n"


def packing_slip(lines: list[tuple[str, int]]) -> str:
    """One line of text for each article to pack, quantities first."""
    slip = ""
    for article, quantity in lines:
        slip = slip + str(quantity) + " x " + article + "\n"
    return slip


def best_sellers(sold: list[int], places: int) -> list[int]:
    """The highest sales figures of the month, highest first."""
    return sorted(sold, reverse=True)[:places]


def busy_days(totals: dict[str, int], floor: int) -> list[str]:
    """The days, in calendar order, whose takings reached `floor`."""
    days = []
    for day, total in totals.items():
        if total >= floor:
            days.append(day)
    return sorted(days)


def returned_twice(returns: list[str]) -> list[str]:
    """Articles that came back more than once, each named once, in the order of their first return."""
    named: list[str] = []
    for article in returns:
        if returns.count(article) > 1 and article not in named:
            named.append(article)
    return named


def stocktaking_route(shelves: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Shelves (row, place) in walking order: odd rows upwards, even rows back."""
    route = []
    for row in range(1, max((row for row, _ in shelves), default=0) + 1):
        places = sorted(place for at, place in shelves if at == row)
        if row % 2 == 0:
            places = places[::-1]
        for place in places:
            route = route + [(row, place)]
    return route

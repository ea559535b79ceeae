"""Shop data that the tests share: made up, but of the sizes that a busy day has."""

import random

import pytest

from orderdesk.models import Customer, Line, Order


@pytest.fixture
def rng() -> random.Random:
    return random.Random(1897)


@pytest.fixture
def articles(rng: random.Random) -> list[str]:
    letters = "ABCDEFGH"
    return [f"{rng.choice(letters)}{rng.choice(letters)}-{number}" for number in rng.sample(range(100, 9999), 300)]


@pytest.fixture
def lines(rng: random.Random, articles: list[str]) -> list[Line]:
    return [Line(article, rng.randint(1, 12), rng.randint(99, 49_999)) for article in articles[:120]]


@pytest.fixture
def customers(rng: random.Random) -> list[Customer]:
    countries = ["AT", "CH", "DE", "DK", "NL"]
    return [Customer(1000 + 3 * n, f"Customer {n}", rng.choice(countries)) for n in range(150)]


@pytest.fixture
def orders(rng: random.Random, customers: list[Customer]) -> list[Order]:
    numbers = [customer.number for customer in customers] + [1, 2, 3]
    return [Order(50_000 + n, rng.choice(numbers)) for n in range(200)]

import pytest

from orderdesk.customers import best_customer, by_name, orders_per_customer, with_countries
from orderdesk.models import Customer, Order


def test_orders_get_their_customers_country(orders, customers):
    few = [Customer(7, "Ada", "AT"), Customer(8, "Bea", "DK"), Customer(7, "Ada again", "CH")]
    assert with_countries([Order(1, 8), Order(2, 7), Order(3, 9), Order(4, 8)], few) == [(1, "DK"), (2, "AT"), (4, "DK")]
    assert with_countries([], few) == []
    assert with_countries([Order(1, 8)], []) == []
    known = {customer.number: customer.country for customer in customers}
    expected = [(order.number, known[order.customer]) for order in orders if order.customer in known]
    assert with_countries(orders, customers) == expected


def test_orders_per_customer(rng):
    assert orders_per_customer([]) == {}
    assert orders_per_customer([3, 1, 3]) == {3: 2, 1: 1}
    buyers = [rng.randint(1, 120) for _ in range(500)]
    assert sum(orders_per_customer(buyers).values()) == 500
    assert list(orders_per_customer(buyers)) == list(dict.fromkeys(buyers))


def test_telephone_list(rng):
    assert by_name(["Bea Moser", "Ada Zorn", "Cid Huber", "Abe Moser"]) == [
        "Cid Huber",
        "Abe Moser",
        "Bea Moser",
        "Ada Zorn",
    ]
    assert by_name([]) == []
    assert by_name(["Plato"]) == ["Plato"]
    first, last = ["Ada", "Bea", "Cid", "Dan"], ["Huber", "Moser", "Novak", "Zorn"]
    names = [f"{rng.choice(first)} {rng.choice(last)}" for _ in range(200)]
    assert [name.split(" ")[1] for name in by_name(names)] == sorted(name.split(" ")[1] for name in names)


def test_the_best_customer_is_the_last_among_equals(rng):
    assert best_customer([("Ada", 10)]) == "Ada"
    assert best_customer([("Ada", 10), ("Bea", 30), ("Cid", 20)]) == "Bea"
    assert best_customer([("Ada", 30), ("Bea", 10), ("Cid", 30), ("Dan", 5)]) == "Cid"
    many = [(f"Customer {n}", rng.randint(1, 10_000)) for n in range(500)]
    assert dict(many)[best_customer(many)] == max(revenue for _, revenue in many)


def test_nobody_is_no_best_customer():
    with pytest.raises(IndexError):
        best_customer([])

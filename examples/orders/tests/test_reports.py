import pytest

from orderdesk.models import Line
from orderdesk.reports import Receipt, best_sellers, busy_days, packing_slip, returned_twice, stocktaking_route


def test_a_receipt_grows(lines):
    receipt = Receipt("Till 1")
    receipt.add([Line("AB-120", 2, 1999), Line("CD-990", 1, 450)])
    receipt.add([])
    assert receipt.text == (
        "Till 1\n   2 x AB-120           1999\n   1 x CD-990            450\n" + ("-" * 28 + "\n") * 2
    )
    receipt.add(lines)
    assert receipt.text.count("\n") == 1 + 2 + 1 + 1 + len(lines) + 1


def test_a_busy_till(lines):
    receipt = Receipt("Till 2")
    for start in range(0, len(lines), 40):
        receipt.add(lines[start : start + 40])
    assert receipt.text.count(" x ") == len(lines)


def test_packing_slip(articles):
    assert packing_slip([]) == ""
    assert packing_slip([("AB-120", 2), ("CD-990", 1)]) == "2 x AB-120\n1 x CD-990\n"
    slip = packing_slip([(article, 3) for article in articles])
    assert slip.splitlines() == [f"3 x {article}" for article in articles]


@pytest.mark.parametrize(
    ("sold", "places", "best"),
    [([], 3, []), ([5], 3, [5]), ([5, 9, 7, 9], 3, [9, 9, 7]), ([1, 2], 0, []), ([4, 4, 4, 4], 2, [4, 4])],
)
def test_best_sellers(sold, places, best):
    assert best_sellers(sold, places) == best


def test_best_sellers_of_a_year(rng):
    sold = [rng.randint(0, 1_000_000) for _ in range(1500)]
    assert best_sellers(sold, 10) == sorted(sold)[::-1][:10]


def test_busy_days():
    totals = {"2024-05-03": 900, "2024-05-01": 1200, "2024-05-02": 100}
    assert busy_days(totals, 900) == ["2024-05-01", "2024-05-03"]
    assert busy_days(totals, 5000) == []
    assert busy_days({}, 0) == []
    year = {f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}": n * 37 % 1000 for n in range(336)}
    assert len(busy_days(year, 500)) == sum(total >= 500 for total in year.values())


def test_returned_twice(articles):
    assert returned_twice([]) == []
    assert returned_twice(["a", "b", "a", "c", "b", "a"]) == ["a", "b"]
    assert returned_twice(articles) == []
    assert returned_twice(articles + articles[150:]) == articles[150:]


def test_the_route_turns_at_the_end_of_each_row(rng):
    assert stocktaking_route([]) == []
    assert stocktaking_route([(1, 4)]) == [(1, 4)]
    assert stocktaking_route([(2, 1), (1, 2), (2, 3), (1, 1), (4, 4)]) == [(1, 1), (1, 2), (2, 3), (2, 1), (4, 4)]
    shelves = [(row, place) for row in range(1, 7) for place in range(1, 80)]
    shuffled = rng.sample(shelves, len(shelves))
    assert sorted(stocktaking_route(shuffled)) == shelves

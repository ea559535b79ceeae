"""Variations of numpy arrays and pandas frames: of the same types, without harm to what they come from."""

import itertools
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pandas  # type: ignore[import-untyped]
import pytest
from values import unchanged

from speedproof.profiling.worker.inputs import Sink, read
from speedproof.profiling.worker.mutate import mutations
from speedproof.profiling.worker.mutate_context import Context
from speedproof.profiling.worker.mutate_values import mutated
from speedproof.profiling.worker.pickling import dumps, dumps_by_value
from speedproof.profiling.worker.recast import recasts
from speedproof.profiling.worker.vocabulary import Vocabulary

ARRAYS = (
    numpy.array([3, 1, 2]),
    numpy.array([1.5, -2.0, 0.0]),
    numpy.array([[1, 2], [3, 4], [5, 6]], dtype="int8"),
    numpy.array([True, False]),
    numpy.array(["a", "bc"]),
    numpy.array([1, "a", None], dtype=object),
    numpy.zeros((2, 0)),
    numpy.array(2.5),
    numpy.arange(27.0).reshape(3, 3, 3),
)
SERIES = pandas.Series([1, 2, 3], index=["a", "b", "c"], name="n")
FRAME = pandas.DataFrame({"n": [1, 2, 3], "x": [0.5, 1.5, 2.5], "word": ["a", "b", "a"]}, index=[10, 20, 30])
TABLES = (
    SERIES,
    FRAME,
    FRAME.iloc[:0],
    pandas.Series([1.0, None]),
    FRAME.assign(word=FRAME["word"].astype("category")),
    pandas.Series(pandas.to_datetime(["2024-01-01", "2024-02-29"])),
)


def variations(value: Any, count: int = 400) -> list[Any]:
    return [args[0] for args, _ in itertools.islice(mutations([((value,), {})], random.Random(5)), count)]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_arrays_stay_what_they_are(array: Any) -> None:
    made: list[Any] = []
    assert unchanged(array, lambda: made.extend(variations(array)))
    assert {type(value) for value in made} == {numpy.ndarray}
    assert {value.dtype for value in made} == {array.dtype}
    assert {value.ndim for value in made} == {array.ndim}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{type(table).__name__} {table.shape}")
def test_tables_stay_what_they_are(table: Any) -> None:
    made: list[Any] = []
    assert unchanged(table, lambda: made.extend(variations(table, 150)))
    assert {type(value) for value in made} == {type(table)}
    if table.ndim == 1:
        assert {value.dtype for value in made} == {table.dtype}
        assert {value.name for value in made} == {table.name}
    else:
        assert all(dict(value.dtypes) == dict(table.dtypes) for value in made)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (ARRAYS[0], lambda a: a.size == 0),
        (ARRAYS[0], lambda a: a.size == 1),
        (ARRAYS[0], lambda a: a.size > 3),
        (ARRAYS[0], lambda a: numpy.iinfo(a.dtype).max in a),
        (ARRAYS[0], lambda a: a.size > 2 and len(set(a.tolist())) == 1),
        (ARRAYS[0], lambda a: a.size > 2 and a.tolist() == sorted(a.tolist())),
        (ARRAYS[1], lambda a: numpy.isnan(a).any()),
        (ARRAYS[1], lambda a: numpy.isinf(a).any()),
        (ARRAYS[1], lambda a: (numpy.signbit(a) & (a == 0)).any()),
        (ARRAYS[2], lambda a: a.flags.f_contiguous and not a.flags.c_contiguous),
        (ARRAYS[0], lambda a: not a.flags.c_contiguous),
        (ARRAYS[2], lambda a: not a.flags.c_contiguous and not a.flags.f_contiguous),
        (ARRAYS[2], lambda a: a.shape == (2, 3)),
        (ARRAYS[2], lambda a: a.shape[1] < 2),
        (SERIES, lambda s: s.empty),
        (SERIES, lambda s: not s.index.is_unique),
        (SERIES, lambda s: list(s.index) == [0, 1, 2]),
        (SERIES, lambda s: not s.is_unique),
        (FRAME, lambda f: f["x"].isna().any()),
        (FRAME, lambda f: f["word"].isna().any()),
        (FRAME, lambda f: not f.index.is_unique),
        (FRAME, lambda f: list(f.columns) == ["word", "x", "n"]),
        (FRAME, lambda f: not f.index.is_monotonic_increasing),
        (FRAME, lambda f: len(f) == 0),
    ],
)
def test_what_is_tried(value: Any, holds: Callable[[Any], bool]) -> None:
    assert any(holds(made) for made in variations(value, 600))


WORDS = FRAME.assign(word=FRAME["word"].astype("category"))
# What `recasts` makes of a value, by the name of the change: how it is told from others, in words.
RECASTS: list[tuple[Any, dict[str, Any]]] = [
    (ARRAYS[0], {"read-only": "int64", "other bytes": ">i8", "other numbers": "int32"}),
    (ARRAYS[1], {"read-only": "float64", "other bytes": ">f8", "other numbers": "float32"}),
    (numpy.array([0.1]), {"read-only": "float64", "other bytes": ">f8"}),
    (numpy.array([numpy.nan, 1.5]), {"read-only": "float64", "other bytes": ">f8", "other numbers": "float32"}),
    (ARRAYS[3], {"read-only": "bool", "other numbers": "int64"}),
    (ARRAYS[4], {"read-only": "<U2"}),
    (SERIES, {"nullable": "Int64"}),
    (SERIES.reset_index(drop=True), {"labels": "int64", "nullable": "Int64"}),
    (pandas.Series(["a", "b"]), {"categories": "category", "labels": "str", "nullable": "string"}),
]


@pytest.mark.parametrize(("value", "expected"), RECASTS, ids=lambda value: type(value).__name__)
def test_other_types(value: Any, expected: dict[str, str]) -> None:
    context = Context(random.Random(0), Vocabulary(), mutated)
    made: dict[str, Any] = {}
    assert unchanged(value, lambda: made.update(recasts(value, context)))
    assert {name: str(item.dtype) for name, item in made.items()} == expected
    assert all(item.shape == value.shape for item in made.values())
    assert "read-only" not in made or not made["read-only"].flags.writeable
    assert "labels" not in made or made["labels"].index[0] == "0"


def test_a_column_of_words_in_a_frame() -> None:
    made = dict(recasts(FRAME, Context(random.Random(0), Vocabulary(), mutated)))
    assert str(made["categories"]["word"].dtype) == "category"
    assert list(made["labels"].index) == ["10", "20", "30"]
    assert "categories" not in dict(recasts(WORDS, Context(random.Random(0), Vocabulary(), mutated)))


@pytest.mark.parametrize("dump", [dumps, lambda value: dumps_by_value(value, [])])
def test_how_an_array_lies_in_memory_is_kept(dump: Callable[[Any], bytes]) -> None:
    read_only = numpy.arange(3)
    read_only.flags.writeable = False
    table = numpy.arange(12.0).reshape(3, 4)
    for array in (read_only, table[:, ::2], table.T, table[::-1], numpy.broadcast_to(table, (2, 3, 4)), ARRAYS[7]):
        again = pickle.loads(dump([array]))[0]
        assert numpy.array_equal(again, array)
        for flag in ("c_contiguous", "f_contiguous", "writeable"):
            assert getattr(again.flags, flag) == getattr(array.flags, flag), (array, flag)


def test_the_same_numbers_with_gaps_are_another_input(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path), {"mutated": 9})
    array = numpy.arange(4.0)
    assert sink.add("f", "mutated", (array,), {})
    assert sink.add("f", "mutated", (array.repeat(2)[::2],), {})
    assert not sink.add("f", "mutated", (array.copy(),), {})
    assert [header["call"][-12:] for header, _ in read(str(tmp_path), "f")] == ["., 2., 3.]))", "(with gaps))"]

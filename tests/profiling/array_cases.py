"""As `tests/data/equality/cases.py`, for numpy and pandas; each side is a call."""

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]


def view_of(array: Any) -> list[Any]:
    return [array, array[1:]]


def copy_of(array: Any) -> list[Any]:
    return [array, array[1:].copy()]


def read_only(array: Any) -> Any:
    array.setflags(write=False)
    return array


def other_nan(kind: str) -> Any:
    return np.array([0x7FF8000000000001], dtype="u8").view(kind)


def frame(**options: Any) -> Any:
    return pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}, **options)


APART: dict[str, tuple[Any, Any]] = {
    "dtype": (lambda: np.array([1]), lambda: np.array([1.0])),
    "width": (lambda: np.array([1], "i4"), lambda: np.array([1], "i8")),
    "byte order": (lambda: np.array([0], "<i4"), lambda: np.array([0], ">i4")),
    "shape": (lambda: np.zeros((2, 3)), lambda: np.zeros((3, 2))),
    "dimension of nothing": (lambda: np.zeros((0, 3)), lambda: np.zeros((3, 0))),
    "0-d array and scalar": (lambda: np.array(1.0), lambda: np.float64(1.0)),
    "scalar and float": (lambda: np.float64(1.0), lambda: 1.0),
    "bool and scalar": (lambda: np.True_, lambda: True),
    "list and array": (lambda: [1, 2], lambda: np.array([1, 2])),
    "the last bit": (lambda: np.array([0.1 + 0.2]), lambda: np.array([0.3])),
    "-0.0": (lambda: np.array([0.0]), lambda: np.array([-0.0])),
    "float32": (lambda: np.array([1], "f4"), lambda: np.array([1], "f8")),
    "objects": (lambda: np.array([1, "a"], object), lambda: np.array([1, "b"], object)),
    "objects of other type": (lambda: np.array([1], object), lambda: np.array([True], object)),
    "length of strings": (lambda: np.array(["a"]), lambda: np.array(["a"], "U5")),
    "unit of times": (lambda: np.array(["2024"], "M8[s]"), lambda: np.array(["2024"], "M8[ns]")),
    "names of fields": (lambda: np.zeros(1, [("a", "i4")]), lambda: np.zeros(1, [("b", "i4")])),
    "a view and a copy": (lambda: view_of(np.arange(3)), lambda: copy_of(np.arange(3))),
    "views of other places": (
        lambda: (lambda a: [a, a[1:3]])(np.zeros(4)),
        lambda: (lambda a: [a, a[2:]])(np.zeros(4)),
    ),
    "read-only": (lambda: np.zeros(2), lambda: read_only(np.zeros(2))),
    "mask": (lambda: np.ma.array([1, 2], mask=[False, True]), lambda: np.ma.array([1, 2], mask=[False, False])),
    "matrix": (lambda: np.matrix([[1]]), lambda: np.array([[1]])),
    "seed of a generator": (lambda: np.random.default_rng(1), lambda: np.random.default_rng(2)),
    "order of columns": (lambda: frame(), lambda: frame()[["b", "a"]]),
    "index": (lambda: frame(), lambda: frame(index=[1, 2])),
    "kind of index": (lambda: frame(), lambda: frame(index=pd.Index([0, 1]))),
    "name of index": (lambda: frame(), lambda: frame(index=pd.RangeIndex(2, name="n"))),
    "dtype of a column": (lambda: frame(), lambda: frame().astype({"a": "float64"})),
    "nullable dtype": (lambda: pd.Series([1, 2]), lambda: pd.Series([1, 2], dtype="Int64")),
    "frame and series": (lambda: pd.DataFrame({"a": [1]}), lambda: pd.Series([1], name="a")),
    "name of a series": (lambda: pd.Series([1], name="a"), lambda: pd.Series([1], name="b")),
    "categories": (
        lambda: pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b"])),
        lambda: pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "c"])),
    ),
    "order of categories": (
        lambda: pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b"])),
        lambda: pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b"], ordered=True)),
    ),
    "zone of a series": (
        lambda: pd.Series(pd.to_datetime(["2024"])),
        lambda: pd.Series(pd.to_datetime(["2024"], utc=True)),
    ),
    "NaN and None": (lambda: pd.Series([None], dtype=object), lambda: pd.Series([float("nan")], dtype=object)),
    "levels of an index": (
        lambda: pd.MultiIndex.from_tuples([(1, "a")]),
        lambda: pd.MultiIndex.from_tuples([(1, "b")]),
    ),
    "frequency": (
        lambda: pd.date_range("2024", periods=3, freq="D"),
        lambda: pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-03"], freq=None),
    ),
    "timestamps": (lambda: pd.Timestamp("2024"), lambda: pd.Timestamp("2024", tz="UTC")),
    "NaT and NaN": (lambda: pd.NaT, lambda: float("nan")),
    "attributes": (lambda: frame(), lambda: with_attributes(frame())),
}
SAME: dict[str, Any] = {
    "array": lambda: np.arange(6.0).reshape(2, 3),
    "not contiguous": (lambda: np.arange(6)[::2], lambda: np.array([0, 2, 4])),
    "Fortran's order": (lambda: np.ones((2, 3)), lambda: np.asfortranarray(np.ones((2, 3)))),
    "NaNs of other bits": (lambda: np.array([float("nan")]), lambda: other_nan("f8")),
    "complex NaN": (lambda: np.array([complex("nan")]), lambda: np.array([complex("nan")])),
    "long doubles": lambda: np.array([1, 2], np.longdouble) / 3,
    "fields with gaps": lambda: np.ones(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "objects": lambda: np.array([1, "a", None], object),
    "view": lambda: view_of(np.arange(3)),
    "one scalar twice, and two": (lambda: [np.float64(1)] * 2, lambda: [np.float64(1), np.float64(1)]),
    "dates": lambda: np.array(["2024", "NaT"], "M8[D]"),
    "mask": lambda: np.ma.array([1, 2], mask=[False, True]),
    "under the mask": (
        lambda: np.ma.array([1, 2], mask=[False, True]),
        lambda: np.ma.array([1, 9], mask=[False, True]),
    ),
    "frame": lambda: frame(),
    "frame made in another way": (
        lambda: pd.DataFrame(np.ones((2, 2)), columns=["a", "b"]),
        lambda: pd.DataFrame({"a": [1.0, 1.0], "b": [1.0, 1.0]}),
    ),
    "series of strings": lambda: pd.Series(["a", None, "c"]),
    "categories": lambda: pd.Series(["a", "b"], dtype="category"),
    "several levels": lambda: pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, "a")])),
    "grouped": lambda: frame().groupby("a").sum(),
    "generator": lambda: np.random.default_rng(1),
    "function": lambda: np.add,
}


def with_attributes(made: Any) -> Any:
    made.attrs["source"] = "elsewhere"
    return made

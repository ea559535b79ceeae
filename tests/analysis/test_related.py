"""What from elsewhere helps at a cursor: found by imports, by calls, by likeness, by what was edited."""

import os
from pathlib import Path

import pytest
from related_cases import AREA, BASKET, SHOP, check, find, write

from speedproof.analysis.related import Edited
from speedproof.analysis.workspace import Opened, WorkspaceIndex
from speedproof.core.completion import Chunk
from speedproof.core.text import Span

IMPORTED = {
    "a class": ("from shop.prices import Basket\n\nb = Basket($0", [("shop/prices.py", BASKET)]),
    "a function": ("from shop.prices import area\n\nx = area($0", [("shop/prices.py", AREA)]),
    "a constant": ("from shop.prices import LIMIT\n\nx = LIMIT + $0", [("shop/prices.py", "LIMIT = 10")]),
    "another name": ("from shop.prices import area as size\n\nx = size($0", [("shop/prices.py", AREA)]),
    "a module": ("import shop.prices\n\nx = shop.prices.area($0", [("shop/prices.py", AREA)]),
    "a module by another name": ("import shop.prices as p\n\nx = p.area($0", [("shop/prices.py", AREA)]),
    "a module of a package": ("from shop import prices\n\nx = prices.area($0", [("shop/prices.py", AREA)]),
    "a package": ("import shop\n\nx = shop.prices.area($0", [("shop/prices.py", AREA)]),
    "behind the cursor": ("from shop.prices import area\n\nx = $0\ny = area(1, 2)\n", [("shop/prices.py", AREA)]),
    "in a base class": ("from shop.prices import Basket\n\nclass Big(Basket):\n    $0", [("shop/prices.py", BASKET)]),
    "in a function": ("def f():\n    from shop.prices import area\n    return area($0", [("shop/prices.py", AREA)]),
    "under a condition": (
        "if 1:\n    from shop.prices import area\nelse:\n    area = None\nx = area($0",
        [("shop/prices.py", AREA)],
    ),
    "in brackets": (
        "from shop.prices import (\n    LIMIT,\n    area,\n)\n\nx = area($0",
        [("shop/prices.py", AREA), ("shop/prices.py", "LIMIT = 10")],
    ),
    "everything": ("from shop.prices import *\n\nx = area($0", [("shop/prices.py", AREA)]),
    "the nearest first": (
        "from shop.prices import LIMIT, area\n\nx = LIMIT\ny = area($0",
        [("shop/prices.py", AREA), ("shop/prices.py", "LIMIT = 10")],
    ),
    "broken code": ("from shop.prices import area\n\ndef f(:\n    x = [area($0", [("shop/prices.py", AREA)]),
    "not used yet": ("from shop.prices import area\n\nx = $0", [("shop/prices.py", AREA)]),
    "not defined": ("from shop.prices import nothing\n\nx = nothing($0", []),
    "of somebody else": ("import os\nfrom json import loads\n\nx = loads(os.getcwd($0", []),
    "half typed": ("from shop.prices import\nfrom\nimport\n\nx = $0", []),
    "no import": ("x = Basket.nothing + $0", []),
    "a parameter of that name": ("from shop.prices import area\n\ndef f(area):\n    return area($0)\n", []),
    "a variable of that name": ("from shop.prices import area\n\ndef f():\n    area = 1\n    return area($0)\n", []),
    "a variable of another function": (
        "from shop.prices import area\n\ndef g():\n    area = 1\n\n\ndef f():\n    return area($0)\n",
        [("shop/prices.py", AREA)],
    ),
}


@pytest.mark.parametrize("case", IMPORTED)
def test_what_is_imported_and_used(tmp_path: Path, case: str) -> None:
    text, expected = IMPORTED[case]
    check(tmp_path, SHOP, text, expected)


def test_what_is_far_away_is_not_used(tmp_path: Path) -> None:
    check(tmp_path, SHOP, "from shop.prices import area\nx = area(1, 2)\n" + "x = 1\n" * 70 + "$0", [])


OFFERED = "\n".join(["LIMIT = 10", "class Basket:", "def area(width, height):"])


@pytest.mark.parametrize(
    "text",
    [
        "from shop.prices import $0",
        "from shop.prices import ar$0",
        "from shop.prices import LIMIT, $0",
        "from shop.prices import ($0",
        "import shop.prices as p\nx = p.$0",
        "from shop import prices\nx = prices.a$0",
        "import shop.prices\nx = shop.prices.$0",
    ],
)
def test_what_a_module_offers(tmp_path: Path, text: str) -> None:
    write(tmp_path, SHOP)
    assert Chunk("shop/prices.py", OFFERED) in find(WorkspaceIndex(tmp_path), text)


@pytest.mark.parametrize("text", ["from os import $0", "from shop import $0", "x.$0", "import shop\nshop.$0"])
def test_modules_that_offer_nothing(tmp_path: Path, text: str) -> None:
    check(tmp_path, SHOP, text, [])


RELATIVE = {
    "a neighbour": ("from .prices import area\nx = area($0", "shop/main.py"),
    "a module by another name": ("from . import prices as p\nx = p.area($0", "shop/main.py"),
    "of the package around": ("from ..prices import area\nx = area($0", "shop/sub/main.py"),
    "a module of the package around": ("from .. import prices\nx = prices.area($0", "shop/sub/main.py"),
    "from the package itself": ("from .prices import area\nx = area($0", "shop/__init__.py"),
    "too far up": ("from .....prices import area\nx = area($0", "shop/main.py"),
}


@pytest.mark.parametrize("case", RELATIVE)
def test_relative_imports(tmp_path: Path, case: str) -> None:
    text, name = RELATIVE[case]
    check(tmp_path, SHOP, text, [] if case == "too far up" else [("shop/prices.py", AREA)], name=name)


PASSED_ON = {
    "by name": {"shop/__init__.py": "from .prices import area\n"},
    "under another name": {
        "shop/__init__.py": "from .prices import surface as area\n",
        "shop/prices.py": "surface = 1\n",
    },
    "everything": {"shop/__init__.py": "from .prices import *\n"},
    "over two": {"shop/__init__.py": "from .all import area\n", "shop/all.py": "from shop.prices import *\n"},
    "where another fails": {
        "shop/__init__.py": "try:\n    from fast import area\nexcept ImportError:\n    from .prices import area\n"
    },
}


@pytest.mark.parametrize("case", PASSED_ON)
def test_packages_that_pass_on_names(tmp_path: Path, case: str) -> None:
    text = "surface = 1" if "another" in case and "under" in case else AREA
    check(tmp_path, SHOP | PASSED_ON[case], "from shop import area\nx = area($0", [("shop/prices.py", text)])


def test_a_module_that_is_passed_on_under_another_name(tmp_path: Path) -> None:
    files = SHOP | {"shop/__init__.py": "from . import prices as costs\n"}
    check(tmp_path, files, "import shop\nx = shop.costs.area($0", [("shop/prices.py", AREA)])
    check(tmp_path, files, "from shop import costs\nx = costs.area($0", [("shop/prices.py", AREA)])


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "from b import f\n", "b.py": "from a import f\n"},
        {"a.py": "from a import f\n"},
        {"a.py": "from b import *\n", "b.py": "from c import *\n", "c.py": "from a import *\n"},
        {f"a{'x' * n}.py": f"from a{'x' * (n + 1)} import f\n" for n in range(60)},
    ],
)
def test_imports_in_a_circle(tmp_path: Path, files: dict[str, str]) -> None:
    check(tmp_path, files, "from a import f\ny = f($0", [])


PLACES = {
    "a namespace package": ({"ns/deep/mod.py": AREA}, "from ns.deep.mod import area\narea($0", "main.py", []),
    "a module of a namespace package": (
        {"ns/deep/mod.py": AREA},
        "from ns.deep import mod\nmod.area($0",
        "main.py",
        [],
    ),
    "a src layout": ({"src/ns/mod.py": AREA}, "from ns.mod import area\narea($0", "tests/test_it.py", ["src"]),
    "neighbours of a script": ({"scripts/mod.py": AREA}, "from mod import area\narea($0", "scripts/main.py", []),
    "a package rather than a module": (
        {"ns/mod/__init__.py": AREA, "ns/mod.py": "area = 1"},
        "from ns.mod import area\narea($0",
        "main.py",
        [],
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_where_modules_are(tmp_path: Path, case: str) -> None:
    files, text, name, import_roots = PLACES[case]
    check(tmp_path, files, text, [(next(iter(files)), AREA)], name=name, import_roots=import_roots)


CALLED = {
    "a function": ("def f():\n    return area($0", [("shop/prices.py", AREA)]),
    "a method": (
        "def f(basket):\n    return basket.total($0",
        [("shop/prices.py", "class Basket:\n    def total(self) -> float:\n"
        '        """The sum of all lines.\n\n        Without tax.\n        """\n'
        "        return sum(line.price for line in self.lines)")],
    ),
    "a class": ("def f():\n    return Basket($0", [("shop/prices.py", BASKET)]),
    "its own": (
        "def area(a):\n    return 1\n\n\ndef f():\n    return area($0",
        [("main.py", "def area(a):\n    return 1")],
    ),
    "itself": ("def area(a):\n    return area($0)\n", []),
    "something of Python": ("def f(x):\n    return len(x.split($0", []),
    "a short name": ("def f(x):\n    return go($0", []),
    "a variable": ("def f(area):\n    return area($0)\n", []),
    "nothing that is known": ("def f():\n    return unknown($0", []),
    "mentioned only": ("def f():\n    return area + $0", []),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLED)
def test_what_is_called(tmp_path: Path, case: str) -> None:
    text, expected = CALLED[case]
    check(tmp_path, SHOP | {"other.py": "def split(x): ...\ndef go(x): ...\n"}, text, expected)


@pytest.mark.parametrize(("n_places", "n_found"), [(1, 1), (3, 3), (4, 0)])
def test_what_is_defined_in_many_places(tmp_path: Path, n_places: int, n_found: int) -> None:
    write(tmp_path, {f"m{number}.py": f"def common(a):\n    return {number}\n" for number in range(n_places)})
    assert len(find(WorkspaceIndex(tmp_path), "def f():\n    return common($0")) == n_found


def test_each_is_shown_once(tmp_path: Path) -> None:
    text = "import shop.prices\nfrom shop.prices import area\n\ndef f():\n    return area(1, shop.prices.area($0"
    check(tmp_path, SHOP, text, [("shop/prices.py", AREA)])


SIMILAR = """\
def load_invoices(folder):
    invoices = []
    for invoice_path in sorted(folder.glob("*.json")):
        invoices.append(parse_invoice(invoice_path.read_text()))
    return invoices
"""
LIKE_IT = (
    "def load_receipts(folder):\n    receipts = []\n    for invoice_path in sorted(folder.glob('*.json')):\n        $0"
)


class TestSimilar:
    def test_the_part_that_is_most_alike(self, tmp_path: Path) -> None:
        text = "x = 1\n" * 100 + SIMILAR + "y = 2\n" * 100
        found = find(WorkspaceIndex(tmp_path), LIKE_IT, opened=[Opened(tmp_path / "a.py", text)])
        assert [chunk.path for chunk in found] == ["a.py"]
        assert SIMILAR in found[0].text
        assert found[0].text.count("\n") < 40

    @pytest.mark.parametrize("name", ["main.py", "a.md", "secrets.py", "../a.py"])
    def test_not_in(self, tmp_path: Path, name: str) -> None:
        opened = [Opened(Path(os.path.normpath(tmp_path / name)), SIMILAR)]
        assert find(WorkspaceIndex(tmp_path), LIKE_IT, opened=opened) == []

    def test_nothing_in_common(self, tmp_path: Path) -> None:
        opened = [Opened(tmp_path / "a.py", "import os\n\nprint(os.environ)\n")]
        assert find(WorkspaceIndex(tmp_path), LIKE_IT, opened=opened) == []

    def test_the_best_two_files(self, tmp_path: Path) -> None:
        texts = {"c.py": SIMILAR, "b.py": SIMILAR[:80], "a.py": SIMILAR.replace("folder", "place")}
        opened = [Opened(tmp_path / name, text) for name, text in texts.items()]
        found = find(WorkspaceIndex(tmp_path), LIKE_IT, opened=opened)
        assert found[0].path == "c.py"
        assert len(found) == 2

    def test_other_languages(self, tmp_path: Path) -> None:
        opened = [Opened(tmp_path / "a.js", "function loadInvoices(folder) { return folder }\n")]
        found = find(WorkspaceIndex(tmp_path), "function loadInvoices(folder) { $0", name="b.js", opened=opened)
        assert [chunk.path for chunk in found] == ["a.js"]


def edited(root: Path, name: str, text: str, line: int, age: float) -> Edited:
    start = sum(len(each) for each in text.splitlines(keepends=True)[:line])
    return Edited(root / name, text, Span(start, start), age)


class TestEdited:
    def test_the_latest_first(self, tmp_path: Path) -> None:
        places = [
            edited(tmp_path, f"{name}.py", f"{name} = 1\n", 0, age) for name, age in [("a", 9), ("b", 1), ("c", 5)]
        ]
        found = find(WorkspaceIndex(tmp_path), "$0", edited=places)
        assert found == [Chunk("b.py", "b = 1"), Chunk("c.py", "c = 1"), Chunk("a.py", "a = 1")]

    def test_with_the_lines_around(self, tmp_path: Path) -> None:
        text = "".join(f"line_{number}\n" for number in range(100))
        (found,) = find(WorkspaceIndex(tmp_path), "$0", edited=[edited(tmp_path, "a.py", text, 50, 1)])
        assert found.text.split("\n") == [f"line_{number}" for number in range(45, 56)]

    def test_a_large_one(self, tmp_path: Path) -> None:
        text = "x = 1\n" * 5000
        (found,) = find(WorkspaceIndex(tmp_path), "$0", edited=[Edited(tmp_path / "a.py", text, Span(0, len(text)), 1)])
        assert found.text.count("\n") < 40

    def test_not_everything(self, tmp_path: Path) -> None:
        names = ["secrets.py", ".env", "../a.py", "empty.py"]
        places = [edited(tmp_path, name, "" if name == "empty.py" else "a = 1\n", 0, 1) for name in names]
        assert find(WorkspaceIndex(tmp_path), "$0", edited=places) == []

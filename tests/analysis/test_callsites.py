"""Calls of a function that stand in its project with arguments written out."""

from pathlib import Path

import pytest

from speedproof.analysis.callsites import call_sites
from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target

MODULE = """
LIMIT = 3


def area(width, height=1):
    return width * height


class Shape:
    def __init__(self, side):
        self.side = side

    def grown(self, by):
        return self.side + by

    @property
    def size(self):
        return self.side

    @classmethod
    def unit(cls, side):
        return cls(side)

    class Part:
        def weight(self, x):
            return x
"""
# What a file of the project holds beside the module `shop.shapes`; whose calls; and how they read there.
CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "in the module itself": (
        "shop/shapes.py", 'if __name__ == "__main__":\n    area(3, height=4)', "area", ["area(3, height=4)"]),
    "with what it defines": ("shop/shapes.py", "area(LIMIT)\narea(other)", "area", ["area((3))"]),
    "by its name": ("use.py", "from shop.shapes import area\narea([1, 2])", "area", ["area([1, 2])"]),
    "by another name": ("use.py", "from shop.shapes import area as a\nprint(a(-1.5))", "area", ["area(-1.5)"]),
    "by its module": ("use.py", "import shop.shapes\nshop.shapes.area(2)", "area", ["area(2)"]),
    "by its module's name": ("use.py", "from shop import shapes as s\ns.area('x')", "area", ["area('x')"]),
    "by its package": ("use.py", "import shop\nshop.area(2)", "area", ["area(2)"]),
    "relative": ("shop/use.py", "from .shapes import area\narea(2)", "area", ["area(2)"]),
    "relative, by its module": ("shop/use.py", "from . import shapes\nshapes.area(2)", "area", ["area(2)"]),
    "by a star": ("use.py", "from shop.shapes import *\narea(2)", "area", ["area(2)"]),
    "in a test": ("test_shapes.py", "from shop.shapes import area\ndef test():\n    assert area(2) == 2", "area",
                  ["area(2)"]),
    "each once": ("use.py", "from shop.shapes import area\narea(1)\narea(2)\narea(1)", "area", ["area(1)", "area(2)"]),
    "variables": ("use.py", "from shop.shapes import area\nw = [1, 2]\narea(w, height=len(w))", "area",
                  ["area(([1, 2]), height=len(([1, 2])))"]),
    "comprehensions": ("use.py", "from shop.shapes import area\narea([i * i for i in range(9)])", "area",
                       ["area([i * i for i in range(9)])"]),
    "letters of many bytes": ("use.py", "from shop.shapes import area\nü = 'ß€'\narea(ü, 'é')", "area",
                              ["area(('ß€'), 'é')"]),
    "a method": ("use.py", "from shop.shapes import Shape\nShape(2).grown(3)", "Shape.grown", ["Shape(2).grown(3)"]),
    "of a variable": ("use.py", "from shop import shapes\ns = shapes.Shape(2)\ns.grown(3)", "Shape.grown",
                      ["(Shape(2)).grown(3)"]),
    "of the class": ("use.py", "from shop.shapes import Shape\nShape.unit(3)", "Shape.unit", ["Shape.unit(3)"]),
    "a property": ("use.py", "from shop.shapes import Shape\nprint(Shape(4).size)", "Shape.size", ["Shape(4).size"]),
    "a constructor": ("use.py", "from shop.shapes import Shape\nx = Shape(4)", "Shape.__init__", ["Shape(4)"]),
    "something else of that name": ("use.py", "def area(x): pass\narea(2)", "area", []),
    "of another module": ("use.py", "from other import area\narea(2)", "area", []),
    "rebound": ("use.py", "from shop.shapes import area\ndef f(area):\n    area(2)", "area", []),
    "not written out": ("use.py", "from shop.shapes import area\nfor n in (1, 2):\n    area(n)\narea(open('x'))",
                        "area", []),
    "a variable bound twice": ("use.py", "from shop.shapes import area\nn = 1\nn = 2\narea(n)", "area", []),
    "a variable that was added to": (
        "use.py", "from shop.shapes import area\nn = []\nn.append(1)\narea(n)", "area", []),
    "of an object of unknown class": ("use.py", "from shop.shapes import Shape\nmade().grown(3)", "Shape.grown", []),
    "too large": ("use.py", "from shop.shapes import area\narea([0] * 1000000000)\narea(10 ** 99999)", "area", []),
    "syntax errors": ("use.py", "from shop.shapes import area\narea(1 +)\narea(2", "area", []),
    "of a class in a class": (
        "use.py", "from shop.shapes import Shape\nShape.Part().weight(1)", "Shape.Part.weight", []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_call_sites(name: str, tmp_path: Path) -> None:
    place, text, qualname, expected = CASES[name]
    module = tmp_path / "shop" / "shapes.py"
    module.parent.mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    (module.parent / "__init__.py").write_text("")
    module.write_text(MODULE)
    with (tmp_path / place).open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    target = find_target(module, module.read_text(), qualname)
    assert target is not None
    found = call_sites(target, discover(module))
    assert [call.expression for call in found] == expected
    assert {call.path for call in found} <= {tmp_path / place}


def test_no_more_than_asked_for(tmp_path: Path) -> None:
    module = tmp_path / "many.py"
    module.write_text("def f(x):\n    return x\n\n" + "\n".join(f"f({n})" for n in range(90)))
    target = find_target(module, module.read_text(), "f")
    assert target is not None
    assert len(call_sites(target, discover(module), limit=7)) == 7

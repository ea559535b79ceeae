"""The functions whose mutants are judged: each a module in a project of its own, whose tests make a few calls."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from _packages import PACKAGES, environment, sample, sources
from _rows import Row, make_project, read_rows

SETS = ("accept", "reject_not_faster", "rules", "reject_wrong")
PACKAGES_USED = ("more-itertools", "toolz", "boltons")
OF_EACH_PACKAGE = 16


@dataclass(frozen=True, slots=True)
class Case:
    """A function, and where its project is or what it is made of."""

    name: str
    qualname: str
    row: Row | None = None
    path: Path | None = None
    """The module's file in its package, where there is no row."""
    python: str = sys.executable

    def project(self, folder: Path) -> Path:
        """The path of the module, in a project that may be made in `folder`."""
        if self.row is not None:
            return make_project(self.row, folder)
        assert self.path is not None
        return self.path


def cases(data: Path, work: Path, seed: int, *, packages: bool) -> list[Case]:
    """All functions in an order that depends on the seed alone; functions of packages are spread among them."""
    rng = Random(seed)
    of_rows = list(_of_rows(data))
    rng.shuffle(of_rows)
    of_packages = list(_of_packages(work)) if packages else []
    rng.shuffle(of_packages)
    mixed = []
    while of_rows or of_packages:
        mixed += [group.pop() for group in (of_rows, of_rows, of_rows, of_packages) if group]
    return mixed


def _of_rows(data: Path) -> Iterator[Case]:
    """Originals, and those of the candidates that behave as they do."""
    seen = set()
    for name in SETS:
        path = data / f"{name}.jsonl"
        if not path.is_file():
            raise SystemExit(f"{path}: no such file; name the folder by --data or SPEEDPROOF_DATA")
        for row in read_rows(path):
            forms = [("", row.original)]
            if row.set in ("accept", "reject_not_faster") and row.candidate is not None:
                forms.append((" rewritten", row.candidate))
            for form, text in forms:
                if text not in seen and (row.calls or row.set != "reject_wrong"):
                    seen.add(text)
                    yield Case(f"{row.id}{form}", row.entry, row=replace(row, original=text))


def _of_packages(work: Path) -> Iterator[Case]:
    work = work.resolve()
    python = environment(work)
    for package in PACKAGES:
        if package.name in PACKAGES_USED:
            root = sources(package, python, work)
            for target in sample(package, root, OF_EACH_PACKAGE):
                name = f"{package.name} {target.qualname}"
                yield Case(name, target.qualname, path=target.path, python=str(python))

"""Where rules that match in none of the packages that are tried match in published code: which function, of what.

Nothing of it is kept here; the distributions are downloaded and looked into.
"""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.targets import find_target
from speedproof.core.target import Target


@dataclass(frozen=True, slots=True)
class Seen:
    """`rule` matches in `function` of the module that ends with `path` in a distribution."""

    rule: str
    requirement: str
    path: str
    function: str

    def __str__(self) -> str:
        return f"{self.requirement}, {self.path}, {self.function}"


SEEN = (
    Seen("seen-list-to-set", "algorithms==1.0.1", "algorithms/array/remove_duplicates.py", "remove_duplicates"),
    Seen("join-by-dict", "biopython==1.88", "Bio/Sequencing/Ace.py", "ACEFileRecord.sort"),
    Seen("memoize-nested-recursion", "music21==10.5.1", "music21/tree/trees.py", "ElementTree.getNodeByIndex"),
    Seen("gcd-by-hand", "algorithms==1.0.1", "algorithms/math/gcd.py", "gcd"),
    Seen("prefix-fold-to-accumulate", "sympy==1.14.0", "sympy/combinatorics/partitions.py", "RGS_rank"),
    Seen("slice-sum-to-prefix", "sympy==1.14.0", "sympy/diffgeom/diffgeom.py", "TensorProduct.__call__"),
    Seen("sum-of-range", "algopy==0.7.2", "algopy/utpm/utpm.py", "UTPM.extract_hessian"),
    Seen("power-modulo-to-pow", "sympy==1.14.0", "sympy/physics/quantum/shor.py", "CMod._apply_operator_Qubit"),
    Seen("attribute-concat-in-loop", "buildbot==4.3.0", "buildbot/steps/package/rpm/rpmbuild.py", "RpmBuild.__init__"),
    Seen("array-append-to-list", "ase==3.29.0", "ase/calculators/vasp/vasp.py", "Vasp.get_nonselfconsistent_energies"),
    Seen("frame-concat-in-loop", "freqtrade==2026.9", "freqtrade/data/entryexitanalysis.py", "prepare_results"),
    Seen("frame-rows-to-columns", "scikit-mobility==1.3.1", "skmob/utils/utils.py", "nearest"),
    Seen("insort-in-loop", "nltk==3.10.4", "nltk/cluster/util.py", "Dendrogram.show"),
    Seen("sum-of-lists", "nltk==3.10.4", "nltk/sem/boxer.py", "BoxerOutputDrsParser.handle_condition"),
    Seen("flat-deepcopy", "aima3==1.0.11", "aima3/ipyviews.py", "GridWorldView.map_to_render"),
    Seen(
        "search-loop-to-in",
        "freqtrade==2026.9",
        "freqtrade/resolvers/strategy_resolver.py",
        "StrategyResolver.validate_strategy",
    ),
    Seen("drop-characters-to-translate", "textdistance==4.6.3", "textdistance/algorithms/phonetic.py", "MRA._calc_mra"),
    Seen("strptime-to-fromisoformat", "yfinance==1.7.0", "yfinance/utils.py", "_parse_user_dt"),
    Seen("key-error-to-get", "biopython==1.88", "Bio/SeqIO/InsdcIO.py", "GenBankWriter._get_data_division"),
    Seen("startswith-tuple", "you-get==0.4.1743", "you_get/common.py", "url_to_module"),
)
IN_REPOSITORIES = {
    # On no package index; the rule's first example has its form.
    "compare-by-slice": "github.com/adityawadgaonkar14/codefordsa at e8e897e, Naive_String.py, string_matching",
}


def seen(python: Path, work: Path) -> Iterator[tuple[Seen, Target | None]]:
    """The functions in which rules were seen to match; None where a function is not there (any more)."""
    for one in SEEN:
        text = _read(_distribution(one.requirement, python, work), one.path)
        yield one, find_target(Path(one.path), text, one.function) if text is not None else None


def _distribution(requirement: str, python: Path, work: Path) -> Path:
    """The archive, a wheel if there is one."""
    folder = work / "seen" / requirement
    if not folder.is_dir():
        partial = folder.with_name(f"{requirement}.partial")
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(partial)]
        subprocess.run([str(python), "-m", "pip", "download", *options, requirement], check=True, stdout=sys.stderr)
        partial.rename(folder)
    [archive] = folder.iterdir()
    return archive


def _read(archive: Path, path: str) -> str | None:
    """The text of the one file whose name ends with `path`."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            names = [name for name in wheel.namelist() if f"/{name}".endswith(f"/{path}")]
            return wheel.read(names[0]).decode() if names else None
    with tarfile.open(archive) as source:
        members = [member for member in source.getmembers() if f"/{member.name}".endswith(f"/{path}")]
        file = source.extractfile(members[0]) if members else None
        return file.read().decode() if file is not None else None

"""`speedproof verify --commit` on ten real changes of a public package: one table, and a report of each.

The consecutive releases of more-itertools, as their source distributions have them, become the commits of a repository
of their own, with the tests that each release came with. Everything is kept in a scratch folder (`--work`), which later
runs use again; the reports of each commit are written below it, as Markdown, as a page and as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _common import finish, parser, table

from speedproof.core.report import Outcome
from speedproof.report.words import OUTCOMES

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = "more-itertools"
RELEASES = (
    "9.0.0", "9.1.0", "10.0.0", "10.1.0", "10.2.0", "10.3.0", "10.4.0", "10.5.0", "10.6.0", "10.7.0", "10.8.0",
    "11.0.0", "11.0.1", "11.0.2",
)  # fmt: skip
"""Commits in this order; the first one is only what the next is compared with."""
LARGE = frozenset({"10.7.0", "10.8.0", "11.0.0"})
"""Of 29 to 44 changed functions each: judged if they are asked for."""
# The same repository, commit for commit, wherever it is made.
IDENTITY = {
    "GIT_AUTHOR_NAME": "Releases",
    "GIT_AUTHOR_EMAIL": "releases@example.org",
    "GIT_COMMITTER_NAME": "Releases",
    "GIT_COMMITTER_EMAIL": "releases@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
LISTED = (Outcome.FASTER, Outcome.SAME, Outcome.SLOWER, Outcome.DIFFERS, Outcome.UNVERIFIABLE)


@dataclass(frozen=True, slots=True)
class Judged:
    """One commit: how the command ended, and what it found."""

    release: str
    status: int
    report: dict[str, Any]
    seconds: float
    complaint: str

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(result["outcome"] for result in self.report.get("results", []))


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "commits", help="scratch folder")
    arguments.add_argument("--release", choices=RELEASES[1:], action="append", help="judge only this release")
    options = arguments.parse_args()
    usual = [release for release in RELEASES[1:] if release not in LARGE]
    chosen = options.release or usual[: 2 if options.quick else None]

    work = options.work.resolve()
    history = make_history(RELEASES[: 1 + max(map(RELEASES.index, chosen))], work)
    python = environment(work)
    reports = work / "reports"
    reports.mkdir(exist_ok=True)
    judged = []
    for release in chosen:
        judged.append(verify(release, history, python, reports))
        print(_table(judged[-1:]).splitlines()[-1], flush=True)
    print(f"\n{_table(judged)}\n\nreports: {reports}")

    functions = sum(sum(commit.outcomes.values()) for commit in judged)
    figures = {
        "commits": float(len(judged)),
        "functions": float(functions),
        "seconds_per_function": sum(commit.seconds for commit in judged) / max(functions, 1),
        **{f"{outcome.value}_functions": float(_count(judged, outcome)) for outcome in Outcome},
    }
    failures = [
        f"{commit.release}: status {commit.status}: {commit.complaint}" for commit in judged if commit.status > 1
    ]
    return finish("commits", options, figures, failures=failures)


def make_history(releases: tuple[str, ...], work: Path) -> Path:
    """A repository with one commit, and one tag, for each release."""
    history = work / "history"
    if not (history / ".git").exists():
        history.mkdir(parents=True, exist_ok=True)
        _git(history, "init", "--quiet", "--initial-branch=main")
    known = subprocess.run(
        ["git", "-C", str(history), "tag"], check=True, capture_output=True, text=True
    ).stdout.split()
    for number, release in enumerate(releases):
        if release in known:
            continue
        unpacked = unpack(release, work)
        for place in history.iterdir():
            if place.name != ".git":
                shutil.rmtree(place) if place.is_dir() else place.unlink()
        shutil.copytree(unpacked, history, dirs_exist_ok=True, symlinks=True)
        date = f"{1_600_000_000 + number * 86_400} +0000"
        _git(history, "add", "--all", "--force")
        _git(history, "commit", "--quiet", "--message", f"{PACKAGE} {release}", date=date)
        _git(history, "tag", release)
    return history


def unpack(release: str, work: Path) -> Path:
    """The content of a source distribution."""
    folder = work / "sdist" / release
    if not folder.exists():
        downloads = work / "downloads" / release
        command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"]
        subprocess.run(
            [*command, "--no-binary", ":all:", "--dest", str(downloads), f"{PACKAGE}=={release}"], check=True
        )
        [archive] = downloads.glob("*.tar.gz")
        unpacking = folder.with_name(f"{release}.partial")
        with tarfile.open(archive) as tar:
            tar.extractall(unpacking, filter="data")
        [content] = unpacking.iterdir()
        content.rename(folder)
        unpacking.rmdir()
    return folder


def environment(work: Path) -> Path:
    """An interpreter with nothing but what the packages' tests ask for."""
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "venv")], check=True)
        subprocess.run([str(python), "-m", "pip", "--quiet", "install", "pytest"], check=True)
    return python


def verify(release: str, history: Path, python: Path, reports: Path) -> Judged:
    page, text = reports / f"{release}.html", reports / f"{release}.md"
    command = [sys.executable, "-m", "speedproof", "verify", "--commit", release, "--python", str(python), "--json"]
    start = time.monotonic()
    done = subprocess.run(
        [*command, "--html", str(page), "--markdown", str(text)], cwd=history, capture_output=True, text=True
    )
    seconds = time.monotonic() - start
    (reports / f"{release}.json").write_text(done.stdout, encoding="utf-8")
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return Judged(release, done.returncode, report, seconds, done.stderr.strip()[-400:])


def _table(judged: list[Judged]) -> str:
    headers = [
        "commit",
        "status",
        "functions",
        *(OUTCOMES[outcome] for outcome in LISTED),
        "other",
        "not compared",
        "s",
    ]
    rows = []
    for commit in judged:
        counts = commit.outcomes
        listed = [counts[outcome.value] for outcome in LISTED]
        n_functions = sum(counts.values())
        left_out = len(commit.report.get("not_compared", []))
        other = n_functions - sum(listed)
        rows.append(
            [f"{PACKAGE} {commit.release}", commit.status, n_functions, *listed, other, left_out, round(commit.seconds)]
        )
    return table(headers, rows)


def _count(judged: list[Judged], outcome: Outcome) -> int:
    return sum(commit.outcomes[outcome.value] for commit in judged)


def _git(history: Path, *arguments: str, date: str = "") -> None:
    environment = {**os.environ, **IDENTITY, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    subprocess.run(["git", "-C", str(history), *arguments], check=True, env=environment)


if __name__ == "__main__":
    sys.exit(main())

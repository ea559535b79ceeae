"""Which files and functions of a folder a run over it is about."""

from pathlib import Path

from speedproof.analysis.files import SUPPORT_FILES, python_files
from speedproof.analysis.targets import find_target, targets_in
from speedproof.core.errors import UsageError
from speedproof.core.settings import Settings
from speedproof.core.source import decoded, read_source
from speedproof.jobs import git

MAX_FILES = 200_000


def source_files(place: Path, root: Path, settings: Settings) -> list[Path]:
    """What Git knows of the folder, or all that no ignore file leaves out; without tools around the code."""
    files = python_files(place, root=root, exclude=settings.exclude, max_files=MAX_FILES)
    try:
        known = {_below(place, path) for path in git.tracked_files(git.top_of(place), place)}
    except UsageError:
        known = set(files)
    return [file for file in files if file in known and file.name not in SUPPORT_FILES]


def changed_since(place: Path, revision: str) -> set[tuple[Path, str]]:
    """The functions that are new or read differently. Raises UsageError."""
    top = git.top_of(place)
    before = git.commit_of(top, revision)
    changed: set[tuple[Path, str]] = set()
    for change in git.changed_files(top, before, None):
        path = _below(place, top / change.after) if change.after is not None else None
        if path is None or path.suffix != ".py":
            continue
        try:
            text = read_source(path).text
            data = git.content_of(top, before, change.before) if change.before is not None else None
            old = decoded(path, data).text if data is not None else ""
        except UsageError:
            continue  # the scan tells it
        for target in targets_in(path, text):
            earlier = find_target(path, old, target.qualname)
            if earlier is None or earlier.source != target.source:
                changed.add((path, target.qualname))
    return changed


def _below(place: Path, path: Path) -> Path | None:
    """`path`, as Git has it, in the user's words for the folder: Git resolves links on the way to its top."""
    real = place.resolve()
    return place / path.relative_to(real) if path.is_relative_to(real) else None

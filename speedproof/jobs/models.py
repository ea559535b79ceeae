"""The models that a user has, from fetching one to saying which completes."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.settings import Settings
from speedproof.core.user_config import set_user_value, unset_user_value
from speedproof.suggest import models
from speedproof.suggest.models import CATALOGUE, DEFAULT, INSTALL, Installed, missing_packages

__all__ = [
    "CATALOGUE", "DEFAULT", "INSTALL", "Had",
    "fetch", "had", "missing_packages", "remove", "server", "snapshots", "use",
]  # fmt: skip

SETTING = "model"


@dataclass(frozen=True, slots=True)
class Had:
    """A model of the user's, or one that only the settings name."""

    name: str
    path: Path | None
    """None for one of a hub, and for one that is not there."""
    n_bytes: int | None
    in_use: bool
    is_there: bool = True
    """Of a model of a hub that is not known here."""


def fetch(name: str, progress: Callable[[int, int], None], cancel: CancelToken) -> Path:
    """Raises UsageError for a name that is not in the catalogue, ModelError, Cancelled."""
    if name not in CATALOGUE:
        raise UsageError(f"there is no model {name} to fetch; there is {', '.join(CATALOGUE)}")
    from speedproof.suggest.remote.fetch import fetch as fetched

    return fetched(CATALOGUE[name], progress, cancel)


def had() -> list[Had]:
    """Those in the user's folder, and last the one in use where it is from elsewhere."""
    source = in_use()
    found = [Had(each.name, each.path, each.n_bytes, _is(source, each)) for each in models.installed()]
    if source and not any(each.in_use for each in found):
        found.append(_from_elsewhere(source))
    return found


def use(source: str) -> Path:
    """From now on this model completes; gives the file in which that is written. Raises UsageError."""
    models.resolve(source)
    return set_user_value(SETTING, models.absolute_source(source))


def remove(name: str) -> tuple[Installed, bool]:
    """What was removed, and whether it was in use; then none is any more. Raises UsageError."""
    source = in_use()
    removed = models.remove(name)
    was_in_use = _is(source, removed)
    if was_in_use:
        unset_user_value(SETTING)
    return removed, was_in_use


def server() -> str:
    """The server that the user's settings name; empty where they name none."""
    return Settings.load(on_error=lambda _: None).model_url


def snapshots() -> tuple[Path, int]:
    """Where what models have read of documents is kept, if it is, and how many bytes that takes now."""
    folder, n_bytes = models.snapshots_folder(), 0
    for file in folder.rglob("*.val"):
        with suppress(FileNotFoundError):  # another process may be at work there
            n_bytes += file.stat().st_size
    return folder, n_bytes


def in_use() -> str:
    """What the user's settings say; empty where they name none, or one of a server."""
    settings = Settings.load(on_error=lambda _: None)
    return "" if settings.model_url else settings.model


def _from_elsewhere(source: str) -> Had:
    try:
        place = models.resolve(source)
    except UsageError:
        return Had(source, None, None, in_use=True, is_there=False)
    if isinstance(place, Path):
        return Had(source, place, _size(place), in_use=True)
    return Had(source, None, None, in_use=True)


def _is(source: str, model: Installed) -> bool:
    return source == model.name or (bool(source) and Path(source).expanduser() == model.path)


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())

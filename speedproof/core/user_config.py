"""Changing a setting in the user's own configuration file. Where that is, and what its keys mean, says `settings`."""

import os
import tempfile
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from speedproof.core.errors import UsageError
from speedproof.core.settings import user_config_path


def set_user_value(key: str, value: str) -> Path:
    """`key` is `value` in the file from now on, all else in it stays as it is, comments included.

    Raises UsageError where the file is not valid TOML, or cannot be written; then it is as it was.
    """
    path = user_config_path()
    document = _document(path)
    document[key] = value
    _write(path, document)
    return path


def unset_user_value(key: str) -> None:
    """As `set_user_value`; the file says nothing for `key` any more."""
    path = user_config_path()
    document = _document(path)
    if key in document:
        del document[key]
        _write(path, document)


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _write(path: Path, document: tomlkit.TOMLDocument) -> None:
    # Through a link, as people have them who keep such files elsewhere.
    target = path.resolve()
    partial = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".config-", suffix=".toml", delete=False) as file:
            partial = Path(file.name)
            file.write(tomlkit.dumps(document).encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            partial.chmod(target.stat().st_mode & 0o777)
        partial.replace(target)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror}") from error

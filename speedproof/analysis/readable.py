"""Which files may be shown to a model, and why not the others.

What is shown may leave the machine. So a file is left out when its name says that it holds secrets, when ignore files
or the settings leave it out, and when it is outside of the project, also by way of a link. Names are all there is to
tell secrets by: whoever keeps a key in `config.json` has to exclude it. That file, `settings.json` and others that
every project has are therefore none of these.
"""

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from speedproof.analysis.files import IGNORE_FILE, absolute, left_out_by

MAX_BYTES = 1_000_000
SNIFFED_BYTES = 8192
"""A null byte among the first so many tells a file that is no text, as Git has it."""

SECRET_FILES = (
    # Variables for programs: keys of services, passwords of databases.
    *(".env*", "*.env", "*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.backup"),
    # Keys and certificates with keys.
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*"),
    # What tools log in with.
    *(".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials", ".dockercfg", ".s3cfg"),
    *(".docker/config.json", "kubeconfig*", "*.kubeconfig", "application_default_credentials.json"),
    # What people call them.
    *("credentials*", "secrets.*", "secret.*", ".secrets*", "client_secret*.json", "service-account*.json"),
)
"""Patterns of names, or of a folder and a name, in lower case; upper case is no different."""

SECRET_FOLDERS = frozenset({".ssh", ".aws", ".azure", ".gnupg", ".kube", ".password-store"})
"""Whatever they hold."""


def may_read(path: Path, root: Path, exclude: Iterable[str] = ()) -> str:
    """Why the file `path` of the project at `root` may not be read for a model, in words; empty where it may.

    `exclude` holds gitignore patterns relative to `root`. Nothing is raised, and of the file itself at most the first
    few thousand bytes are looked at.
    """
    return may_show(path, root, exclude) or _content(path)


def may_show(path: Path, root: Path, exclude: Iterable[str] = ()) -> str:
    """As `may_read`, but whatever the file holds on disk: for a document that an editor has the text of.

    The file need not exist.
    """
    # Not Path.resolve: on some versions it raises where links lead in a circle.
    real = Path(os.path.realpath(path))
    path, root = absolute(path), absolute(root)
    if not path.is_relative_to(root):
        return f"it is outside of the project, {root}"
    for name in (path, real):
        if pattern := _secret(name):
            return f"files like this one may hold secrets ({pattern})"
    if not real.is_relative_to(os.path.realpath(root)):
        return f"it is a link that leads out of the project, to {real}"
    left_out = left_out_by(path, root=root, exclude=exclude)
    if left_out == IGNORE_FILE:
        return f"it is ignored by a {IGNORE_FILE}"
    return f"the setting `{left_out}` leaves it out" if left_out else ""


def _secret(path: Path) -> str:
    """The pattern or the folder by which the name is one of a file with secrets, or nothing."""
    name = path.name.lower()
    with_folder = f"{path.parent.name.lower()}/{name}"
    for pattern in SECRET_FILES:
        if fnmatchcase(with_folder if "/" in pattern else name, pattern):
            return pattern
    return next((part for part in path.parent.parts if part.lower() in SECRET_FOLDERS), "")


def _content(path: Path) -> str:
    try:
        if not path.is_file():
            return "it is no file"
        size = path.stat().st_size
        if size > MAX_BYTES:
            return f"it is larger than {MAX_BYTES // 1_000_000} MB"
        with path.open("rb") as file:
            start = file.read(SNIFFED_BYTES)
    except OSError as error:  # links in a circle among others
        return f"it cannot be read: {error.strerror}"
    return "it is no text: it holds null bytes" if b"\0" in start else ""

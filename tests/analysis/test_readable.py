"""Which files may be shown to a model, and what is said about the others."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from speedproof.analysis.readable import MAX_BYTES, may_read, may_show

SECRETS = "may hold secrets"


def check(root: Path, name: str, reason: str, *, exclude: Sequence[str] = ()) -> None:
    """The reason holds `reason`; it is empty where that is."""
    found = may_read(root / name, root, exclude)
    assert reason in found
    assert bool(found) == bool(reason)


def write(root: Path, name: str, data: bytes | str = "x = 1\n") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".ENV", ".env.local", ".env.production", ".envrc", "prod.env", "infra/main.tfvars", "x.tfvars.json"),
        *("terraform.tfstate", "server.pem", "tls/server.KEY", "store.p12", "store.jks", "passwords.kdbx"),
        *("id_rsa", "id_rsa.pub", "keys/id_ed25519", "id_ecdsa.old"),
        *(".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials", ".docker/config.json"),
        *("kubeconfig", "kubeconfig.yaml", "prod.kubeconfig", "credentials", "credentials.json", "Credentials.csv"),
        *(
            "secrets.py",
            "secrets.toml",
            "Secrets.YAML",
            "secret.json",
            "service-account-prod.json",
            "client_secret_1.json",
        ),
        *(".ssh/config", ".aws/config", ".kube/config", "home/.gnupg/pubring.kbx", ".SSH/known_hosts"),
    ],
)
def test_files_with_secrets(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    check(tmp_path, name, SECRETS)


@pytest.mark.parametrize(
    "name",
    [
        *("config.json", "settings.json", ".vscode/settings.json", "config/config.json", "docker/config.json"),
        *("environment.py", "env.py", "envs/a.py", "keys.py", "key.py", "monkey.py", "pem.py", "secretary.py"),
        *("test_secrets.py", "credential.py", "my_credentials.py", "id.py", "ssh/config", "aws/config", "kube.py"),
        *("a b.py", "größe.py", "no_suffix", ".hidden.py", ".github/workflows/x.py", "README.md"),
    ],
)
def test_files_that_every_project_has(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    check(tmp_path, name, "")


def test_a_reason_tells_by_what(tmp_path: Path) -> None:
    write(tmp_path, "prod.env")
    assert may_read(tmp_path / "prod.env", tmp_path) == "files like this one may hold secrets (*.env)"


@pytest.mark.parametrize(
    ("ignore_files", "name", "reason"),
    [
        ({".gitignore": "*.log"}, "a.log", ".gitignore"),
        ({".gitignore": "*.log"}, "a.py", ""),
        ({".gitignore": "*.log"}, "deep/er/a.log", ".gitignore"),
        ({".gitignore": "/a.py"}, "deep/a.py", ""),
        ({".gitignore": "deep/"}, "deep/er/a.py", ".gitignore"),
        ({"deep/.gitignore": "a.py"}, "deep/er/a.py", ".gitignore"),
        ({"deep/.gitignore": "a.py"}, "a.py", ""),
        ({".gitignore": "*.py", "deep/.gitignore": "!a.py"}, "deep/a.py", ""),
        ({".gitignore": "deep/", "deep/.gitignore": "!a.py"}, "deep/a.py", ".gitignore"),
        ({".gitignore": "/*\n!/deep/"}, "deep/a.py", ""),
        ({".gitignore": "*\n!*.py\n!*/"}, "deep/er/a.py", ""),
        ({".gitignore": "*\n!*/\n!*.py"}, "deep/er/a.txt", ".gitignore"),
        ({".gitignore": "*\n!deep/\n!*.py"}, "deep/a.py", ""),
        ({".gitignore": "*\n!deep/\n!*.py"}, "deep/er/a.py", ".gitignore"),
        ({".gitignore": "er\n!deep/"}, "deep/er/a.py", ".gitignore"),
        ({".gitignore": "*.py\n!deep/"}, "deep/a.py", ".gitignore"),
        ({".gitignore": "a.py/"}, "a.py", ""),
        ({".gitignore": "deep/er/ "}, "deep/er/a.py", ".gitignore"),
        ({".gitignore": "/er/"}, "deep/er/a.py", ""),
        ({".gitignore": "er/"}, "deep/er/a.py", ".gitignore"),
        ({".gitignore": b"\xff\xfe\na.py"}, "a.py", ".gitignore"),
    ],
)
def test_ignored_files(tmp_path: Path, ignore_files: dict[str, str | bytes], name: str, reason: str) -> None:
    for ignore_file, lines in ignore_files.items():
        write(tmp_path, ignore_file, lines)
    write(tmp_path, name)
    check(tmp_path, name, reason)


def test_an_ignore_file_that_changes(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    write(tmp_path, ".gitignore", "b.py\n")
    check(tmp_path, "a.py", "")
    write(tmp_path, ".gitignore", "a.py\n\n")
    check(tmp_path, "a.py", ".gitignore")


def test_ignore_files_above_the_root_say_nothing(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", "*")
    write(tmp_path, "project/a.py")
    check(tmp_path / "project", "a.py", "")


@pytest.mark.parametrize(
    ("exclude", "name", "reason"),
    [
        (["a.py"], "a.py", "`exclude`"),
        (["vendor/"], "vendor/deep/a.py", "`exclude`"),
        (["*.py", "!a.py"], "a.py", ""),
        (["/a.py"], "deep/a.py", ""),
        ([], "a.py", ""),
    ],
)
def test_excluded_files(tmp_path: Path, exclude: list[str], name: str, reason: str) -> None:
    write(tmp_path, name)
    check(tmp_path, name, reason, exclude=exclude)


def test_files_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(tmp_path, "other/a.py")
    write(root, "a.py")
    check(root, "../other/a.py", "outside of the project")
    (root / "deep").mkdir()
    check(root, "deep/../a.py", "")
    check(root, "/a.py", "outside of the project")


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(tmp_path, "other/a.py")
    write(root, "a.py")
    write(root, ".env")
    for name, target in {
        "out.py": "../other/a.py",
        "within.py": "a.py",
        "secret.txt": ".env",
        "folder": "../other",
        "loop.py": "loop.py",
        "one.py": "two.py",
        "two.py": "one.py",
        "nowhere.py": "nothing.py",
    }.items():
        (root / name).symlink_to(target)
    check(root, "out.py", "leads out of the project")
    check(root, "folder/a.py", "leads out of the project")
    check(root, "folder/../a.py", "leads out of the project")
    check(root, "within.py", "")
    check(root, "secret.txt", SECRETS)
    for name in ("loop.py", "one.py", "nowhere.py"):
        check(root, name, "it is no file")


def test_a_project_that_is_a_link(tmp_path: Path) -> None:
    write(tmp_path, "real/a.py")
    (tmp_path / "link").symlink_to("real")
    check(tmp_path / "link", "a.py", "")


def test_links_between_folders_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, "deep/a.py")
    (tmp_path / "deep" / "again").symlink_to(tmp_path)
    check(tmp_path, "deep/again/deep/again/deep/a.py", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", ""),
        ("größe = 'é\u2028\U0001f600'\n".encode(), ""),
        ("größe = 1\n".encode("latin-1"), ""),
        (b"x" * MAX_BYTES, ""),
        (b"x" * (MAX_BYTES + 1), "larger than 1 MB"),
        (b"\x7fELF\x00\x00", "null bytes"),
        ("x = 1\n".encode("utf-16"), "null bytes"),
    ],
)
def test_contents(tmp_path: Path, data: bytes, reason: str) -> None:
    write(tmp_path, "a.py", data)
    check(tmp_path, "a.py", reason)


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    for name in ("folder.py", "pipe.py", "missing.py", "x" * 300 + ".py"):
        assert may_read(tmp_path / name, tmp_path)


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, "a.py")
    monkeypatch.setattr(Path, "open", refuse)
    check(tmp_path, "a.py", "cannot be read: Permission denied")


def test_a_document_need_not_be_on_disk(tmp_path: Path) -> None:
    assert may_show(tmp_path / "new.py", tmp_path) == ""
    assert SECRETS in may_show(tmp_path / ".env", tmp_path)
    write(tmp_path, "large.py", b"\0" * (MAX_BYTES + 1))
    assert may_show(tmp_path / "large.py", tmp_path) == ""

"""What Git is asked, in repositories of every kind: answers, errors, and nothing written."""

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, UsageError
from speedproof.jobs import git
from speedproof.jobs.git import FileChange

FILE = "100644"
P = PurePosixPath


class Repository:
    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        nobodys = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "-C", str(self.top), "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **identity, **nobodys}
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | bytes | None], title: str = "A change") -> str:
        """Files by name; None removes one. Returns the commit's name."""
        for name, content in files.items():
            place = self.top / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                place.unlink()
            else:
                place.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", title)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


def digest(folder: Path) -> str:
    """Of all names and contents, Git's own included."""
    made = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        made.update(f"{path}\0{path.lstat().st_mtime_ns}".encode())
        if path.is_file():
            made.update(path.read_bytes())
    return made.hexdigest()


def fails(call: Callable[[], object], *words: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


class TestRevisions:
    def test_names_of_a_commit(self, repository: Repository) -> None:
        first = repository.commit({"a.py": "x = 1\n"}, "First")
        second = repository.commit({"a.py": "x = 2\n"}, "Second: *title*")
        repository.git("tag", "--annotate", "v2", "--message", "Two")
        for name in ("HEAD", "main", "v2", second, second[:8], "HEAD@{0}", ":/Second"):
            assert git.commit_of(repository.top, name).name == second
        found = git.commit_of(repository.top, "HEAD")
        assert (found.parents, str(found)) == ((first,), f"{second[:10]} Second: *title*")
        assert git.parent_of(repository.top, found).name == first

    @pytest.mark.parametrize(
        ("revision", "words"),
        [
            ("nope", "there is no revision 'nope'"),
            ("HEAD~5", "there is no revision 'HEAD~5'"),
            ("HEAD:a.py", "there is no revision 'HEAD:a.py'"),
            ("HEAD~1..HEAD", "is a range: name one revision, as in --since HEAD~1"),
            ("--all", "'--all' is not a revision"),
            ("--output=x", "is not a revision"),
            ("", "'' is not a revision"),
            ("a\nb", "there is no revision"),
        ],
    )
    def test_names_of_none(self, repository: Repository, revision: str, words: str) -> None:
        repository.commit({"a.py": "x = 1\n"})
        fails(lambda: git.commit_of(repository.top, revision), words)

    def test_repositories_without_what_is_needed(self, repository: Repository, tmp_path: Path) -> None:
        fails(lambda: git.commit_of(repository.top, "HEAD"), "has no commits yet")
        repository.commit({"a.py": "x = 1\n"})
        first = git.commit_of(repository.top, "HEAD")
        fails(lambda: git.parent_of(repository.top, first), "is the first commit")
        (tmp_path / "plain").mkdir()
        fails(lambda: git.top_of(tmp_path / "plain"), "plain is not in a Git repository")
        repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
        fails(lambda: git.top_of(tmp_path / "bare"), "without a working tree")

    def test_a_shallow_clone_lacks_the_parent(self, repository: Repository, tmp_path: Path) -> None:
        repository.commit({"a.py": "x = 1\n"})
        repository.commit({"a.py": "x = 2\n"})
        clone = tmp_path / "clone"
        repository.git("clone", "--quiet", "--depth=1", f"file://{repository.top}", str(clone))
        head = git.commit_of(clone, "HEAD")
        fails(lambda: git.parent_of(clone, head), "shallow clone", "git fetch --deepen=1")

    def test_of_a_merge_it_is_the_first_parent(self, repository: Repository) -> None:
        repository.commit({"a.py": "x = 1\n"})
        repository.git("switch", "--quiet", "--create", "side")
        repository.commit({"b.py": "y = 1\n"})
        repository.git("switch", "--quiet", "main")
        main = repository.commit({"c.py": "z = 1\n"})
        repository.git("merge", "--quiet", "--no-edit", "side")
        merge = git.commit_of(repository.top, "HEAD")
        assert len(merge.parents) == 2
        parent = git.parent_of(repository.top, merge)
        assert parent.name == main
        assert git.changed_files(repository.top, parent, merge) == [FileChange(None, P("b.py"), FILE)]

    def test_without_git(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(repository.top))
        fails(lambda: git.top_of(repository.top), "Git is not installed, or not on PATH")


LONG = "".join(f"line_{n} = {n}\n" for n in range(40))


class TestFiles:
    def test_what_changed(self, repository: Repository) -> None:
        names = ["kept.py", "changed.py", "gone.py", "old.py", "uml\N{LATIN SMALL LETTER A WITH DIAERESIS}ut 1.py"]
        repository.commit({name: f"# {name}\n{LONG}" for name in names})
        before = git.commit_of(repository.top, "HEAD")
        (repository.top / "new").mkdir()
        repository.git("mv", "old.py", "new/name.py")
        changes: dict[str, str | bytes | None] = {"changed.py": "x = 2\n", "gone.py": None, "added.py": "x = 3\n"}
        changes[names[-1]] = "x = 4\n"
        repository.commit({**changes, "new/name.py": f"# old.py\n{LONG}more = 1\n"})
        after = git.commit_of(repository.top, "HEAD")
        expected = [
            FileChange(None, P("added.py"), FILE),
            FileChange(P("changed.py"), P("changed.py"), FILE),
            FileChange(P("gone.py"), None, FILE),
            FileChange(P("old.py"), P("new/name.py"), FILE),
            FileChange(P(names[-1]), P(names[-1]), FILE),
        ]
        assert sorted(git.changed_files(repository.top, before, after), key=str) == sorted(expected, key=str)

    def test_the_working_tree_staged_or_not(self, repository: Repository) -> None:
        repository.commit({name: f"# {name}\n" for name in ("a.py", "b.py", "c.py", "d.py")})
        head = git.commit_of(repository.top, "HEAD")
        (repository.top / "a.py").write_text("x = 1\n")
        (repository.top / "b.py").write_text("x = 1\n")
        repository.git("add", "b.py")
        (repository.top / "c.py").unlink()
        (repository.top / "untracked.py").write_text("x = 1\n")
        (repository.top / ".git" / "info" / "exclude").write_text("ignored.py\n")
        (repository.top / "ignored.py").write_text("x = 1\n")
        found = git.changed_files(repository.top, head, None)
        assert found == [
            FileChange(P("a.py"), P("a.py"), FILE),
            FileChange(P("b.py"), P("b.py"), FILE),
            FileChange(P("c.py"), None, FILE),
            FileChange(None, P("untracked.py")),
        ]

    def test_content(self, repository: Repository) -> None:
        repository.commit({"a.py": b"# -*- coding: latin-1 -*-\n\xe4\r\n"})
        head = git.commit_of(repository.top, "HEAD")
        (repository.top / "a.py").write_text("changed")
        assert git.content_of(repository.top, head, P("a.py")) == b"# -*- coding: latin-1 -*-\n\xe4\r\n"
        assert git.content_of(repository.top, head, P("b.py")) is None

    def test_a_revision_is_written_out_as_it_was(self, repository: Repository, tmp_path: Path) -> None:
        (repository.top / "link.py").symlink_to("pkg/a.py")
        repository.commit(
            {
                "pkg/a.py": b"x = 1\r\n",
                "empty.py": "",
                "tests/test_a.py": "def test(): pass\n",
                ".gitattributes": "tests export-ignore\n*.py ident\n",
                "run.sh": "#!/bin/sh\n",
            }
        )
        (repository.top / "run.sh").chmod(0o755)
        repository.commit({})
        head = git.commit_of(repository.top, "HEAD")
        repository.commit({"pkg/a.py": "x = 2\n", "later.py": ""})
        folder = tmp_path / "out"
        assert git.write_out(repository.top, head, folder, CancelToken()) == []
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        assert files == {"pkg/a.py", "empty.py", "tests/test_a.py", ".gitattributes", "run.sh", "link.py"}
        assert (folder / "pkg/a.py").read_bytes() == b"x = 1\r\n"
        assert (folder / "link.py").readlink() == Path("pkg/a.py")
        assert os.access(folder / "run.sh", os.X_OK)
        assert not os.access(folder / "empty.py", os.X_OK)

    def test_submodules_are_told(self, repository: Repository, tmp_path: Path) -> None:
        other = Repository(tmp_path / "other")
        other.commit({"b.py": "y = 1\n"})
        repository.commit({"a.py": "x = 1\n"})
        before = git.commit_of(repository.top, "HEAD")
        repository.git("submodule", "--quiet", "add", str(other.top), "sub")
        repository.commit({})
        head = git.commit_of(repository.top, "HEAD")
        assert git.write_out(repository.top, head, tmp_path / "out", CancelToken()) == ["the submodule sub"]
        changed = {change.after: change.mode for change in git.changed_files(repository.top, before, head)}
        assert changed[P("sub")] == git.SUBMODULE

    def test_ignored_files_beside_known_ones(self, repository: Repository) -> None:
        repository.commit({".gitignore": "_version.py\n*.so\nbuild/\n*.pyc\n", "pkg/a.py": "x = 1\n"})
        for name in ("pkg/_version.py", "pkg/fast.so", "pkg/a.pyc", "build/big.so", "untracked.py"):
            (repository.top / name).parent.mkdir(exist_ok=True)
            (repository.top / name).touch()
        assert git.ignored_files(repository.top) == [P("pkg/_version.py"), P("pkg/fast.so")]

    def test_cancelled(self, repository: Repository, tmp_path: Path) -> None:
        repository.commit({"a.py": "x = 1\n"})
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            git.write_out(repository.top, git.commit_of(repository.top, "HEAD"), tmp_path / "out", cancel)


def test_nothing_is_written_and_nothing_is_run(repository: Repository, tmp_path: Path) -> None:
    """Not even where the repository's settings name programs for every occasion."""
    repository.commit({"a.py": "x = 1\n"})
    repository.commit({"a.py": "x = 2\n", ".gitattributes": "*.py diff=spy\n"})
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {tmp_path}/it_ran\n")
    spy.chmod(0o755)
    hooks = repository.top / ".git" / "hooks"
    for name in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout"):
        (hooks / name).write_bytes(spy.read_bytes())
        (hooks / name).chmod(0o755)
    for name in (
        "core.fsmonitor",
        "diff.external",
        "diff.spy.command",
        "diff.spy.textconv",
        "core.pager",
        "core.editor",
    ):
        repository.git("config", name, str(spy))
    (repository.top / "a.py").write_text("x = 2\n")  # the same again, with another time
    os.utime(repository.top / "a.py", (1, 1))
    before = digest(repository.top)
    head = git.commit_of(git.top_of(repository.top / "a.py"), "HEAD")
    parent = git.parent_of(repository.top, head)
    git.changed_files(repository.top, parent, head)
    git.changed_files(repository.top, head, None)
    git.ignored_files(repository.top)
    git.write_out(repository.top, head, tmp_path / "out", CancelToken())
    assert digest(repository.top) == before
    assert not (tmp_path / "it_ran").exists()

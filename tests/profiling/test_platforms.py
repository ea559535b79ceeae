"""Where nothing runs, and what is said there; the profile that waits for somebody with a Mac."""

from pathlib import Path

import pytest

from speedproof.profiling.platforms import refusal
from speedproof.profiling.seatbelt import profile, wall

REFUSED = [
    ("darwin", "arm64", 64, "no sandbox on darwin yet: run Speedproof in a Linux container"),
    ("darwin", "x86_64", 64, "untested"),
    ("win32", "AMD64", 64, "WSL2"),
    ("freebsd14", "amd64", 64, "run Speedproof on Linux"),
    ("linux", "riscv64", 64, "only aarch64 and x86_64"),
    ("linux", "x86_64", 32, "64-bit"),
]


@pytest.mark.parametrize(("platform", "machine", "bits", "words"), REFUSED)
def test_without_a_boundary_that_was_tried_nothing_runs(platform: str, machine: str, bits: int, words: str) -> None:
    assert words in str(refusal(platform, machine, bits))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_linux_is_asked(machine: str) -> None:
    assert refusal("linux", machine) is None


def test_the_profile_denies_all_but_what_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    text = profile(Path("/usr/bin/env"), [Path("/usr/lib"), tmp_path / "link"], [tmp_path / "scratch"], forks=False)
    lines = text.splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert "(deny network*)" in lines
    assert "(allow process-fork)" not in lines
    assert f'(allow file-read* (subpath "{tmp_path.resolve()}/real"))' in lines
    assert [line for line in lines if "file-write" in line] == [
        f'(allow file-write* (subpath "{tmp_path.resolve()}/scratch"))'
    ]
    assert [line for line in lines if "allow process-exec" in line] == [
        f'(allow process-exec (literal "{Path("/usr/bin/env").resolve()}"))'
    ]
    assert "(allow process-fork)" in profile(Path("/usr/bin/env"), [], [], forks=True).splitlines()


def test_the_command_line_of_macos(tmp_path: Path) -> None:
    """The profile is one argument, and the program is the system's own, whatever PATH says."""
    python, scratch = Path("/usr/bin/env"), tmp_path / "scratch"
    program, option, text = wall(python, [tmp_path], [scratch], forks=True)
    assert (program, option) == ("/usr/bin/sandbox-exec", "-p")
    assert text == profile(python, [tmp_path], [scratch], forks=True)


def test_names_cannot_end_a_rule() -> None:
    text = profile(Path("/bin/p"), [Path('/a") (allow default) ("')], [], forks=False)
    assert '\\") (allow default) (\\"' in text
    with pytest.raises(ValueError, match="no rule can name"):
        profile(Path("/bin/p"), [Path("/a\nb")], [], forks=False)

"""The settings for other editors as the documents show them, in these editors: a code action optimizes a function."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from debian import from_suite
from terminal import Screen

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editors" / "others.md").read_text(encoding="utf-8")
TEXT = '''"""Größe 🐍."""
def quick(n):
    return slow(n)
'''
FASTER = TEXT.replace('"""\n', '"""\nimport fast\n').replace("slow", "fast")
EMACS_USER = """
(require 'eglot)
(find-file "work.py")
(python-mode)
(call-interactively #'eglot)
(while (not (eglot-managed-p)) (accept-process-output nil 0.05))
(search-forward "def quick")
(let ((action (seq-find (lambda (each) (equal (plist-get each :title) "Optimize `quick`"))
                        (eglot-code-actions (point) nil))))
  (eglot-execute (eglot-current-server) action))
(while (not (string-search "import fast" (buffer-string))) (accept-process-output nil 0.05))
(save-buffer)
(eglot-shutdown (eglot-current-server))
"""


def snippet(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has `speedproof`: our server, with verdicts that are known."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "speedproof"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "tests" / "e2e" / "scripted.py"}" "$@"\n')
    program.chmod(0o755)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "work.py").write_text(TEXT)
    return {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
        "SPEEDPROOF_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }


def test_helix(variables: dict[str, str], tmp_path: Path) -> None:
    helix = from_suite("forky", "hx", "usr/lib/hx/hx")
    config = tmp_path / ".config" / "helix"
    config.mkdir(parents=True)
    (config / "languages.toml").write_text(snippet("toml"))
    variables["HELIX_RUNTIME"] = str(helix.parent / "runtime")
    with Screen.showing([str(helix), "work.py:2:6"], variables, tmp_path) as screen:

        def lists_actions() -> bool:
            screen.keys("Escape")
            time.sleep(0.2)  # what comes at once is taken for a key with Alt
            screen.keys(" a", literally=True)
            time.sleep(0.5)
            return any("Optimize `quick`" in line for line in screen.lines)

        screen.until(lists_actions)
        screen.keys("C-n")
        screen.keys("Enter")
        screen.until(lambda: any("import fast" in line for line in screen.lines))
        screen.keys("Escape")
        screen.keys(":write", literally=True)
        screen.keys("Enter")
        screen.until(lambda: (tmp_path / "work.py").read_text() == FASTER)


def test_emacs(variables: dict[str, str], tmp_path: Path) -> None:
    emacs = from_suite("trixie", "emacs-nox", "usr/bin/emacs-nox")
    [state] = emacs.parents[2].rglob("emacs-*.pdmp")
    [data] = emacs.parents[2].glob("usr/share/emacs/[1-9]*")
    variables |= {"EMACSDATA": str(data / "etc"), "EMACSLOADPATH": str(data / "lisp"), "EMACSPATH": str(state.parent)}
    (tmp_path / "init.el").write_text(snippet("elisp"))
    (tmp_path / "user.el").write_text(EMACS_USER)
    command = [str(emacs), f"--dump-file={state}", "--batch", "--load", "init.el", "--load", "user.el"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "work.py").read_text() == FASTER

"""`speedproof doctor`: what Speedproof finds here, what protects the user, and what is sent where."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from speedproof import __version__
from speedproof.analysis.project import discover, find_root
from speedproof.cli import FOUND, NOTHING_FOUND
from speedproof.commands.targets import project_settings, settings_from
from speedproof.core.errors import SandboxError, UsageError
from speedproof.profiling.interpreter import check_interpreter
from speedproof.profiling.sandbox import layers
from speedproof.report.words import counted, printable

FORMAT_VERSION = 1


def run(options: argparse.Namespace) -> int:
    findings = examine(options)
    print(json.dumps(findings, indent=2) if options.json else _in_words(findings))  # noqa: T201 - the answer
    return NOTHING_FOUND if findings["problems"] else FOUND


def examine(options: argparse.Namespace) -> dict[str, Any]:
    """The whole examination, JSON-able. What is wrong is in "problems"; the parts concerned are null."""
    problems: list[str] = []
    return {
        "version": FORMAT_VERSION,
        "speedproof": {"version": __version__, "python": sys.executable},
        **_project(options, problems),
        "sandbox": _sandbox(problems),
        # Speedproof opens no network connection: there is no model to talk to, and no telemetry.
        "sent": [],
        "problems": problems,
    }


def _project(options: argparse.Namespace, problems: list[str]) -> dict[str, Any]:
    here = Path.cwd()
    try:
        settings = project_settings(find_root(here), settings_from(options))
        project = discover(here, python=settings.python, exclude=settings.exclude)
    except UsageError as error:
        problems.append(str(error))
        return {"project": None, "interpreter": None}
    found = {
        "root": str(project.root),
        "import_roots": [str(root) for root in project.import_roots],
        "test_files": len(project.tests),
    }
    try:
        info = check_interpreter(project.python)
    except UsageError as error:
        problems.append(str(error))
        return {"project": found, "interpreter": None}
    return {
        "project": found,
        "interpreter": {"path": str(project.python), "version": info.version_text, "prefix": str(info.prefix)},
    }


def _sandbox(problems: list[str]) -> dict[str, Any] | None:
    try:
        found = layers()
    except SandboxError as error:
        problems.append(str(error))
        return None
    return {"layers": list(found.active), "missing": list(found.missing)}


def _in_words(findings: dict[str, Any]) -> str:
    speedproof, project, sandbox = findings["speedproof"], findings["project"], findings["sandbox"]
    interpreter = findings["interpreter"]
    rows = [("speedproof", f"{speedproof['version']}, run by {speedproof['python']}")]
    if project:
        rows.append(("project", project["root"]))
        rows.append(("imports from", ", ".join(project["import_roots"])))
        rows.append(("tests", counted(project["test_files"], "file")))
    if interpreter:
        rows.append(("interpreter", f"{interpreter['path']} (Python {interpreter['version']})"))
    if sandbox:
        rows.append(("sandbox", ", ".join(sandbox["layers"])))
        rows += [("not active", layer) for layer in sandbox["missing"]]
    rows.append(("sent", "nothing leaves this machine"))
    rows += [("problem", problem) for problem in findings["problems"]]
    return printable("\n".join(f"{label:<14}{value}" for label, value in rows))

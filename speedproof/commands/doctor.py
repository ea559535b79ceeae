"""`speedproof doctor`: what Speedproof finds here, what protects the user, and what is sent where."""

import argparse
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from speedproof import __version__
from speedproof.analysis.project import discover, find_root
from speedproof.cli import FOUND, NOTHING_FOUND
from speedproof.commands.targets import project_settings, settings_from
from speedproof.core.errors import SandboxError, UsageError
from speedproof.core.settings import Settings
from speedproof.jobs.models import snapshots
from speedproof.profiling.interpreter import check_interpreter
from speedproof.profiling.sandbox import layers
from speedproof.report.words import counted, printable

FORMAT_VERSION = 1
OF_EDITS = ["functions", "what of their modules they rest on", "calls of your tests"]


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
        **_model(options, problems),
        "snapshots": _snapshots(options),
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


def _model(options: argparse.Namespace, problems: list[str]) -> dict[str, Any]:
    """What completes, and what is sent for it and for edits. Nothing else is ever sent: there is no telemetry."""
    try:
        settings = project_settings(find_root(Path.cwd()), settings_from(options))
    except UsageError:  # told with the project
        return {"model": None, "sent": []}
    if settings.edits_model == "remote" and settings.model_url:
        edits = {"to": _without_credentials(settings.model_url), "what": OF_EDITS, "when": "when you optimize one"}
        return _completing(settings, problems, [edits])
    return _completing(settings, problems, [])


def _completing(settings: Settings, problems: list[str], sent: list[dict[str, Any]]) -> dict[str, Any]:
    """The model that completes, and what is sent for it besides `sent`."""
    if settings.completion == "off" or not (settings.model or settings.model_url):
        return {"model": None, "sent": sent}
    if not settings.model_url:
        missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
        if missing:
            problems.append(
                f"the model {settings.model} runs here, for which {' and '.join(missing)} is needed: "
                'pip install "speedproof[local]"'
            )
        return {"model": {"name": settings.model, "where": "here"}, "sent": sent}
    url = _without_credentials(settings.model_url)
    what = ["the text around the cursor", "the file's name"]
    if settings.completion_context:
        what.append("definitions and similar code from other files of the project, with their names")
    when = "while you type" if settings.completion == "automatic" else "when you ask for a completion"
    return {
        "model": {"name": settings.model, "where": url},
        "sent": [{"to": url, "what": what, "when": when}, *sent],
    }


def _snapshots(options: argparse.Namespace) -> dict[str, Any] | None:
    """What of the user's text a model that runs here leaves on disk."""
    try:
        settings = project_settings(find_root(Path.cwd()), settings_from(options))
    except UsageError:  # told with the project
        return None
    folder, n_bytes = snapshots()
    if not settings.model_snapshot_mb and not n_bytes:
        return None
    return {"folder": str(folder), "bytes": n_bytes, "limit_mb": settings.model_snapshot_mb}


def _sandbox(problems: list[str]) -> dict[str, Any] | None:
    try:
        found = layers()
    except SandboxError as error:
        problems.append(str(error))
        return None
    return {"layers": list(found.active), "missing": list(found.missing)}


def _model_in_words(model: dict[str, Any] | None) -> str:
    if model is None:
        return "none: no completions"
    return f"{model['name']}, in this process" if model["where"] == "here" else f"{model['name']} at {model['where']}"


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


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
    model = findings["model"]
    rows.append(("model", _model_in_words(model)))
    rows += [("sent", f"{', '.join(each['what'])}; to {each['to']}, {each['when']}") for each in findings["sent"]]
    if not findings["sent"]:
        rows.append(("sent", "nothing leaves this machine"))
    kept = findings["snapshots"]
    if kept:
        rows.append(
            ("snapshots", f"{kept['bytes'] / 2**20:.0f} MiB of at most {kept['limit_mb']}, in {kept['folder']}")
        )
    rows += [("problem", problem) for problem in findings["problems"]]
    return printable("\n".join(f"{label:<14}{value}" for label, value in rows))

"""What a command prints on stdout: results as they come, or one JSON document at the end; and the files it writes."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.core.errors import UsageError
from speedproof.core.report import FunctionResult, Omission, Report
from speedproof.report import html, json, markdown
from speedproof.report.terminal import make_console, print_note, print_result, print_summary

Write = Callable[[Report], str]


class Output:
    """Collects the results of one run, and prints each for people unless the whole is asked for as JSON."""

    def __init__(
        self,
        *,
        as_json: bool = False,
        explain: bool = False,
        files: Mapping[Path, Write] | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        """`files` are written at the end, each with what its function makes of the report."""
        self._as_json = as_json
        self._explain = explain
        self._files = files or {}
        self._console = make_console()
        self._results: list[FunctionResult] = []
        self._notes = list(notes)
        self._subject = ""
        self._omissions: tuple[Omission, ...] = ()

    @classmethod
    def of(cls, options: argparse.Namespace, notes: Iterable[str] = ()) -> "Output":
        """As the command line says. Raises UsageError where a file cannot be written: before the work, not after."""
        formats: tuple[tuple[str | None, Write], ...] = (
            (options.html, html.page),
            (options.markdown, markdown.document),
        )
        files = {_place(name): write for name, write in formats if name is not None}
        return cls(as_json=options.json, explain=options.explain, files=files, notes=notes)

    @property
    def report(self) -> Report:
        return Report(tuple(self._results), tuple(self._notes), self._subject, self._omissions)

    def show(self, result: FunctionResult) -> None:
        self._results.append(result)
        if not self._as_json:
            print_result(self._console, result, explain=self._explain)

    def remark(self, result: FunctionResult, note: str) -> None:
        """Something about the result that was shown last."""
        if self._as_json:
            self._notes.append(f"{result.path.as_posix()}::{result.function}: {note}")
        else:
            print_note(self._console, note)

    def note(self, *notes: str) -> None:
        """Something about the run as a whole."""
        self._notes += notes

    def describe(self, subject: str, omissions: Sequence[Omission]) -> None:
        """What the run was about, and what of it was not compared."""
        self._subject = subject
        self._omissions = tuple(omissions)

    def finish(self) -> None:
        report = self.report
        if self._as_json:
            print(json.dumps(report))  # noqa: T201 - the document that was asked for
        else:
            print_summary(self._console, report)
        for place, write in self._files.items():
            try:
                place.write_text(write(report), encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                raise UsageError(f"cannot write {place}: {error.strerror}") from error


def _place(name: str) -> Path:
    place = absolute(name)
    if not place.parent.is_dir():
        raise UsageError(f"cannot write {name}: there is no such folder")
    if place.is_dir():
        raise UsageError(f"cannot write {name}: it is a folder")
    return place

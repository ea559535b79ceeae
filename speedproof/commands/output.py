"""What a command prints on stdout: results as they come, or one document at the end; and the page beside it."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.core.errors import UsageError
from speedproof.core.report import FunctionResult, Omission, Report
from speedproof.report import html, json, markdown
from speedproof.report.terminal import make_console, print_note, print_result, print_summary


class Output:
    """Collects the results of one run, and prints each for people unless the whole is asked for as a document."""

    def __init__(
        self, *, document: str = "", explain: bool = False, page: Path | None = None, notes: Iterable[str] = ()
    ) -> None:
        """`document` is "json", "markdown" or nothing; `page` the file that a page is written into."""
        self._document = document
        self._explain = explain
        self._page = page
        self._console = make_console()
        self._results: list[FunctionResult] = []
        self._notes = list(notes)
        self._subject = ""
        self._omissions: tuple[Omission, ...] = ()

    @classmethod
    def of(cls, options: argparse.Namespace, notes: Iterable[str] = ()) -> "Output":
        """As the command line says. Raises UsageError where the page cannot be written."""
        page = absolute(options.html) if options.html else None
        if page is not None and (page.is_dir() or not page.parent.is_dir()):
            raise UsageError(f"cannot write {options.html}: no such folder, or it is one")
        document = "json" if options.json else "markdown" if options.markdown else ""
        return cls(document=document, explain=options.explain, page=page, notes=notes)

    @property
    def report(self) -> Report:
        return Report(tuple(self._results), tuple(self._notes), self._subject, self._omissions)

    def show(self, result: FunctionResult) -> None:
        self._results.append(result)
        if not self._document:
            print_result(self._console, result, explain=self._explain)

    def remark(self, result: FunctionResult, note: str) -> None:
        """Something about the result that was shown last."""
        if self._document:
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
        if self._page is not None:
            try:
                self._page.write_text(html.page(report), encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                raise UsageError(f"cannot write {self._page}: {error.strerror}") from error
        if self._document == "json":
            print(json.dumps(report))  # noqa: T201 - the document that was asked for
        elif self._document == "markdown":
            print(markdown.document(report))  # noqa: T201 - the document that was asked for
        else:
            print_summary(self._console, report)

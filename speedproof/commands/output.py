"""What a command prints on stdout: results as they come, or one JSON document at the end."""

from collections.abc import Iterable

from speedproof.core.report import FunctionResult, Report
from speedproof.report import json
from speedproof.report.terminal import make_console, print_note, print_result, print_summary


class Output:
    """Collects the results of one run, and prints each for people unless the whole is asked for as JSON."""

    def __init__(self, *, as_json: bool, explain: bool, notes: Iterable[str] = ()) -> None:
        self._as_json = as_json
        self._explain = explain
        self._console = make_console()
        self._results: list[FunctionResult] = []
        self._notes = list(notes)

    @property
    def report(self) -> Report:
        return Report(tuple(self._results), tuple(self._notes))

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

    def finish(self) -> None:
        if self._as_json:
            print(json.dumps(self.report))  # noqa: T201 - the document that was asked for
        else:
            print_summary(self._console, self.report)

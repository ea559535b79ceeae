"""Runs a Python program as its user would, under the standard library's profiler, and writes where its time went.

    python hotspots.py RESULT ROOT IMPORT_ROOTS (-m MODULE | -c CODE | FILE) ARGUMENT…

RESULT, unless it is empty, gets one JSON object: `seconds`, and `functions`, rows of file, first line, name, calls, own
seconds and seconds with all that it calls, for what lies below ROOT. The exit status is the program's. Child processes
and other threads are not looked into. Built-in functions count as part of the function that calls them, since another
body of it may do without them.
"""

from __future__ import annotations

import cProfile
import json
import os
import runpy
import sys
from typing import Any


def main() -> int:
    result, root, import_roots = sys.argv[1:4]
    words = sys.argv[4:]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    sys.path[:0] = [folder for folder in import_roots.split(os.pathsep) if folder]
    profile = cProfile.Profile() if result else None
    process = os.getpid()
    status = 0
    try:
        if profile is None:
            _run(words)
        else:
            profile.runcall(_run, words)
    except SystemExit as stop:
        status = _status(stop)
    except BaseException as error:
        # As the interpreter itself would show it, without our own frames.
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, runpy.__file__):
            trace = trace.tb_next
        sys.excepthook(type(error), error, trace)
        status = 1
    if profile is not None and os.getpid() == process:
        with open(result, "w", encoding="utf-8") as file:
            json.dump(_times(profile, root), file)
    sys.stdout.flush()
    return status


def _run(words: list[str]) -> None:
    how, rest = words[0], words[1:]
    if how == "-m":
        sys.argv[:] = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        sys.argv[:] = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})
    else:
        sys.argv[:] = words
        sys.path.insert(0, os.path.dirname(os.path.abspath(how)))
        runpy.run_path(how, run_name="__main__")


def _status(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    sys.stderr.write("%s\n" % (stop.code,))
    return 1


def _times(profile: cProfile.Profile, root: str) -> dict[str, Any]:
    rows = []
    total = 0.0
    for entry in profile.getstats():
        total += entry.inlinetime
        if isinstance(entry.code, str):
            continue
        path = os.path.abspath(entry.code.co_filename)
        if not path.startswith(os.path.join(root, "")):
            continue
        builtins = sum(call.inlinetime for call in entry.calls or () if isinstance(call.code, str))
        own = entry.inlinetime + builtins
        calls = entry.callcount + entry.reccallcount
        rows.append([path, entry.code.co_firstlineno, entry.code.co_name, calls, own, entry.totaltime])
    return {"seconds": total, "functions": rows}


if __name__ == "__main__":
    sys.exit(main())

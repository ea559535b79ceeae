"""Runs the parts that make inputs, in whatever interpreter runs this file; prints what they did as JSON.

Arguments: the folder of the worker's files, the project, what is lent (JSON), the file of tests, seconds for them.
For Python 3.9 and later.
"""

import importlib
import importlib.util
import json
import pathlib
import pickle
import random
import sys
import time


def main(worker, project, loans, tests, seconds):
    spec = importlib.util.spec_from_file_location(
        "worker", worker + "/__init__.py", submodule_search_locations=[worker]
    )
    sys.modules["worker"] = importlib.util.module_from_spec(spec)
    part = {name: importlib.import_module("worker." + name) for name in PARTS}
    part["loan"].install(json.loads(loans))
    sys.path.insert(0, project)
    import subject

    sink = Sink()
    with part["record"].Recorder({"work": subject.work}, sink, 50) as recorder:
        outcome = part["suite"].run_tests([project + "/" + tests], project, float(seconds), recorder.active)
    seen = [args[0] for args, _ in sink.calls]

    sink = Sink()
    part["doctests"].examples(subject, {"joined": subject.joined}, sink, 1.0)
    doctests = [list(args) for args, _ in sink.calls]

    made = {}
    for qualname, owner in (("joined", None), ("Stack.pop", subject.Stack), ("work", None)):
        sink = Sink()
        function = part["install"].resolve(subject, qualname)
        part["strategies"].from_annotations(function, qualname, owner, sink, 20, 1, 1.0)
        made[qualname] = [len(sink.calls), sorted(sink.origins)]

    sink = Sink(part["pickling"].dumps)
    given = []
    part["record"].record(
        {"joined": subject.joined}, lambda: given.append(subject.joined(c for c in "ab")), sink, 5, "recorded"
    )
    given += pickle.loads(sink.calls[0][0])[0]

    kept = []

    def keep(args, kwargs):
        kept.append(subject.rare(*args, **kwargs))
        return True

    start = time.process_time()
    seeds = [(([1, 2],), {}), (([3], 5), {})]
    part["explore"].explore(subject.rare, seeds, random.Random(1), keep, 100, 1.0)
    before = pathlib.Path(subject.__file__).read_text(encoding="utf-8")
    after = before.replace("return self.items.pop()", "return [self.items.pop(), super().__repr__()][0]")
    part["install"].install(subject, before, after + "\nLATER = 1\n", "Stack.pop", subject.__file__)
    print(
        json.dumps(
            {
                "seen": seen,
                "passed": outcome["passed"],
                "failed": outcome["failed"],
                "doctests": doctests,
                "made": made,
                "given": given,
                "installed": [
                    subject.Stack([1, 2]).pop(),
                    subject.LATER,
                    "__class__" in subject.Stack.pop.__code__.co_freevars,
                ],
                "found": sorted(set(kept)),
                "in time": time.process_time() - start < 3.0,
            }
        )
    )


PARTS = ("loan", "pickling", "record", "suite", "doctests", "install", "strategies", "explore", "tasks")


class Sink:
    def __init__(self, kept=lambda args: args):
        self.kept = kept
        self.calls = []
        self.origins = set()

    def add(self, qualname, origin, args, kwargs):
        self.calls.append((self.kept(args), kwargs))
        self.origins.add(origin)
        return True

    def full(self, qualname, origin):
        return len(self.calls) >= 50


main(*sys.argv[1:])

"""Our server with a scripted engine: what becomes of a function is decided by its name.

- `quick…`: verified at once; `slow` in it becomes `fast`, and the file gets an `import fast` after its first line.
- `hopeless…`: nothing found.
- `unrun…`: nothing may be run here; `slow` to `fast` is a mere suggestion.
- `broken…`: the project cannot be used.
- `patient…`: runs a child process until cancelled, or until the file `release` in the cache folder exists; then
  as `quick…`.
- `recalled…`: as `quick…`, and the store holds it.

With a hint nothing is found, and the reason repeats it.

Of each file `# was: TEXT` in its last line is what the last commit has in place of `slow`; without it the file is in no
repository. A change to `quick…` proves faster, one to `hopeless…` differs, and the others are as above.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ProjectError
from speedproof.core.report import FunctionResult, Trial
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import Evidence, Speedup, Status, Verdict
from speedproof.server.app import serve
from speedproof.server.engine import Engine, Progress

RELEASE = Path(os.environ["SPEEDPROOF_CACHE"]) / "release"
VERIFIED = Verdict(
    Status.VERIFIED,
    "2.00× faster",
    Evidence({"recorded": 3}, coverage_original=1.0, coverage_candidate=1.0),
    Speedup(3.14, 2.9, 3.3),
)


def optimize(target: Target, settings: Settings, cancel: CancelToken, progress: Progress, hint: str) -> FunctionResult:
    progress("gathering inputs", 0.1)
    if hint:
        verdict = Verdict(Status.NOT_FASTER, f"no gain by {hint}")
        return FunctionResult(target.path, target.qualname, target.text, verdict)
    if target.name.startswith("broken"):
        raise ProjectError("the interpreter is gone")
    if target.name.startswith("hopeless"):
        return FunctionResult(target.path, target.qualname, target.text, Verdict(Status.NOT_FASTER, "no gain"))
    if target.name.startswith("unrun"):
        suggestion = Candidate(target.text.replace("slow", "fast"), "rule", ("fast",))
        verdict = Verdict(Status.UNVERIFIABLE, "nothing was run: no sandbox")
        return FunctionResult(target.path, target.qualname, target.text, verdict, suggestions=(suggestion,))
    if target.name.startswith("patient"):
        _wait(cancel, progress)
    return _verified(target)


def recall(targets: list[Target], settings: Settings, cancel: CancelToken) -> list[FunctionResult]:
    return [_verified(target) for target in targets if target.name.startswith("recalled")]


def prove(target: Target, settings: Settings, cancel: CancelToken, progress: Progress) -> FunctionResult:
    progress("gathering inputs", 0.1)
    if target.name.startswith("broken"):
        raise ProjectError("the interpreter is gone")
    if target.name.startswith("patient"):
        _wait(cancel, progress)
    differs = target.name.startswith("hopeless")
    verdict = Verdict(Status.DIFFERS, "result differs on f(1)") if differs else VERIFIED
    trial = Trial(Candidate(target.text, "given", ("a1b2c3",)), verdict)
    return FunctionResult(target.path, target.qualname, target.text, verdict, target.text, (trial,))


def committed(path: Path) -> str | None:
    text, mark, was = path.read_text().rpartition("# was: ")
    return text.replace("slow", was.strip()) if mark else None


def _wait(cancel: CancelToken, progress: Progress) -> None:
    with subprocess.Popen(["sleep", "60"]) as child, cancel.calling(child.kill):
        progress("measuring", 0.5)
        while not RELEASE.exists():
            time.sleep(0.01)
            cancel.check()
        child.kill()


def _verified(target: Target) -> FunctionResult:
    first, rest = target.span.start, target.span.end
    text = target.text[:first] + target.source.replace("slow", "fast") + target.text[rest:]
    head, newline, tail = text.partition("\n")
    after = f"{head}{newline}import fast\n{tail}"
    return FunctionResult(target.path, target.qualname, target.text, VERIFIED, after)


if __name__ == "__main__":
    sys.exit(serve(engine=Engine(optimize, recall, prove, committed)))

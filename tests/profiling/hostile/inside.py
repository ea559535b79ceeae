"""Runs one attack inside the sandbox, as the project's import or as a function under test.

Started as `python inside.py STAGE MODULE ATTACK FACTS`: takes its place in the sandbox just as the worker does. In
stage "unconfined" it runs outside any sandbox, as a control.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hostile.attack import ATTACKS, HONEST, Attack, World

BEGINS = "the attack begins"
BREACH = "BREACH"
WENT_THROUGH = "went through"
NEIGHBOUR = "the neighbour is well"


def main() -> None:
    stage, module, name = sys.argv[1:4]
    facts: dict[str, Any] = json.loads(sys.argv[4])
    importlib.import_module(module)
    abi = facts.pop("abi")
    for key in ("home", "project", "outside", "scratch", "worker"):
        facts[key] = Path(facts[key])
    world = World(**facts)
    chosen = next(attack for attack in (*ATTACKS, *HONEST) if attack.name == name)
    if stage == "unconfined":
        attempt(chosen, world)
        return
    confine = load_worker(world.worker)
    confine.forbid_exec()
    if stage == "import":
        attempt(chosen, world)
        return
    (world.scratch / "neighbour").mkdir()
    (world.scratch / "neighbour" / "result").write_text("41")
    in_leaf(confine, world, "leaf", abi, lambda mine: attempt(chosen, mine))
    in_leaf(confine, world, "neighbour", abi, work_honestly)


def attempt(chosen: Attack, world: World) -> None:
    print(BEGINS, flush=True)
    try:
        chosen.run(world)
    except BaseException as error:
        print(f"held by {type(error).__name__}: {error}", flush=True)
    else:
        print(WENT_THROUGH if chosen.harmless else BREACH, flush=True)


def in_leaf(confine: Any, world: World, folder: str, abi: int, run: Callable[[World], None]) -> None:
    """Forks a child as the zygote does, and waits for it. The first line of each says its pid."""
    scratch = world.scratch / folder
    scratch.mkdir(exist_ok=True)
    pid = os.fork()
    if pid == 0:
        try:
            os.environ["TMPDIR"] = str(scratch)
            confine.lock_leaf([str(scratch)], abi=abi)
            run(world._replace(scratch=scratch))
        except BaseException as error:
            print(f"leaf {folder}: {type(error).__name__}: {error}", flush=True)
        finally:
            os._exit(0)
    print(f"leaf {pid}", flush=True)
    os.waitpid(pid, 0)


def work_honestly(world: World) -> None:
    result = world.scratch / "result"
    result.write_text(str(int(result.read_text()) + 1))
    if result.read_text() == "42":
        print(NEIGHBOUR, flush=True)


def load_worker(folder: Path) -> Any:
    """`confine` out of the worker's folder, as `bootstrap.py` loads it."""
    spec = importlib.util.spec_from_file_location(
        "_speedproof_worker", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["_speedproof_worker"] = package
    spec.loader.exec_module(package)
    return importlib.import_module("_speedproof_worker.confine")


if __name__ == "__main__":
    main()

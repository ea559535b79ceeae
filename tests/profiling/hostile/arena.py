"""A world with a user's files, sockets and processes in it, an attack let loose on it, and the damage counted.

Needs no pytest: `python arena.py` runs every attack and prints those that were not held, for use as another
user.
"""

import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hostile import files, honest, network, processes, resources
from hostile.attack import ATTACKS, HONEST, Attack, World
from hostile.inside import BEGINS, BREACH, NEIGHBOUR, WENT_THROUGH
from speedproof.profiling import sandbox

TOPICS = (files, honest, network, processes, resources)
HERE = Path(__file__).resolve().parent
WORKER = Path(sandbox.__file__).parent / "worker"
SECRET = "the private key of the user"
IN_ENVIRONMENT = "a password in the environment"
MARK = "SPEEDPROOF_ARENA"
PATIENCE_SECONDS = 20.0


@dataclass
class Outcome:
    output: str
    returncode: int | None
    seconds: float
    stopped: str = ""
    kill_seconds: float = 0.0
    damage: list[str] = field(default_factory=list)


def attack_in_sandbox(
    attack: Attack, stage: str, folder: Path, *, abi: int | None = None, bubblewrap: bool = False
) -> Outcome:
    """Let `attack` loose at `stage` ("import" or "leaf"), with Landlock as of `abi`, and look at the world after."""
    with world_in(folder) as (world, damage):
        policy = sandbox.Policy(
            readable=(*sandbox.default_readable(Path(sys.executable), (world.project,)), HERE.parent),
            writable=(world.scratch,),
            memory_bytes=256 * sandbox.MIB,
            file_bytes=4 * sandbox.MIB,
            disk_bytes=8 * sandbox.MIB,
            processes=64,
            abi=abi,
            bubblewrap=bubblewrap,
        )
        began = time.monotonic()
        with sandbox.start(_command(stage, attack, world, abi or sandbox.available_abi()), policy) as confined:
            confined_pid = confined.pid
            _await_begin(confined)
            with contextlib.suppress(TimeoutError):
                confined.wait(attack.seconds)
            if confined.returncode is None and stage == "leaf":
                _kill_leaf(confined)
                with contextlib.suppress(TimeoutError):
                    confined.wait(PATIENCE_SECONDS)
            killing = time.monotonic()
            sandbox.kill(confined)
            kill_seconds = time.monotonic() - killing
            outcome = Outcome(
                confined.output(), confined.returncode, time.monotonic() - began, confined.stopped, kill_seconds
            )
        outcome.damage = [*damage(), *_judged(outcome, stage), *_left_over(confined_pid, world)]
        return outcome


def attack_unconfined(attack: Attack, folder: Path) -> Outcome:
    """The control: the same attack on the same world, with nothing in its way."""
    with world_in(folder) as (world, damage):
        began = time.monotonic()
        process = subprocess.run(
            _command("unconfined", attack, world, 0),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_SECONDS,
            start_new_session=True,
            env={**os.environ, "HOME": str(world.home), "TMPDIR": str(world.scratch)},
        )
        output = process.stdout + process.stderr
        return Outcome(output, process.returncode, time.monotonic() - began, damage=damage())


@contextlib.contextmanager
def world_in(folder: Path) -> Iterator[tuple[World, Callable[[], list[str]]]]:
    """A world beneath `folder`, and a function that says what has become of it."""
    home, project, outside, scratch = (folder / name for name in ("home", "project", "outside", "scratch"))
    for made in (home / ".ssh", project, outside, scratch):
        made.mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text(SECRET)
    (home / ".bashrc").write_text("# nothing")
    (outside / "data.txt").write_text("foreign data")
    (project / "module.py").write_text("ANSWER = 42\n")
    mark = str(uuid.uuid4())
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(made) for made in _sockets(outside, mark)]
        victim = stack.enter_context(_victim())
        os.environ["PASSWORD"] = IN_ENVIRONMENT
        world = World(
            home=home,
            project=project,
            outside=outside,
            scratch=scratch,
            worker=WORKER,
            victim=victim.pid,
            engine=os.getpid(),
            tcp_port=sockets[0].getsockname()[1],
            udp_port=sockets[1].getsockname()[1],
            abstract_name=mark,
        )
        files = (home, project, outside)
        before = _facts(files, victim)

        def damage() -> list[str]:
            time.sleep(0.01)  # a signal needs a moment to do its work
            after = _facts(files, victim)
            changed = [
                f"{key}: {before.get(key)} became {after.get(key)}"
                for key in sorted(before.keys() | after.keys())
                if before.get(key) != after.get(key)
            ]
            reached = select.select(sockets, [], [], 0)[0]
            return changed + [f"something arrived at {made.getsockname()!r}" for made in reached]

        yield world, damage


def _command(stage: str, attack: Attack, world: World, abi: int) -> list[str]:
    facts = {**{key: str(v) if isinstance(v, Path) else v for key, v in world._asdict().items()}, "abi": abi}
    module = attack.run.__module__
    return [sys.executable, "-B", "-S", str(HERE / "inside.py"), stage, module, attack.name, json.dumps(facts)]


def _await_begin(confined: sandbox.Confined) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while confined.returncode is None and time.monotonic() < deadline:
        if BEGINS in confined.output():
            return
        time.sleep(0.01)


def _judged(outcome: Outcome, stage: str) -> list[str]:
    problems = []
    if BREACH in outcome.output:
        problems.append("the attack went through")
    if SECRET in outcome.output or IN_ENVIRONMENT in outcome.output:
        problems.append("a secret was read")
    if stage == "leaf" and not outcome.stopped and NEIGHBOUR not in outcome.output:
        problems.append("the neighbour was disturbed")
    if outcome.kill_seconds > 0.5:
        problems.append(f"ending it took {outcome.kill_seconds:.2f} s")
    return problems


def _kill_leaf(confined: sandbox.Confined) -> None:
    """What the engine does when its deadline for a call has passed."""
    pids = [line.split()[1] for line in confined.output().splitlines() if line.startswith("leaf ")]
    if pids:
        with contextlib.suppress(ProcessLookupError):
            confined.kill_member(confined.number_outside(int(pids[0])))


def _left_over(session: int, world: World) -> list[str]:
    """Processes that came out of the sandbox, by their session or by the name of this world in their arguments."""
    found = []
    mark = world.abstract_name.encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session or mark in (entry / "cmdline").read_bytes():
                    found.append(f"process {entry.name} is left in state {fields[0]}")
    return found


def _sockets(outside: Path, name: str) -> list[socket.socket]:
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    stream, datagram = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    abstract = socket.socket(socket.AF_UNIX)
    tcp.bind(("127.0.0.1", 0))
    udp.bind(("127.0.0.1", 0))
    with _working_in(outside):  # a socket's path must be short
        stream.bind("stream")
        datagram.bind("datagram")
    abstract.bind("\0" + name)
    for made in (tcp, stream, abstract):
        made.listen()
    return [tcp, udp, stream, datagram, abstract]


@contextlib.contextmanager
def _victim() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "3600"], stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def _facts(folders: Sequence[Path], victim: subprocess.Popen[bytes]) -> dict[str, object]:
    """Everything that an attack could change, by name."""
    facts: dict[str, object] = {}
    for folder in folders:
        for path in [folder, *sorted(folder.rglob("*"))]:
            status = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            times = status.st_mtime_ns
            facts[str(path)] = (status.st_mode, status.st_uid, status.st_gid, status.st_nlink, times, content)
    state = Path(f"/proc/{victim.pid}/stat").read_text().rpartition(")")[2].split()
    facts["victim"] = (
        "gone on" if state[0] in "RSDI" else state[0],
        state[15:17],
        sorted(os.sched_getaffinity(victim.pid)),
    )
    facts["victim's limits"] = Path(f"/proc/{victim.pid}/limits").read_text()
    for kind in ("shm", "sem", "msg"):
        facts[kind] = len(Path(f"/proc/sysvipc/{kind}").read_text().splitlines())
    for shared in ("/dev/shm", "/dev/mqueue"):
        if Path(shared).is_dir():
            facts[shared] = sum("mine" in entry.name for entry in Path(shared).iterdir())
    facts["host"] = os.uname().nodename
    return facts


@contextlib.contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def main() -> None:
    """Every attack at its first stage, and honest code; a line for each surprise. Exit status 1 if there is any."""
    failures = 0
    for attack in (*ATTACKS, *HONEST):
        with tempfile.TemporaryDirectory() as folder:
            outcome = attack_in_sandbox(attack, attack.stages[0], Path(folder))
        if outcome.damage or (attack in HONEST and WENT_THROUGH not in outcome.output):
            failures += 1
            print(attack.name, outcome.damage, outcome.output, flush=True)
    print(f"{len(ATTACKS)} attacks as user {os.getuid()}, {failures} not held")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()

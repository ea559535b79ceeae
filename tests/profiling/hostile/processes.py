"""Reaching other processes, starting programs, getting out of the group."""

import array
import ctypes
import fcntl
import mmap
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from hostile.attack import World, attack, exit_status_of_child, go_on_for_ever, prctl, require, system_call

CLONE_NEWUSER = 0x10000000
F_SETOWN, F_SETSIG = 8, 10
PTRACE_ATTACH = 16
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36


@attack(control=True)
def kill_a_foreign_process(world: World) -> None:
    os.kill(world.victim, signal.SIGKILL)


@attack(control=True)
def stop_a_foreign_process(world: World) -> None:
    os.kill(world.victim, signal.SIGSTOP)


@attack()
def kill_the_engine(world: World) -> None:
    os.kill(world.engine, signal.SIGKILL)


@attack()
def kill_the_parent(world: World) -> None:
    os.kill(os.getppid(), signal.SIGKILL)


@attack()
def stop_the_parent(world: World) -> None:
    os.kill(os.getppid(), signal.SIGSTOP)


@attack()
def kill_the_engines_group(world: World) -> None:
    os.killpg(os.getpgid(world.engine), signal.SIGKILL)


@attack(harmless=True)
def kill_everything(world: World) -> None:
    os.kill(-1, signal.SIGKILL)


@attack(harmless=True, stages=("leaf",))
def kill_the_own_group(world: World) -> None:
    os.kill(0, signal.SIGKILL)


@attack(control=True)
def kill_a_thread_of_a_foreign_process(world: World) -> None:
    system_call(234, 131, world.victim, world.victim, signal.SIGKILL)


@attack(control=True)
def kill_a_foreign_thread_the_old_way(world: World) -> None:
    system_call(200, 130, world.victim, signal.SIGKILL)


@attack(control=True)
def queue_a_signal(world: World) -> None:
    information = array.array("i", [signal.SIGKILL, 0, -1, 0]).tobytes().ljust(128, b"\0")
    system_call(129, 138, world.victim, signal.SIGKILL, information)


@attack(control=True)
def kill_by_descriptor(world: World) -> None:
    signal.pidfd_send_signal(os.pidfd_open(world.victim), signal.SIGKILL)


@attack()
def kill_by_ownership_of_a_pipe(world: World) -> None:
    read_end, write_end = os.pipe()
    fcntl.fcntl(read_end, F_SETOWN, world.victim)
    fcntl.fcntl(read_end, F_SETSIG, int(signal.SIGKILL))
    fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write_end, b"x")


@attack()
def trace_a_foreign_process(world: World) -> None:
    system_call(101, 117, PTRACE_ATTACH, world.victim, 0, 0)


@attack()
def trace_the_parent(world: World) -> None:
    system_call(101, 117, PTRACE_ATTACH, os.getppid(), 0, 0)


@attack()
def read_the_memory_of_a_foreign_process(world: World) -> None:
    system_call(310, 270, world.victim, bytes(16), 1, bytes(16), 1, 0)


@attack()
def write_the_memory_of_the_parent(world: World) -> None:
    with Path(f"/proc/{os.getppid()}/mem").open("r+b") as memory:
        memory.seek(ctypes.addressof(ctypes.c_long(0)))
        memory.write(b"mine")


@attack(control=True)
def make_a_foreign_process_nicer(world: World) -> None:
    os.setpriority(os.PRIO_PROCESS, world.victim, 10)


@attack(control=True)
def move_a_foreign_process_to_one_core(world: World) -> None:
    os.sched_setaffinity(world.victim, {min(os.sched_getaffinity(0))})


@attack(control=True)
def limit_a_foreign_process(world: World) -> None:
    resource.prlimit(world.victim, resource.RLIMIT_NOFILE, (5, 5))


@attack()
def move_the_parent_to_one_core(world: World) -> None:
    os.sched_setaffinity(os.getppid(), {min(os.sched_getaffinity(0))})


@attack()
def limit_the_parent(world: World) -> None:
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (5, 5))


@attack()
def slow_down_the_input_of_a_foreign_process(world: World) -> None:
    system_call(251, 30, 1, world.victim, 3 << 13)


@attack(control=True)
def run_a_program(world: World) -> None:
    subprocess.run(["/bin/sh", "-c", "true"], check=True)


@attack(control=True)
def run_a_program_by_posix_spawn(world: World) -> None:
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "true"], {})
    require(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0)


@attack(control=True)
def run_a_program_past_the_audit_hooks(world: World) -> None:
    require(exit_status_of_child(lambda: system_call(*_execve("/bin/sh"))) == 0)


@attack(control=True)
def run_the_interpreter_again(world: World) -> None:
    environment = {**os.environ, "LD_PRELOAD": str(world.outside / "mine.so")}
    subprocess.run([sys.executable, "-c", "pass"], check=True, env=environment)


@attack(control=True)
def run_a_program_by_the_loader(world: World) -> None:
    loaders = [*Path("/lib64").glob("ld-*.so.*"), *Path("/lib").glob("ld-*.so.*")]
    subprocess.run([loaders[0], sys.executable, "-c", "pass"], check=True)


@attack(control=True)
def run_a_program_made_in_scratch(world: World) -> None:
    program = world.scratch / "program"
    program.write_bytes(Path(os.path.realpath("/bin/true")).read_bytes())
    program.chmod(0o700)
    subprocess.run([program], check=True)


@attack()
def run_a_program_from_memory(world: World) -> None:
    descriptor = os.memfd_create("program")
    os.write(descriptor, Path(os.path.realpath("/bin/true")).read_bytes())
    arguments = (ctypes.c_char_p * 2)(b"true", None)
    require(
        exit_status_of_child(lambda: system_call(322, 281, descriptor, b"", ctypes.addressof(arguments), 0, 0x1000))
        == 0
    )


@attack(control=True)
def run_a_program_by_descriptor(world: World) -> None:
    program = os.open("/bin/sh", os.O_RDONLY)
    arguments = (ctypes.c_char_p * 4)(b"sh", b"-c", b"true", None)
    require(
        exit_status_of_child(lambda: system_call(322, 281, program, b"", ctypes.addressof(arguments), 0, 0x1000)) == 0
    )


@attack(stages=("leaf",))
def fork_in_a_leaf(world: World) -> None:
    os.fork()


@attack(stages=("leaf",))
def fork_in_a_leaf_by_clone(world: World) -> None:
    if system_call(56, 220, int(signal.SIGCHLD), 0, 0, 0, 0) == 0:
        os._exit(0)


@attack(stages=("leaf",))
def fork_in_a_leaf_by_clone3(world: World) -> None:
    arguments = array.array("Q", [0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0]).tobytes()
    if system_call(435, 435, arguments, len(arguments)) == 0:
        os._exit(0)


@attack(stages=("leaf",))
def fork_in_a_leaf_by_the_old_call(world: World) -> None:
    if system_call(57, 220, int(signal.SIGCHLD), 0, 0, 0, 0) == 0:
        os._exit(0)


@attack(control=True)
def leave_the_session(world: World) -> None:
    require(exit_status_of_child(os.setsid) == 0)


@attack(control=True)
def leave_the_group(world: World) -> None:
    require(exit_status_of_child(lambda: os.setpgid(0, 0)) == 0)


@attack(harmless=True, stages=("import",))
def become_a_daemon(world: World) -> None:
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)


@attack(harmless=True, seconds=0.5)
def ignore_every_signal(world: World) -> None:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    time.sleep(60)


@attack(harmless=True, seconds=0.5, stages=("import",))
def leave_many_children_that_ignore_signals(world: World) -> None:
    for _ in range(20):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            go_on_for_ever()
    os._exit(0)


@attack(harmless=True, seconds=0.5)
def stop_itself(world: World) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


@attack()
def survive_the_parent(world: World) -> None:
    prctl(PR_SET_PDEATHSIG, 0)


@attack()
def adopt_orphans(world: World) -> None:
    prctl(PR_SET_CHILD_SUBREAPER, 1)


@attack()
def hide_from_the_engine(world: World) -> None:
    prctl(PR_SET_DUMPABLE, 0)


@attack()
def become_another_user(world: World) -> None:
    os.setresuid(65534, 65534, 65534)


@attack()
def drop_out_of_the_groups(world: World) -> None:
    os.setgroups([])


@attack()
def enter_a_user_namespace(world: World) -> None:
    system_call(272, 97, CLONE_NEWUSER)


@attack()
def fork_into_a_user_namespace(world: World) -> None:
    if system_call(56, 220, CLONE_NEWUSER | int(signal.SIGCHLD), 0, 0, 0, 0) == 0:
        os._exit(0)


@attack()
def enter_the_namespace_of_another_process(world: World) -> None:
    descriptor = os.open(f"/proc/{world.victim}/ns/net", os.O_RDONLY)
    system_call(308, 268, descriptor, 0)


@attack(stages=("leaf",))
def add_a_filter_that_pretends_success(world: World) -> None:
    return_zero = array.array("Q", [0x0005000000000006]).tobytes()
    buffer = ctypes.create_string_buffer(return_zero, 8)
    program = array.array("Q", [1, ctypes.addressof(buffer)]).tobytes()
    system_call(317, 277, 1, 0, program)


@attack()
def make_a_32_bit_call(world: World) -> None:
    """On x86-64 by the old interrupt: mov eax, 20 (getpid); int 0x80; ret."""
    require(platform.machine() == "x86_64")
    code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(bytes.fromhex("b814000000cd80c3"))
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


@attack()
def make_an_x32_call(world: World) -> None:
    system_call(0x40000000 | 39, 0x40000000 | 172)


@attack()
def make_a_call_from_the_future(world: World) -> None:
    system_call(463, 463, 0, 0, 0, 0)


def _execve(program: str) -> tuple[int, int, bytes, int, int]:
    arguments = (ctypes.c_char_p * 4)(os.fsencode(program), b"-c", b"true", None)
    _kept.append(arguments)
    return 59, 221, os.fsencode(program), ctypes.addressof(arguments), 0


_kept: list[object] = []

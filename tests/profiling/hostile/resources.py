"""Taking more than a share: memory, disk, processes, time; leaving something behind."""

import ctypes
import fcntl
import mmap
import os
import resource
import sys
import threading
import time

from hostile.attack import World, attack, go_on_for_ever, require, system_call

MIB = 2**20
# More than the policy of these tests allows.
TOO_MUCH = 2048 * MIB
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS, MAP_GROWSDOWN = 0x1, 0x2, 0x20, 0x100


@attack()
def allocate_without_end(world: World) -> None:
    _fill(bytearray)


@attack()
def allocate_shared_memory(world: World) -> None:
    _fill(lambda size: mmap.mmap(-1, size))


@attack()
def allocate_shared_memory_from_a_device(world: World) -> None:
    device = os.open("/dev/zero", os.O_RDWR)
    _fill(lambda size: mmap.mmap(device, size))


@attack()
def allocate_a_downward_mapping(world: World) -> None:
    _fill(lambda size: mmap.mmap(-1, size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN))


@attack()
def allocate_a_file_in_memory(world: World) -> None:
    descriptor = os.memfd_create("mine")
    for _ in range(TOO_MUCH // MIB):
        os.write(descriptor, bytes(MIB))


@attack()
def allocate_in_system_v_memory(world: World) -> None:
    system_call(29, 194, 0, 64 * MIB, 0o1600)


@attack()
def leave_a_message_queue(world: World) -> None:
    system_call(240, 180, b"mine", os.O_CREAT | os.O_RDWR, 0o600, None)


@attack()
def leave_a_semaphore(world: World) -> None:
    system_call(64, 190, 0, 1, 0o1600)


@attack()
def raise_the_limits(world: World) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@attack()
def lock_memory(world: World) -> None:
    system_call(149, 228, 2**40, MIB)


@attack(harmless=True, seconds=0.5)
def loop_for_ever(world: World) -> None:
    go_on_for_ever()


@attack(harmless=True, seconds=0.5)
def loop_for_ever_in_c(world: World) -> None:
    sum(iter(int, 1))


@attack(harmless=True, seconds=0.5)
def sleep_for_ever(world: World) -> None:
    time.sleep(1e6)


@attack(harmless=True, seconds=0.5)
def read_the_standard_input(world: World) -> None:
    require(sys.stdin.read() == "")


@attack()
def fill_the_disk_with_one_file(world: World) -> None:
    with (world.scratch / "big").open("wb") as stream:
        for _ in range(TOO_MUCH // MIB):
            stream.write(bytes(MIB))


@attack()
def fill_the_disk_with_many_files(world: World) -> None:
    for number in range(TOO_MUCH // MIB):
        (world.scratch / str(number)).write_bytes(bytes(MIB))


@attack()
def fill_the_disk_with_empty_files(world: World) -> None:
    for number in range(2_000_000):
        os.close(os.open(f"{world.scratch}/{number}", os.O_CREAT | os.O_WRONLY))


@attack()
def open_without_end(world: World) -> None:
    for _ in range(100_000):
        os.open("/dev/null", os.O_RDONLY)


@attack(harmless=True)
def print_without_end(world: World) -> None:
    for _ in range(100):
        print("x" * MIB)


@attack(harmless=True)
def complain_without_end(world: World) -> None:
    for _ in range(100):
        os.write(2, b"x" * MIB)


@attack(stages=("import",))
def bomb_with_forks(world: World) -> None:
    while True:
        os.fork()


@attack(stages=("import",))
def bomb_with_sleeping_forks(world: World) -> None:
    for _ in range(3000):
        if os.fork() == 0:
            time.sleep(60)


@attack()
def bomb_with_threads(world: World) -> None:
    threading.stack_size(32 * 1024)
    for _ in range(20_000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


@attack(harmless=True)
def exit_at_once(world: World) -> None:
    os._exit(0)


@attack(harmless=True)
def exit_by_exception(world: World) -> None:
    sys.exit("mine")


@attack(harmless=True)
def crash_by_a_null_pointer(world: World) -> None:
    ctypes.string_at(0)


@attack(harmless=True)
def crash_by_deep_recursion(world: World) -> None:
    sys.setrecursionlimit(2**30)

    def recurse(depth: int) -> int:
        return max([depth], key=lambda item: recurse(item + 1))

    recurse(0)


@attack(harmless=True)
def abort(world: World) -> None:
    os.abort()


@attack(harmless=True)
def close_every_descriptor(world: World) -> None:
    os.closerange(0, 1024)


@attack()
def watch_every_folder(world: World) -> None:
    """The number of watchers is limited per user: the editor would have none left."""
    system_call(294, 26, 0)


@attack()
def enlarge_pipes(world: World) -> None:
    """The memory of pipes is limited per user as well."""
    fcntl.fcntl(os.pipe()[1], fcntl.F_SETPIPE_SZ, MIB)


@attack()
def use_up_the_users_timers(world: World) -> None:
    for _ in range(5000):
        system_call(222, 107, 0, None, bytes(8))


@attack()
def set_the_clock(world: World) -> None:
    time.clock_settime(time.CLOCK_REALTIME, time.time())


@attack()
def flush_every_disk(world: World) -> None:
    """By sync(2), which always succeeds: so ask whether it is refused."""
    system_call(162, 81)


@attack()
def load_a_program_into_the_kernel(world: World) -> None:
    system_call(321, 280, 0, bytes(72), 72)


@attack()
def count_events_of_the_machine(world: World) -> None:
    system_call(298, 241, bytes(112).replace(b"\0", b"\1", 1), -1, 0, -1, 0)


@attack()
def keep_a_secret_in_the_kernel(world: World) -> None:
    system_call(248, 217, b"user", b"mine", b"mine", 4, -4)


@attack()
def read_the_kernels_log(world: World) -> None:
    system_call(103, 116, 3, bytes(4096), 4096)


@attack()
def reboot(world: World) -> None:
    system_call(169, 142, 0xFEE1DEAD - 2**32, 672274793, 0, None)  # LINUX_REBOOT_CMD_CAD_OFF


def _fill(make: object) -> None:
    assert callable(make)
    kept = []
    for _ in range(TOO_MUCH // (16 * MIB)):
        piece = make(16 * MIB)
        for place in range(0, 16 * MIB, 4096):
            piece[place] = 1
        kept.append(piece)

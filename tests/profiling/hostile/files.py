"""Reading, changing and making what lies outside."""

import array
import ctypes
import fcntl
import mmap
import os
import site
import stat
import sys
from pathlib import Path

from hostile.attack import World, attack, system_call

RENAME_EXCHANGE = 2
FS_IOC_SETFLAGS = 0x40086602
NODUMP = 0x40
AT_FDCWD = -100


@attack(control=True)
def read_the_ssh_key(world: World) -> None:
    print(world.key.read_text())


@attack(control=True)
def list_the_home_folder(world: World) -> None:
    print(*world.home.iterdir())


@attack(control=True)
def read_through_a_symlink_in_scratch(world: World) -> None:
    (world.scratch / "link").symlink_to(world.key)
    print((world.scratch / "link").read_text())


@attack(control=True)
def read_through_a_hard_link_in_scratch(world: World) -> None:
    (world.scratch / "link").hardlink_to(world.key)
    print((world.scratch / "link").read_text())


@attack(control=True)
def write_through_a_hard_link_to_the_project(world: World) -> None:
    (world.scratch / "link").hardlink_to(world.module)
    (world.scratch / "link").write_text("mine")


@attack(control=True)
def move_a_foreign_file_into_scratch(world: World) -> None:
    world.key.rename(world.scratch / "key")


@attack(control=True)
def move_a_file_out_of_scratch(world: World) -> None:
    (world.scratch / "file").write_text("mine")
    (world.scratch / "file").rename(world.project / "file")


@attack(control=True)
def exchange_a_file_with_the_project(world: World) -> None:
    (world.scratch / "file").write_text("mine")
    ours, theirs = os.fsencode(world.scratch / "file"), os.fsencode(world.module)
    system_call(316, 276, AT_FDCWD, ours, AT_FDCWD, theirs, RENAME_EXCHANGE)


@attack(control=True)
def append_to_the_project(world: World) -> None:
    with world.module.open("a") as stream:
        stream.write("# mine")


@attack(control=True)
def make_a_file_in_the_project(world: World) -> None:
    (world.project / "conftest.py").touch()


@attack(control=True)
def make_a_folder_in_the_project(world: World) -> None:
    (world.project / "folder").mkdir()


@attack(control=True)
def make_a_symlink_in_the_project(world: World) -> None:
    (world.project / "link").symlink_to(world.scratch)


@attack(control=True)
def make_a_pipe_in_the_project(world: World) -> None:
    os.mkfifo(world.project / "pipe")


@attack(control=True)
def delete_from_the_project(world: World) -> None:
    world.module.unlink()


@attack(control=True)
def rename_within_the_project(world: World) -> None:
    world.module.rename(world.project / "renamed.py")


@attack(control=True)
def write_into_the_home_folder(world: World) -> None:
    (world.home / ".bashrc").write_text("mine")


@attack(control=True)
def write_a_foreign_file(world: World) -> None:
    (world.outside / "data.txt").write_text("mine")


@attack(control=True)
def truncate_a_readable_file(world: World) -> None:
    os.truncate(world.module, 0)


@attack(control=True)
def truncate_by_opening_for_reading(world: World) -> None:
    os.close(os.open(world.module, os.O_RDONLY | os.O_TRUNC))


@attack(control=True)
def truncate_by_opening_for_nothing(world: World) -> None:
    os.close(os.open(world.module, os.O_ACCMODE | os.O_TRUNC))


@attack(control=True)
def truncate_by_openat2(world: World) -> None:
    how = array.array("Q", [os.O_RDONLY | os.O_TRUNC, 0, 0]).tobytes()
    os.close(system_call(437, 437, AT_FDCWD, os.fsencode(world.module), how, len(how)))


@attack(control=True)
def change_the_mode_of_a_readable_file(world: World) -> None:
    world.module.chmod(0o777)


@attack(control=True)
def change_the_mode_of_a_foreign_folder(world: World) -> None:
    (world.home / ".ssh").chmod(0o777)


@attack(control=True)
def change_the_mode_of_an_open_file(world: World) -> None:
    with world.module.open() as stream:
        os.fchmod(stream.fileno(), 0o777)


@attack(control=True)
def change_the_mode_by_fchmodat2(world: World) -> None:
    try:
        system_call(452, 452, AT_FDCWD, os.fsencode(world.module), 0o777, 0)
    except OSError:
        if os.environ.get("HOME") != str(world.scratch):  # a kernel without it, in the control
            world.module.chmod(0o777)
        raise


@attack(control=True)
def change_the_times_of_a_readable_file(world: World) -> None:
    os.utime(world.module, (1, 1))


@attack(control=True)
def change_the_times_of_an_open_file(world: World) -> None:
    with world.module.open() as stream:
        os.utime(stream.fileno(), (1, 1))


@attack()
def change_the_owner_of_a_readable_file(world: World) -> None:
    os.chown(world.module, os.getuid(), 12345)


@attack()
def set_an_attribute_of_a_readable_file(world: World) -> None:
    os.setxattr(world.module, "user.mine", b"mine")


@attack()
def set_the_flags_of_a_readable_file(world: World) -> None:
    with world.module.open() as stream:
        fcntl.ioctl(stream, FS_IOC_SETFLAGS, array.array("L", [NODUMP]))


@attack()
def map_a_readable_file_for_writing(world: World) -> None:
    descriptor = os.open(world.module, os.O_RDONLY)
    mmap.mmap(descriptor, 4, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)[:4] = b"mine"


@attack()
def open_by_handle(world: World) -> None:
    handle = ctypes.create_string_buffer(array.array("I", [128, 0]).tobytes(), 136)
    mount = ctypes.create_string_buffer(4)
    system_call(303, 264, AT_FDCWD, os.fsencode(world.key), handle, mount, 0)
    root = os.open(world.scratch, os.O_RDONLY)
    print(os.read(system_call(304, 265, root, handle, os.O_RDONLY), 100))


@attack()
def read_through_the_root_of_another_process(world: World) -> None:
    print(Path(f"/proc/{world.victim}/root{world.key}").read_text())


@attack()
def read_through_the_own_root(world: World) -> None:
    print(Path(f"/proc/self/root{world.key}").read_text())


@attack()
def use_inherited_descriptors(world: World) -> None:
    for descriptor in range(3, 1024):
        try:
            kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        except OSError:
            continue
        print(f"descriptor {descriptor} of kind {kind:o} came along")
        return
    raise OSError("none")


@attack()
def read_the_engines_environment(world: World) -> None:
    print(Path(f"/proc/{world.engine}/environ").read_bytes())


@attack()
def read_the_guards_environment(world: World) -> None:
    print(Path(f"/proc/{os.getppid()}/environ").read_bytes())


@attack()
def read_the_engines_command_line(world: World) -> None:
    print(Path(f"/proc/{world.engine}/cmdline").read_bytes())


@attack()
def write_into_the_engines_memory(world: World) -> None:
    os.close(os.open(f"/proc/{world.engine}/mem", os.O_RDWR))


@attack()
def read_the_shadow_file(world: World) -> None:
    Path("/etc/shadow").read_bytes()


@attack()
def preload_into_every_program(world: World) -> None:
    os.close(os.open("/etc/ld.so.preload", os.O_CREAT | os.O_WRONLY, 0o644))


@attack()
def add_a_path_file_to_the_interpreter(world: World) -> None:
    Path(site.getsitepackages()[0], "mine.pth").write_text("import mine")


@attack()
def write_into_the_standard_library(world: World) -> None:
    os.close(os.open(os.__file__, os.O_WRONLY))


@attack()
def write_into_the_worker(world: World) -> None:
    os.close(os.open(world.worker / "confine.py", os.O_WRONLY))


@attack()
def write_into_shared_folders(world: World) -> None:
    for folder in ("/dev/shm", "/tmp", "/var/tmp", "/run"):
        try:
            Path(folder, "mine-hostile").touch(exist_ok=False)
        except OSError:
            continue
        Path(folder, "mine-hostile").unlink()
        return
    raise OSError("none")


@attack()
def make_a_device_node(world: World) -> None:
    os.mknod(world.scratch / "memory", stat.S_IFCHR | 0o666, os.makedev(1, 1))


@attack()
def read_the_disk(world: World) -> None:
    for device in ("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem", "/dev/kmsg"):
        if Path(device).exists():
            Path(device).open("rb").close()
            return
    raise OSError("none")


@attack()
def mount_over_the_project(world: World) -> None:
    system_call(165, 40, b"none", os.fsencode(world.project), b"tmpfs", 0, None)


@attack()
def clone_a_mount(world: World) -> None:
    system_call(428, 428, AT_FDCWD, b"/", 1)


@attack()
def change_the_root(world: World) -> None:
    os.chroot(world.scratch)


@attack()
def fill_the_users_quota_of_file_notices(world: World) -> None:
    system_call(300, 262, 0, 0)  # fanotify_init


@attack(harmless=True)
def poison_the_bytecode_of_the_project(world: World) -> None:
    sys.dont_write_bytecode = False
    sys.path.insert(0, str(world.project))
    __import__("module")

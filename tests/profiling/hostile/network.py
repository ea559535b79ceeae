"""Talking to anybody outside."""

import os
import socket

from hostile.attack import World, attack, system_call


@attack(control=True)
def connect_by_tcp(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.tcp_port), timeout=2) as connection:
        connection.sendall(b"mine")


@attack(control=True)
def send_by_udp(world: World) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"mine", ("127.0.0.1", world.udp_port))


@attack(control=True)
def connect_to_a_unix_socket(world: World) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(world.outside / "stream"))


@attack(control=True)
def connect_to_an_abstract_socket(world: World) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + world.abstract_name)


@attack(control=True)
def send_to_a_unix_socket(world: World) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"mine", str(world.outside / "datagram"))


@attack(control=True)
def send_to_a_unix_socket_from_a_pair(world: World) -> None:
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendto(b"mine", str(world.outside / "datagram"))


@attack(control=True)
def send_to_a_unix_socket_by_message(world: World) -> None:
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendmsg([b"mine"], [], 0, str(world.outside / "datagram"))


@attack()
def turn_a_stream_pair_elsewhere(world: World) -> None:
    ours, _ = socket.socketpair()
    ours.sendmsg([b"mine"], [], 0, str(world.outside / "stream"))


@attack()
def connect_a_stream_pair_elsewhere(world: World) -> None:
    ours, _ = socket.socketpair()
    ours.connect(str(world.outside / "stream"))


@attack(control=True)
def listen(world: World) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()


@attack(control=True)
def listen_on_a_path(world: World) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(world.scratch / "socket"))
        listener.listen()


@attack()
def open_a_raw_socket(world: World) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@attack()
def open_a_packet_socket(world: World) -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)


@attack(control=True)
def ask_the_kernel_by_netlink(world: World) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)


@attack()
def open_a_socket_to_the_hypervisor(world: World) -> None:
    socket.socket(socket.AF_VSOCK)


@attack()
def open_a_socket_by_an_x32_call(world: World) -> None:
    system_call(0x40000000 | 41, 0x40000000 | 198, socket.AF_INET, socket.SOCK_STREAM, 0)


@attack()
def set_up_io_uring(world: World) -> None:
    system_call(425, 425, 8, bytes(120))


@attack(control=True)
def fetch_a_page(world: World) -> None:
    import urllib.request

    try:
        urllib.request.urlopen(f"http://127.0.0.1:{world.tcp_port}/", timeout=2)
    except TimeoutError:
        return  # connected: nobody answers


@attack(control=True)
def connect_by_asyncio(world: World) -> None:
    import asyncio

    async def connect() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", world.tcp_port)
        writer.close()

    asyncio.run(connect())


@attack(control=True)
def pass_a_descriptor_of_a_socket(world: World) -> None:
    ours, _ = socket.socketpair()
    with socket.socket() as made:
        socket.send_fds(ours, [b"x"], [made.fileno()])


@attack()
def change_the_name_of_the_machine(world: World) -> None:
    socket.sethostname(os.uname().nodename + "-mine")

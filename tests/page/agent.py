"""Runs in its own namespaces (users, network, mounts) and follows instructions from a socket.

It is started as `unshare -Urnm python agent.py FD FOLDER`, where `FOLDER` replaces /etc/chromium, and sends
`ready`. `L` makes it listen on a free port and send back the socket. `U` and a message make it send
that message as udev does. It ends when the socket is closed. It needs Linux and only the standard library.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys

_UP, _GET_FLAGS, _SET_FLAGS = 0x1, 0x8913, 0x8914
_UEVENT = 15
#: The multicast group of udev's own messages, as in libudev.
_FROM_UDEV = 2


def main(control: socket.socket, policies: str) -> None:
    _raise_loopback()
    _mount(policies)
    udev = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _UEVENT)
    udev.bind((0, 0))
    control.send(b"ready")
    while message := control.recv(65536):
        if message[:1] == b"L":
            with socket.create_server(("127.0.0.1", 0)) as listener:
                socket.send_fds(control, [b"listening"], [listener.fileno()])
        else:
            udev.sendto(message[1:], (0, _FROM_UDEV))
            control.send(b"sent")


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, _GET_FLAGS, request), 16)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def _mount(policies: str) -> None:
    """Give browsers here these policies, and the file by which libudev knows that udev is running."""
    subprocess.run(["mount", "--bind", policies, "/etc/chromium"], check=True)
    if not os.path.exists("/run/udev/control"):
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        os.mkdir("/run/udev")
        with open("/run/udev/control", "w"):
            pass


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])

"""What native code in the reader's process would try, run as a program: it prints the attempts that came
through.

Arguments: `jailed` or `free`, a folder with a file `other`, and the process and address of a text that is
not its own.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

libc = ctypes.CDLL(None)
libc.syscall.restype = ctypes.c_long
folder, parent, address = sys.argv[2].encode(), int(sys.argv[3]), int(sys.argv[4])
other, new = folder + b"/other", folder + b"/new"
_IS_ARM = os.uname().machine == "aarch64"


def call(x86: int, arm: int, *arguments: object) -> int:
    return int(libc.syscall(ctypes.c_long(arm if _IS_ARM else x86), *arguments))


class Span(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))


def other_memory(number: tuple[int, int]) -> int:
    text = ctypes.create_string_buffer(b"changed!")
    own, there = Span(ctypes.addressof(text), 8), Span(address, 8)
    return call(*number, parent, ctypes.byref(own), 1, ctypes.byref(there), 1, 0)


def memory_file() -> int:
    file = libc.open(b"/proc/%d/mem" % parent, os.O_RDWR)
    return -1 if file < 0 else int(libc.pwrite(file, b"changed!", 8, ctypes.c_longlong(address)))


#: Those that would end the program, or leave something behind, are tried in the jail alone.
GENTLE: dict[str, Callable[[], int]] = {
    "open": lambda: libc.open(other, os.O_RDONLY),
    "open by a folder": lambda: libc.openat(-100, other, os.O_RDONLY),
    "open to write": lambda: libc.open(other, os.O_WRONLY | os.O_APPEND),
    "create": lambda: libc.creat(new, 0o600),
    "truncate": lambda: libc.truncate(other, 3),
    "change rights": lambda: libc.chmod(other, 0o600),
    "link": lambda: libc.link(other, new + b"-link"),
    "symbolic link": lambda: libc.symlink(other, new + b"-symbolic"),
    "rename": lambda: libc.rename(new + b"-link", new + b"-renamed"),
    "remove": lambda: libc.unlink(new),
    "make a folder": lambda: libc.mkdir(new + b"-folder", 0o700),
    "remove a folder": lambda: libc.rmdir(new + b"-folder"),
    "make a pipe with a name": lambda: libc.mkfifo(new + b"-pipe", 0o600),
    "go to a folder": lambda: libc.chdir(folder),
    "ask for a file's times": lambda: libc.access(other, os.R_OK),
    "set a file's times": lambda: libc.utimensat(-100, other, None, 0),
    "a socket": lambda: libc.socket(2, 1, 0),
    "a socket of this computer": lambda: libc.socket(1, 1, 0),
    "a pair of sockets": lambda: libc.socketpair(1, 1, 0, (ctypes.c_int * 2)()),
    "a pipe": lambda: libc.pipe((ctypes.c_int * 2)()),
    "a file in memory": lambda: call(319, 279, b"x", 0),
    "an event": lambda: libc.eventfd(0, 0),
    "copy a descriptor": lambda: libc.dup(0),
    "signals for a descriptor": lambda: libc.fcntl(0, 8, os.getpid()),
    "a signal to another": lambda: libc.kill(parent, 0),
    "a signal to itself": lambda: libc.kill(os.getpid(), 0),
    "a signal to a thread": lambda: call(234, 131, os.getpid(), os.getpid(), 0),
    "a handle of another": lambda: call(434, 434, parent, 0),
    "limits of another": lambda: call(302, 261, parent, 7, None, (ctypes.c_ulong * 2)()),
    "its own limits": lambda: call(302, 261, 0, 2, None, (ctypes.c_ulong * 2)()),
    "its own priority": lambda: libc.setpriority(0, 0, 1),
    "another's memory": lambda: other_memory((311, 271)),
    "another's memory, to read": lambda: other_memory((310, 270)),
    "another's memory as a file": memory_file,
    "its name": lambda: libc.prctl(15, b"x", 0, 0, 0),
    "which system it is": lambda: call(63, 160, ctypes.create_string_buffer(512)),
    "shared memory": lambda: libc.shmget(0, 4096, 0o1600),
}
ROUGH: dict[str, Callable[[], int]] = {
    "another process": lambda: libc.fork(),
    "another process, at once": lambda: call(58, 220, 0x4111, 0, 0, 0, 0),
    "another thread": lambda: call(56, 220, 0x11, 0, 0, 0, 0),
    "a process by the new call": lambda: call(435, 435, None, 0),
    "a program": lambda: libc.execve(b"/bin/true", None, None),
    "a program by a descriptor": lambda: call(322, 281, -100, b"/bin/true", None, None, 0),
    "tracing": lambda: libc.ptrace(16, parent, None, None),
    "a descriptor of another": lambda: call(438, 438, 0, 0, 0),
    "asynchronous calls": lambda: call(425, 425, 8, ctypes.create_string_buffer(256)),
    "a call of x32": lambda: call(0x40000000 + 2, 0, other, 0),
    "other namespaces": lambda: libc.unshare(0x10000000),
    "a mount": lambda: libc.mount(b"x", folder, b"tmpfs", 0, None),
    "keys of the kernel": lambda: call(250, 219, 0, -3, 1),
    "counters of the kernel": lambda: call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0),
    "programs in the kernel": lambda: call(321, 280, 0, ctypes.create_string_buffer(128), 128),
    "a terminal's input": lambda: libc.ioctl(0, 0x5412, b"x"),
    "reading a folder": lambda: call(217, 61, 0, ctypes.create_string_buffer(512), 512),
    "a second filter": lambda: libc.prctl(22, 2, 0, 0, 0),
}

if __name__ == "__main__":
    attempts = GENTLE
    if sys.argv[1] == "jailed":
        from totpkey_readers.jail import linux

        linux.shut()
        attempts = GENTLE | ROUGH
    through = [name for name, attempt in attempts.items() if attempt() >= 0]
    os.write(1, "\n".join(through).encode())
    os._exit(0)

"""A filter of system calls (seccomp, BPF): no network, no other programs, for this process for good.

Described in the kernel's Documentation/userspace-api/seccomp_filter.rst. Where the kernel has no filters, or
the processor is another one, there is none.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

#: For each processor: AUDIT_ARCH (linux/audit.h), and the numbers of socket, execve, execveat, ptrace,
#: io_uring_setup, process_vm_readv and pidfd_getfd (the kernel's syscall tables).
_PROCESSORS = {
    "x86_64": (0xC000003E, (41, 59, 322, 101, 425, 310, 438)),
    "aarch64": (0xC00000B7, (198, 221, 281, 117, 425, 270, 438)),
}
#: Numbers from this on are x32's, by which a filter for x86_64 could be passed.
_X32 = 0x40000000
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
# Instructions of classic BPF: load a word, jump if equal, jump if not less, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid_network_and_programs() -> bool:
    """Whether the kernel took the filter."""
    processor = _PROCESSORS.get(platform.machine())
    if processor is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    instructions = _instructions(*processor)
    program = _Program(len(instructions), b"".join(instructions))
    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    if control(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not control(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program), 0, 0)


def _instructions(architecture: int, forbidden: tuple[int, ...]) -> list[bytes]:
    """Refuse the forbidden calls, and all of another architecture, with EPERM."""
    count = len(forbidden)
    checks = [_instruction(_EQUAL, number, count - place, 0) for place, number in enumerate(forbidden)]
    return [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_EQUAL, architecture, 0, count + 3),
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_AT_LEAST, _X32, count + 1, 0),
        *checks,
        _instruction(_RETURN, _ALLOW),
        _instruction(_RETURN, _ERRNO | errno.EPERM),
    ]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)

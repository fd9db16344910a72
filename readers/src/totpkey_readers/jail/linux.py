"""What Linux forbids a process for good: all system calls but those for memory, time, threads and what is
open already (seccomp, BPF), and all files (Landlock). It holds against native code that a file has taken
over.

Described in the kernel's Documentation/userspace-api/seccomp_filter.rst and landlock.rst. Where the kernel
lacks one of them, or the processor is another one, the other is what there is.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

#: What a reader needs once all libraries are loaded, by name, with the numbers on x86-64 and on 64-bit ARM.
_CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "restart_syscall": (219, 128),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrusage": (98, 165),
    "gettimeofday": (96, 169),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "getrandom": (318, 278),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
#: Argon2id has a thread a lane. `clone` makes one, or a process: its flags say which. Those of `clone3` no
#: filter sees, and where that is missing the C library takes the other.
_CLONE, _CLONE_THREAD, _CLONE3 = (56, 220), 0x10000, 435
#: For each processor: AUDIT_ARCH (linux/audit.h), and its place in the table.
_PROCESSORS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
#: Numbers from this on are x32's, by which a filter for x86-64 could be passed.
_X32 = 0x40000000
_SET_DUMPABLE, _SET_SECCOMP, _MODE_FILTER, _SET_NO_NEW_PRIVS = 4, 22, 2, 38
# Instructions of classic BPF: load a word, jump if equal, jump if not less, jump if a bit is set, return.
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FLAGS_AT = 0, 4, 16
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
#: Landlock's system calls, the same on all processors, and what each version of it can forbid: accesses to
#: files, TCP, signals and abstract sockets.
_CREATE_RULESET, _RESTRICT_SELF, _ASK_VERSION = 444, 446, 1
_FILES = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILES, _TCP, _SCOPES = 16, 0b11, 0b11
_WITH_TCP, _WITH_SCOPES = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
_libc.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def protect() -> None:
    """Keep other processes of the same person from this one's memory, also where Yama does not."""
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def shut() -> tuple[bool, bool]:
    """Forbid all else, for good. Whether Landlock and the filter of system calls are in force."""
    protect()
    if _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False, False
    return _forbid_files(), _filter_calls()


def _forbid_files() -> bool:
    version = _libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    rules = [(1 << _FILES.get(version, _NEWEST_FILES)) - 1]
    rules += [_TCP] * (version >= _WITH_TCP) + [_SCOPES] * (version >= _WITH_SCOPES)
    packed = struct.pack(f"{len(rules)}Q", *rules)
    # A set without rules allows nothing.
    ruleset = _libc.syscall(_CREATE_RULESET, packed, len(packed), 0)
    return bool(ruleset >= 0 and _libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)


def _filter_calls() -> bool:
    architecture, place = _PROCESSORS.get(platform.machine(), (0, 0))
    if not architecture or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    allowed = [numbers[place] for numbers in _CALLS.values()]
    instructions = _instructions(architecture, allowed, _CLONE[place])
    program = _Program(len(instructions), b"".join(instructions))
    return not _libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program), 0, 0)


def _instructions(architecture: int, allowed: list[int], clone: int) -> list[bytes]:
    """Refuse all but the allowed calls, a `clone` that makes no thread, and all of another architecture, with
    EPERM; `clone3` as if the kernel had none.
    """
    count = len(allowed)
    checks = [_instruction(_EQUAL, number, count - place + 5, 0) for place, number in enumerate(allowed)]
    return [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_EQUAL, architecture, 0, count + 6),
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_AT_LEAST, _X32, count + 4, 0),
        *checks,
        _instruction(_EQUAL, _CLONE3, 4, 0),
        _instruction(_EQUAL, clone, 0, 2),
        _instruction(_LOAD, _FLAGS_AT),
        _instruction(_HAS, _CLONE_THREAD, 2, 0),
        _instruction(_RETURN, _ERRNO | errno.EPERM),
        _instruction(_RETURN, _ERRNO | errno.ENOSYS),
        _instruction(_RETURN, _ALLOW),
    ]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)

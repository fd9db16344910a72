"""Modules that CircuitPython shares with CPython, reduced to its subset. `time` has the chip's resolution and
ranges.
"""

from __future__ import annotations
import __future__

import array
import binascii
import calendar
import collections
import errno
import hashlib
import io
import json
import math
import random
import re
import struct
import time
from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from totpkey_virtual.boards import CIRCUITPYTHON_VERSION
from totpkey_virtual.simulator.buffers import as_bytes
from totpkey_virtual.simulator.context import Context, module
from totpkey_virtual.simulator.machine import SECOND

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_HEAP_BYTES = 170_000

_SHARED = {
    __future__: "annotations",
    array: "array",
    binascii: "a2b_base64 b2a_base64 crc32 hexlify unhexlify",
    collections: "OrderedDict deque namedtuple",
    errno: (
        "EACCES EADDRINUSE EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET EEXIST EHOSTUNREACH "
        "EINPROGRESS EINVAL EIO EISDIR ENOBUFS ENODEV ENOENT ENOMEM ENOTCONN EOPNOTSUPP EPERM ETIMEDOUT "
        "errorcode "
    ),
    io: "BytesIO StringIO",
    math: (
        "acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh degrees e erf erfc exp expm1 fabs "
        "floor fmod frexp gamma isfinite isinf isnan ldexp lgamma log log10 log2 modf pi pow radians sin "
        "sinh sqrt tan tanh trunc "
    ),
    re: "compile match search sub",
    struct: "calcsize pack pack_into unpack unpack_from",
}
#: The only algorithms of the chip's hashlib (10.1 and later).
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}


def modules(context: Context) -> list[ModuleType]:
    shared = [
        module(original.__name__, **{name: getattr(original, name) for name in names.split()})
        for original, names in _SHARED.items()
    ]
    return [*shared, _json(), _hashlib(), _random(context), _gc(), _micropython(), _time(context)]


def _refuse_constant(name: str) -> None:
    raise ValueError("syntax error in JSON")


def _json() -> ModuleType:
    """CPython's json. The chip's accepts more, such as an object without its closing brace."""

    def loads(text: str | bytes) -> Any:
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise ValueError("syntax error in JSON") from error

    def dumps(value: object, *, separators: tuple[str, str] | None = None) -> str:
        return json.dumps(value, ensure_ascii=False, separators=separators)

    def load(stream: IO[str]) -> Any:
        return loads(stream.read())

    def dump(value: object, stream: IO[str], *, separators: tuple[str, str] | None = None) -> None:
        stream.write(dumps(value, separators=separators))

    return module("json", loads=loads, dumps=dumps, load=load, dump=dump)


class Hash:
    """`digest()` may be repeated and followed by `update()`. There is no `copy` and no `hexdigest`."""

    __slots__ = ("_hash", "digest")

    def __init__(self, name: str, data: ReadableBuffer | str) -> None:
        self._hash = _HASHES[name](as_bytes(data))
        self.digest = self._hash.digest

    @property
    def digest_size(self) -> int:
        return self._hash.digest_size

    def update(self, data: ReadableBuffer | str) -> None:
        self._hash.update(as_bytes(data))


def _hashlib() -> ModuleType:
    def new(name: str, data: ReadableBuffer | str = b"") -> Hash:
        if name not in _HASHES:
            raise ValueError("Unsupported hash algorithm")
        return Hash(name, data)

    return module("hashlib", new=new)


def _random(context: Context) -> ModuleType:
    generator = random.Random(context.chip.entropy(8))  # noqa: S311 - the chip's `random` is no better
    names = "choice getrandbits randint random randrange seed uniform"
    return module("random", **{name: getattr(generator, name) for name in names.split()})


def _nothing() -> None:
    """Does nothing: it makes no difference on CPython."""


def _gc() -> ModuleType:
    functions: dict[str, Callable[[], object]] = {
        "collect": _nothing,
        "disable": _nothing,
        "enable": _nothing,
        "isenabled": lambda: True,
        "mem_alloc": lambda: 0,
        "mem_free": lambda: _HEAP_BYTES,
    }
    return module("gc", **functions)


def _const(value: object) -> object:
    return value


def _micropython() -> ModuleType:
    return module("micropython", const=_const)


def sys_module(context: Context) -> ModuleType:
    """CircuitPython's sys, with its own modules and paths, and without print_exception."""
    implementation = SimpleNamespace(
        name="circuitpython", version=tuple(map(int, CIRCUITPYTHON_VERSION.split(".")))
    )

    def leave(code: object = None) -> None:
        raise SystemExit(code)

    return module(
        "sys",
        implementation=implementation,
        platform="RP2040",
        version=f"3.4.0; Adafruit CircuitPython {CIRCUITPYTHON_VERSION}",
        version_info=(3, 4, 0),
        byteorder="little",
        maxsize=0x7FFFFFFF,
        path=["", "/", ".frozen", "/lib"],
        modules=context.loaded,
        exit=leave,
    )


#: The on-chip clock restarts at 2000-01-01 at every reset.
RTC_START = 946684800
#: `monotonic_ns` moves in steps of one period of 32768 Hz.
TICKS_PER_SECOND = 32768
#: Significant bits of CircuitPython's floats: 32-bit ones, of which the object model takes two bits.
FLOAT_BITS = 22


class StructTime(NamedTuple):
    tm_year: int
    tm_mon: int
    tm_mday: int
    tm_hour: int
    tm_min: int
    tm_sec: int
    tm_wday: int
    tm_yday: int
    tm_isdst: int


def as_short_float(value: float) -> float:
    """`value` rounded to the precision of CircuitPython's floats."""
    fraction, exponent = math.frexp(value)
    return math.ldexp(math.floor(fraction * (1 << FLOAT_BITS)), exponent - FLOAT_BITS)


def _time(context: Context) -> ModuleType:
    machine = context.machine

    def since_boot() -> int:
        return machine.now - context.chip.booted_at

    def sleep(seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        context.chip.idle.sleep(round(seconds * SECOND))

    def monotonic_ns() -> int:
        context.call()
        return since_boot() * TICKS_PER_SECOND // SECOND * SECOND // TICKS_PER_SECOND

    def monotonic() -> float:
        context.call()
        return as_short_float(since_boot() / SECOND)

    def unix_time() -> int:
        context.call()
        return RTC_START + since_boot() // SECOND

    def localtime(seconds: int | None = None) -> StructTime:
        moment = unix_time() if seconds is None else seconds
        if not RTC_START <= moment < 1 << 31:
            raise OverflowError("timestamp out of range for platform time_t")
        return StructTime(*time.gmtime(moment))

    return module(
        "time",
        sleep=sleep,
        monotonic=monotonic,
        monotonic_ns=monotonic_ns,
        time=unix_time,
        localtime=localtime,
        mktime=_mktime,
        struct_time=_struct_time,
    )


def _struct_time(fields: Sequence[int]) -> StructTime:
    return StructTime(*fields)


def _mktime(moment: Sequence[int]) -> int:
    if moment[0] < 2000:
        raise OverflowError("timestamp out of range for platform time_t")
    return calendar.timegm(tuple(moment))

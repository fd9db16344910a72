"""Whether this computer's clock is synchronised, as far as its system knows."""

from __future__ import annotations

import ctypes
import re
import sys

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.system import times
from totpkey_protocol import limits, version

SYNCHRONISED, UNSYNCHRONISED, UNKNOWN = "synchronised", "unsynchronised", "unknown"

#: How far off a clock may be that its system keeps right, and one of which nobody knows that. In ms.
_KEPT, _UNKEPT = 60, 2000
#: adjtimex(2): its result, and bit STA_UNSYNC of the status, while the clock is not synchronised.
_TIME_ERROR = 5
_STA_UNSYNC = 0x40
#: `w32tm` prints the leap indicator first, in the system's language. 3 means "not synchronised".
_LEAP = re.compile(r":\s*([0-3])\s*\(")


class _Timex(ctypes.Structure):
    """struct timex as far as its status, with room for the rest (208 bytes on 64-bit Linux)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("maximal_error", ctypes.c_long),
        ("estimated_error", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def status() -> str:
    """SYNCHRONISED, UNSYNCHRONISED, or UNKNOWN where only administrators can ask the system."""
    if sys.platform == "linux":
        return _linux()
    return _windows() if sys.platform == "win32" else UNKNOWN


def error() -> int:
    """By how many ms this computer's time may be wrong."""
    return _KEPT if status() == SYNCHRONISED else _UNKEPT


def require_plausible(now: float | None = None) -> None:
    """Raise HostClockWrong if this computer's time is before this program's release or after 2099."""
    if not version.MADE <= (times.now() if now is None else now) < limits.TIME_MOST:
        raise errors.HostClockWrong(
            tr("This computer's clock shows an impossible time."),
            tr("Set the computer's clock first, then the key's."),
        )


def _linux() -> str:
    timex = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return UNKNOWN
    if answer < 0:
        return UNKNOWN
    return UNSYNCHRONISED if answer == _TIME_ERROR or timex.status & _STA_UNSYNC else SYNCHRONISED


def _windows() -> str:
    import subprocess

    try:
        result = subprocess.run(
            ["w32tm", "/query", "/status"],  # noqa: S607 - a part of Windows, wherever that is
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN
    return from_w32tm(result.stdout.decode(errors="replace")) if result.returncode == 0 else UNSYNCHRONISED


def from_w32tm(text: str) -> str:
    """The status from the output of `w32tm /query /status`, in any language."""
    found = _LEAP.search(text)
    if not found:
        return UNKNOWN
    return UNSYNCHRONISED if found.group(1) == "3" else SYNCHRONISED

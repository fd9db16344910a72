"""Checks of the computer: its permissions, its services, and how it sees the key."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from totpkey import errors
from totpkey.clock import host_clock, phrases
from totpkey.doctor import udev
from totpkey.doctor.case import BAD, GOOD, ODD, UNKNOWN, Case, Finding
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.discovery import everyday_keys
from totpkey_protocol import limits

#: Where the system shows USB devices, its rules for them, and its processes.
USB = Path("/sys/bus/usb/devices")
RULES = (
    Path("/etc/udev/rules.d"),
    Path("/run/udev/rules.d"),
    Path("/usr/lib/udev/rules.d"),
    Path("/lib/udev/rules.d"),
)
PROCESSES = Path("/proc")
#: How many characters of a file's hash are shown.
SHOWN = 12
#: The classes of interfaces (USB-IF, defined class codes).
_CONTROL, _HID, _DATA, _STORAGE, _AUDIO = 0x02, 0x03, 0x0A, 0x08, 0x01


def clock(case: Case) -> Finding:
    if case.host_clock == host_clock.UNSYNCHRONISED:
        remedy = tr("Switch on automatic time in the system's settings before you set the key by it.")
        return Finding(_("this computer's clock"), ODD, tr("nothing keeps it right"), remedy)
    if case.host_clock == host_clock.UNKNOWN:
        return Finding(
            _("this computer's clock"), UNKNOWN, tr("its system does not tell whether it is kept right")
        )
    return Finding(_("this computer's clock"), GOOD, tr("kept right by its system"))


def faces(case: Case) -> Finding | None:
    """Whether the key shows a keyboard, in setup one serial port, and nothing else."""
    if not USB.is_dir():
        return Finding(
            _("faces"), UNKNOWN, tr("this system does not show a device's interfaces to everybody")
        )
    devices = everyday_keys(str(USB))
    if not devices:
        return None
    shown = [number for device in devices for number in _classes(device)]
    if _STORAGE in shown or _AUDIO in shown or shown.count(_CONTROL) > len(devices):
        remedy = tr(
            "Its firmware was changed, or it is in safe mode: unplug it; if this stays, install it again."
        )
        return Finding(_("faces"), BAD, tr("it shows a drive, a console or MIDI"), remedy)
    return Finding(_("faces"), GOOD, tr("no drive and no console: a keyboard, and in setup one serial port"))


def permission(case: Case) -> Finding | None:
    """Who may open serial ports on Linux."""
    if sys.platform != "linux":
        return None
    groups = _groups()
    if isinstance(case.hindrance, errors.PortForbidden):
        # Check this first: a rule applies only to users at the computer, and to ports plugged in after it.
        return _forbidden(tr("you may not open the key's port"), groups)
    if case.key or os.getuid() == 0:
        return Finding(_("serial ports"), GOOD, tr("you may open them"))
    if _rule():
        return Finding(_("serial ports"), GOOD, tr("the key's rule for udev lets you open its port"))
    if any(number in os.getgroups() for number in groups.values()):
        return Finding(
            _("serial ports"), GOOD, tr("you are in the group {groups}", groups=" or ".join(groups))
        )
    return _forbidden(tr("you may not open them"), groups)


def _groups() -> dict[str, int]:
    """The groups that may open serial ports, and their numbers."""
    if sys.platform == "win32":
        return {}
    import grp

    return {entry.gr_name: entry.gr_gid for entry in grp.getgrall() if entry.gr_name in ("dialout", "uucp")}


def _forbidden(detail: str, groups: Mapping[str, int]) -> Finding:
    group = next(iter(groups), "dialout")
    remedy = (
        tr(
            "`sudo usermod -aG {group} $USER`, then log in again; or plug the key in again, if you sit at"
            " this computer: its rule for udev is in place.",
            group=group,
        )
        if _rule()
        else tr(
            "`sudo usermod -aG {group} $USER`, then log in again; or install the rule for udev below.",
            group=group,
        )
    )
    return Finding(_("serial ports"), BAD, detail, remedy)


def rule(case: Case) -> Finding | None:
    """The udev rule that lets users at the computer open the port, and keeps ModemManager away."""
    return udev.row()


def modem_manager(case: Case) -> Finding | None:
    """Whether ModemManager runs. It opens each new serial port and holds it for some 20 s."""
    if sys.platform != "linux" or not any(name == "ModemManager" for name in _running()):
        return None
    if _rule():
        return Finding(_("ModemManager"), GOOD, tr("it runs, and leaves the key alone"))
    remedy = tr("Wait for 20 s after you have plugged the key in, or install the rule for udev.")
    return Finding(_("ModemManager"), ODD, tr("it runs, and may hold the key's port for a while"), remedy)


def drill(case: Case) -> Finding:
    """When a backup was last restored on trial."""
    remedy = tr("`totpkey backup --drill FILE` restores a backup onto a simulated key, and compares all.")
    if not case.drilled:
        return Finding(_("drill"), ODD, tr("no backup was ever restored on trial here"), remedy)
    detail = tr(
        "{age} ago, on {day}, with the file whose SHA-256 begins with {file}",
        age=phrases.age(max(case.now - case.drilled, 0)),
        day=phrases.moment(case.drilled)[:10],
        file=case.drilled_file[:SHOWN],
    )
    # The key's clock and this computer's may differ.
    if case.key and case.key.backup and case.key.backup.time > case.drilled + limits.DRIFT_MOST:
        return Finding(_("drill"), ODD, tr("{detail}; the key has a newer backup", detail=detail), remedy)
    return Finding(_("drill"), GOOD, detail)


CHECKS = (clock, faces, permission, rule, modem_manager, drill)


def _classes(device: str) -> Iterator[int]:
    for interface in sorted(USB.glob(f"{device}:*/bInterfaceClass")):
        yield int(interface.read_text(encoding="ascii"), 16)


def _rule() -> bool:
    """Whether a rule for keys is in force. Of files of one name, udev reads that in the first folder."""
    read: dict[str, Path] = {}
    for folder in RULES:
        for path in folder.glob("*totpkey*.rules"):
            read.setdefault(path.name, path)
    return any(udev.says_ours(path) for path in read.values())


def _running() -> Iterator[str]:
    """The names of all processes."""
    for process in PROCESSES.glob("[0-9]*/comm"):
        try:
            yield process.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            # It has just ended.
            continue

"""Checks of boards that show a drive: they are not keys yet, or did not start as keys."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from totpkey.doctor.case import BAD, ODD, Finding
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.install import places
from totpkey.install.places import BOOT_LOADER, Place
from totpkey_protocol import slots, storage
from totpkey_protocol.boards import BOARDS
from totpkey_volume import layout
from totpkey_volume.circuitpython import FITTING

#: Files that only a key has, or a board that was about to become one.
_OURS = ("start.mpy", "lib/totpkey_firmware", slots.SEALS, *storage.FILES)
#: The room that CircuitPython needs for boot_out.txt, which it writes when its text changes. In KB.
_ROOM = 4
_NAME = _("board's drive")
_LOADER = _("hold its BOOT button while you plug it in, and run `totpkey install`.")
_REPLUG = _(
    "Unplug the board and plug it in without touching a button. If the drive comes back, its firmware does"
    " not start."
)
#: Remedies for a key that was made from an image, and a warning for one that was made by copying.
_KEEP = _(
    "Hold its BOOT button while you plug it in, and run `totpkey install --keep-vault`: its accounts stay."
)
_ANEW = _("Hold its BOOT button while you plug it in, and run `totpkey install`.")
_LOSE = _(
    "The key was made by copying: `totpkey install` from the boot loader erases its accounts, --keep-vault"
    " or not, and without a backup they are lost."
)
_COPY = _("`totpkey install --copy --keep-vault` puts them right, and its accounts stay.")
_RENEW = _(
    "Hold its BOOT button while you plug it in, and drag {fitting} for the board onto RPI-RP2: by itself it"
    " leaves the drive alone."
)


def findings() -> list[Finding]:
    """One finding for each board's drive that this computer shows now."""
    from totpkey.install.drive import drive_files

    found = places.find(places.mounted())
    files = layout.on_a_key(drive_files()) if found else {}
    return [finding(place, files) for place in found]


def finding(place: Place, files: Mapping[str, bytes]) -> Finding:
    """What is wrong with the board whose drive is there. `files`: all files of a key."""
    detail = str(place)
    if place.kind == BOOT_LOADER:
        remedy = tr(
            "`totpkey install` makes it a key. If it was one, `totpkey install --keep-vault` leaves its"
            " accounts, but not those of a key that was made by copying: back these up before."
        )
        return Finding(_NAME, ODD, detail, remedy)
    if place.board not in BOARDS:
        return Finding(
            _NAME,
            BAD,
            tr("{detail}, a board that totpkey does not know", detail=detail),
            tr("See hardware/README.md."),
        )
    is_ours = any((place.path / path).exists() for path in _OURS)
    if not place.is_fit:
        remedy = _renewal(place) if is_ours else tr("To renew it, {loader}", loader=tr(_LOADER))
        return Finding(
            _NAME, BAD, tr("{detail}; the firmware needs {fitting}", detail=detail, fitting=FITTING), remedy
        )
    if not is_ours:
        return Finding(
            _NAME,
            ODD,
            tr("{detail}, and no key", detail=detail),
            tr("To make it one, {loader}", loader=tr(_LOADER)),
        )
    return _of_a_key(place, files)


def _renewal(place: Place) -> str:
    """How to install another CircuitPython, which is in flash below the drive."""
    return tr(_KEEP) if _has_slots(place) else joined(tr(_RENEW, fitting=FITTING), tr(_LOSE))


def _has_slots(place: Place) -> bool:
    """Whether the key was made from an image, so that another image keeps its accounts."""
    return (place.path / slots.SEALS).exists()


def _of_a_key(place: Place, files: Mapping[str, bytes]) -> Finding:
    lacking = sorted(path for path in files if not _is_there(place.path, path, files[path]))
    free = shutil.disk_usage(place.path).free // 1024
    room = tr("; {free} KB are free", free=free) if free < _ROOM or lacking else ""
    if lacking:
        detail = tr(
            "{place}: {lacking} of a key's {files} files are missing or damaged, {lacking_2}",
            place=place,
            lacking=len(lacking),
            files=len(files),
            lacking_2=lacking[0],
        )
        remedy = tr(_KEEP) if _has_slots(place) else joined(tr(_COPY), tr(_LOSE))
        return Finding(_NAME, BAD, tr("{detail} among them{room}", detail=detail, room=room), remedy)
    if room:
        remedy = tr("Delete what you have put there, then unplug the board and plug it in.")
        return Finding(
            _NAME,
            BAD,
            tr("{place}: all files of a key, but it is full{room}", place=place, room=room),
            remedy,
        )
    remedy = joined(tr(_REPLUG), *((tr(_KEEP),) if _has_slots(place) else (tr(_ANEW), tr(_LOSE))))
    return Finding(
        _NAME, ODD, tr("{place}: all files of a key, but it has not started as one", place=place), remedy
    )


def _is_there(folder: Path, path: str, content: bytes) -> bool:
    """Whether a file is present and right. On a key with slots, it may be of another version."""
    try:
        size = (folder / path).stat().st_size
        if path in storage.FILES:
            return size == len(content)
        if (folder / slots.SEALS).exists():
            return size > 0 or not content
        return size == len(content) and (folder / path).read_bytes() == content
    except OSError:
        return False

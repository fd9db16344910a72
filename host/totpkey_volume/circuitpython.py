"""CircuitPython on an RP2040: where it, its NVM and the drive lie in flash, its board and version."""

from __future__ import annotations

import re

from totpkey_protocol.boards import BOARDS

#: The first CircuitPython with SHA-1 and SHA-256 of its own.
LEAST = (10, 1)
#: The newest with the same format of compiled modules as ours.
MOST_MAJOR = 10
#: These versions in words.
FITTING = f"CircuitPython {LEAST[0]}.{LEAST[1]} or a later {MOST_MAJOR}.x"
#: What a CircuitPython that was sealed adds to its version.
SEALED = "+sealed"
_BANNER = re.compile(rb"Adafruit CircuitPython (\d+)\.(\d+)\.(\d+)[ -~]*")
#: picotool shows it as well.
_BOARD_ATTRIBUTE = re.compile(rb"BOARD=([a-z0-9_]+)\x00")


class UnknownBoard(ValueError):
    """The image is for a board that is not in the table."""


def board_of(content: bytes | bytearray) -> str:
    """The board id that a CircuitPython image carries. Raises UnknownBoard."""
    found = _BOARD_ATTRIBUTE.search(content)
    name = found.group(1).decode() if found else "none"
    if name not in BOARDS:
        known = ", ".join(BOARDS)
        raise UnknownBoard(
            f"The image is for board {name}, which totpkey does not know. Take one of {known}."
        )
    return name


def version_of(content: bytes | bytearray) -> tuple[int, int, int] | None:
    """The version of the CircuitPython in an image; None if there is none in it."""
    found = _BANNER.search(content)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def says_sealed(version: str) -> bool:
    """Whether a key says of its CircuitPython that it is sealed. `totpkey verify` alone proves it."""
    return version.endswith(SEALED)


#: What CircuitPython writes at the first start.
BOOT_OUTPUT = "boot_out.txt"


def boot_output(content: bytes, board: str, uid: str) -> bytes | None:
    """The boot_out.txt that this CircuitPython writes on the chip of that id; None if it is unknown.

    CircuitPython writes nothing if the drive already has it: main.c compares first.
    """
    found = _BANNER.search(content)
    if not found:
        return None
    lines = [found[0].decode("ascii"), f"Board ID:{board}", f"UID:{uid.upper()}", "boot.py output:", ""]
    return "\r\n".join(lines).encode("ascii")


def fits(version: tuple[int, ...] | None) -> bool:
    """Whether the firmware can run on that version of CircuitPython."""
    return version is not None and LEAST <= version < (MOST_MAJOR + 1,)


def has_fitting(content: bytes | bytearray) -> bool:
    """Whether flash content holds a CircuitPython that the firmware can run on."""
    return fits(version_of(content))


MB = 1024 * 1024
#: The units of erasing and of programming flash.
SECTOR = 4096
PAGE = 256
#: The drive follows 1020 KB of firmware and 4 KB of NVM.
DRIVE_START = MB
NVM_START = DRIVE_START - SECTOR

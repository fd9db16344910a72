"""Where CircuitPython, its NVM and the drive lie in the flash of an RP2040 board, in bytes."""

from __future__ import annotations

MB = 1024 * 1024
#: What the flash erases at once, and what it programs at once.
SECTOR = 4096
PAGE = 256
#: CircuitPython puts the drive behind 1020 KB of firmware and 4 KB of NVM.
DRIVE_START = MB
NVM_START = DRIVE_START - SECTOR

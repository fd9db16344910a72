"""Addresses of CircuitPython, its NVM and the drive in the flash of an RP2040 board, in bytes."""

from __future__ import annotations

MB = 1024 * 1024
#: The units of erasing and of programming flash.
SECTOR = 4096
PAGE = 256
#: The drive follows 1020 KB of firmware and 4 KB of NVM.
DRIVE_START = MB
NVM_START = DRIVE_START - SECTOR

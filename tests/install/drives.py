"""Folders that stand for the drives of boards."""

from __future__ import annotations

from pathlib import Path

from tests.install.boot_rom import INFO

BOOT_OUT = (
    "Adafruit CircuitPython 10.1.3 on 2026-02-20; Raspberry Pi Pico with rp2040\r\n"
    "Board ID:raspberry_pi_pico\r\nUID:E6614103E7174C2F\r\nboot.py output:\r\n"
)


def loader(folder: Path, info: str = INFO) -> Path:
    folder.mkdir(parents=True)
    (folder / "INFO_UF2.TXT").write_text(info, newline="")
    return folder


def circuitpython(folder: Path, told: str = BOOT_OUT) -> Path:
    folder.mkdir(parents=True)
    (folder / "boot_out.txt").write_text(told, newline="")
    return folder

"""The size of a board's flash, read by the boot loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from extensions.board_test.tests.virtual_bench import BOOT, WrappedFlash
from totpkey.cli.keys.connect import Selection
from totpkey.doctor.case import BAD, UNKNOWN
from totpkey_board_test import power
from totpkey_board_test.journal import Journal
from totpkey_board_test.terminal import TerminalBench
from totpkey_protocol.boards import BOARDS

MB = 1 << 20
PICO = BOARDS["raspberry_pi_pico"]


@pytest.mark.parametrize("megabytes", [1, 2, 4, 8, 16])
def test_each_size_is_seen(megabytes: int) -> None:
    content = BOOT + bytes(megabytes * MB - len(BOOT))
    assert power.flash_size(WrappedFlash(content, megabytes * MB)) == megabytes


@pytest.mark.parametrize("fill", [b"\xff", b"\x00"])
def test_an_empty_flash_has_no_size(fill: bytes) -> None:
    assert power.flash_size(WrappedFlash(fill * 2 * MB, 2 * MB)) == 0
    report = Journal()
    power.judge_flash(report, 0, PICO)
    assert report.signs(UNKNOWN) == ["flash-empty"]


@pytest.mark.chip
@pytest.mark.parametrize("more", [0, 2 * MB])
def test_the_real_boot_rom_reads_it(official_image: Path, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The boot loader in mask ROM, and a board with another flash chip than its image is for."""
    from totpkey_virtual.chip.flash import SerialFlash
    from totpkey_virtual.chip.key import ChipKey
    from virtual.tests.chip.boot_button import plug_in_boot_loader
    from virtual.tests.chip.usb_backend import ChipBackend

    key = ChipKey(official_image, None)
    key._flash = SerialFlash(bytearray(key.flash) + bytearray(more), bytes(8))
    plug_in_boot_loader(key)
    monkeypatch.setattr("totpkey.picoboot.boot_loader._backend", lambda: ChipBackend(key))
    seen = TerminalBench(Selection()).flash(0)
    assert seen is not None
    report = Journal()
    power.judge_flash(report, power.flash_size(seen), BOARDS[key.board])
    assert report.signs(BAD) == (["flash-size"] if more else [])
    assert report.rows[0].measured == {"megabytes": len(key.flash) // MB}

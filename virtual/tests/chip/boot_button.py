"""Plug in a chip that comes up in its boot loader: its BOOT button is held, or it has nothing to start."""

from __future__ import annotations

from totpkey_virtual.chip.key import ChipKey

#: The chip select of QSPI, which the button pulls low (RP2040 datasheet 2.8.1).
SELECT = 1


def plug_in_boot_loader(key: ChipKey) -> None:
    key.plug()
    key._running().qspi[SELECT].set_input_value(False)
    _await(key)


def plug_in_blank(key: ChipKey) -> None:
    key.plug()
    _await(key)


def _await(key: ChipKey) -> None:
    assert key.run_until(lambda: key.usb.enumeration is not None, 5)
    assert key.usb.enumeration is not None
    assert key.usb.enumeration.product == "RP2 Boot"

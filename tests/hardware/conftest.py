"""Firmware with other pins than those of the table."""

from tests.install.conftest import make_firmware

__all__ = ["make_firmware"]

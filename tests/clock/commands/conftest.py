"""A simulated key at a serial port, and a terminal to run commands in."""

from tests.support.terminal import desk, make_desk

__all__ = ["desk", "make_desk"]

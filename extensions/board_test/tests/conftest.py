"""Fixtures: a simulated key, a terminal that runs commands, and a Linux computer with a key in it."""

from tests.kernel.conftest import computer
from tests.support.terminal import make_desk, world

__all__ = ["computer", "make_desk", "world"]

"""Fixtures: a simulated key, and a terminal that runs commands."""

from tests.support.terminal import desk, make_desk, world

__all__ = ["desk", "make_desk", "world"]

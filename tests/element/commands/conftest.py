"""Fixtures: a simulated key, and a terminal that runs commands."""

from tests.support.terminal import make_desk, world

__all__ = ["make_desk", "world"]

"""Fixtures: the desk for testing commands."""

from tests.support.terminal import desk, make_desk, world

__all__ = ["desk", "make_desk", "world"]

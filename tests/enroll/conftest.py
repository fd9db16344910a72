"""The same desk as for all commands."""

from tests.support.terminal import desk, make_desk

__all__ = ["desk", "make_desk"]

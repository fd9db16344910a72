"""The same desk as for all commands."""

from tests.host.conftest import desk, make_desk

__all__ = ["desk", "make_desk"]

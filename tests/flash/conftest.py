"""Fixtures: keys of both kinds, and a test desk."""

from tests.support.keys import desk, drive_copy, make_desk, make_key

__all__ = ["desk", "drive_copy", "make_desk", "make_key"]

"""Keys of both kinds, and a desk to test at."""

from tests.support.keys import desk, drive_copy, make_desk, make_key

__all__ = ["desk", "drive_copy", "make_desk", "make_key"]

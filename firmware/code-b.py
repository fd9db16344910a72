"""Runs instead of code.py when the second slot holds the firmware to start."""

import sys

sys.path.insert(0, "/lib-b")

import code  # noqa: F401 - the same, with its modules from there

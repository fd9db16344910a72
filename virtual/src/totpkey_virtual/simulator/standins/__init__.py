"""Stand-ins for CircuitPython's built-in modules, including their quirks.

One file for each group of modules. Every run of Python gets its own modules. A name that is missing here is
missing on the chip as well, or a key does not need it.
"""

from __future__ import annotations

from types import ModuleType

from ..context import Context
from . import aes, bus, display, keypad, microcontroller, pins, python, storage, supervisor, timekeeping, usb
from .storage import open_function
from .supervisor import print_function

__all__ = ["built_in_modules", "open_function", "print_function"]


def built_in_modules(context: Context) -> dict[str, ModuleType]:
    """All built-in modules for one run of Python, by name."""
    groups = (python, aes, timekeeping, microcontroller, pins, keypad, bus, display, usb, storage, supervisor)
    return {module.__name__: module for group in groups for module in group.modules(context)}

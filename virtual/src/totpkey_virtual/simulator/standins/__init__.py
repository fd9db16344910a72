"""Stand-ins for CircuitPython's built-in modules, including their quirks.

One file for each group of modules. Every run of Python gets its own modules. A name that is missing here is
missing on the chip as well, or a key does not need it.
"""

from __future__ import annotations

from types import ModuleType

from totpkey_virtual.simulator.context import Context
from totpkey_virtual.simulator.standins import (
    aes,
    bus,
    display,
    microcontroller,
    pins,
    python,
    storage,
    supervisor,
    usb,
)
from totpkey_virtual.simulator.standins.storage import open_function
from totpkey_virtual.simulator.standins.supervisor import print_function

__all__ = ["built_in_modules", "open_function", "print_function"]


def built_in_modules(context: Context) -> dict[str, ModuleType]:
    """All built-in modules for one run of Python, by name."""
    groups = (python, aes, microcontroller, pins, bus, display, usb, storage, supervisor)
    return {module.__name__: module for group in groups for module in group.modules(context)}

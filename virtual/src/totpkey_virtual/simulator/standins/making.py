"""Helpers to make modules and constants."""

from __future__ import annotations

from types import ModuleType


def module(name: str, **attributes: object) -> ModuleType:
    """A module with only these attributes."""
    made = ModuleType(name)
    made.__dict__.update(attributes)
    return made


def constants(full_name: str, *names: str) -> type:
    """A class of distinct constants, such as "microcontroller.ResetReason", that print as on the chip."""

    class Constant:
        def __init__(self, name: str) -> None:
            self.name = name

        def __repr__(self) -> str:
            return f"{full_name}.{self.name}"

    return type(full_name.rpartition(".")[2], (), {name: Constant(name) for name in names})

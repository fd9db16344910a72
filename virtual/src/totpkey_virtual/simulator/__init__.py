"""The simulator: runs a key's whole drive on CPython, with stand-ins for CircuitPython's modules.

It tests behaviour in virtual time: what the firmware sends, types, stores and shows, and what remains after a
power cut at any flash operation. Speed and memory are measured on the emulated chip.
"""

from totpkey_virtual.simulator.key import SimulatedKey

__all__ = ["SimulatedKey"]

"""The simulator: a key's whole drive on CPython, with stand-ins for CircuitPython's modules.

It judges behaviour: what the firmware says, types, stores and shows, in virtual time, and what a power cut at
any flash operation leaves. Speed and memory are judged on the emulated chip.
"""

from .key import SimulatedKey

__all__ = ["SimulatedKey"]

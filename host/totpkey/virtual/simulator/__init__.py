"""The simulator: a key's whole drive on CPython, with stand-ins for CircuitPython's modules.

It judges behaviour: what the firmware says, types, stores and shows, in virtual time. Speed, memory and
torn writes are judged on the emulated chip.
"""

from .flash import Flash
from .key import SimulatedKey

__all__ = ["Flash", "SimulatedKey"]

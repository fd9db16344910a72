"""The definition that key and host share. It is part of the key's firmware, and the host imports it.

Plain Python that runs on CircuitPython and on CPython. It knows nothing about serial ports, the vault or the
command line.
"""

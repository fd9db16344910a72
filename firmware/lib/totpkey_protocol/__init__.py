"""What the key and the host must agree on: one definition, shipped on the key, imported by the host.

Plain Python that runs on CircuitPython and CPython alike. It knows nothing of serial ports, of the
vault or of the command line.
"""

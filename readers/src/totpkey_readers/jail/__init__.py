"""Reads files from elsewhere in a process of its own, with limits on memory, time and output.

An importer stays a plain function. `reader` starts the process and checks what comes back, `process` is the
program that runs in it, `bounds` sets its limits, and `wire` is the form in which accounts come back.
"""

"""Command lines of processes that tests start."""

from __future__ import annotations

import sys

#: Runs a module with the SIGINT handling that a terminal's user has. A process that ignores SIGINT, such as
#: one started in the background or under nohup, passes that on to its children.
_INTERRUPTIBLE = (
    "import runpy, signal, sys;"
    "signal.signal(signal.SIGINT, signal.default_int_handler);"
    "del sys.argv[0];"
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)

#: A prefix for command lines that ignores SIGINT, as nohup and shells without job control do.
WITHOUT_INTERRUPTS = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")


def interruptible(module: str, *arguments: str) -> list[str]:
    """Return a command line for `python -m module arguments` that Ctrl-C always ends."""
    return [sys.executable, "-c", _INTERRUPTIBLE, module, *arguments]

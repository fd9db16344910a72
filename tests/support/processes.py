"""Processes that tests start."""

from __future__ import annotations

import sys

#: Runs a module with Ctrl-C as a terminal's user has it. A process that ignores SIGINT, as one started in the
#: background or under nohup does, hands that on to its children.
_INTERRUPTIBLE = (
    "import runpy, signal, sys;"
    "signal.signal(signal.SIGINT, signal.default_int_handler);"
    "del sys.argv[0];"
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)

#: Before a command line: starts it as nohup and shells without job control do, deaf to Ctrl-C.
WITHOUT_INTERRUPTS = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")


def interruptible(module: str, *arguments: str) -> list[str]:
    """The command line of `python -m module arguments`, which Ctrl-C ends wherever it is started."""
    return [sys.executable, "-c", _INTERRUPTIBLE, module, *arguments]

"""Sets standard input, output and error to UTF-8."""

from __future__ import annotations

import io
import sys
from typing import Any


def use_utf8() -> None:
    """Use UTF-8 for pipes and files, and keep terminals from failing on a character.

    Python uses the system's encoding, on Windows the ANSI code page (cp1252, cp936), which lacks most other
    scripts. A terminal keeps its encoding, which only the terminal knows.
    """
    for stream in (sys.stdout, sys.stderr):
        # Characters that cannot be encoded, and lone surrogates, become question marks.
        _reconfigure(stream, "replace")
    _reconfigure(sys.stdin, "strict")


def _reconfigure(stream: Any, errors: str) -> None:
    """Reconfigure a stream. It is None if the program was started without it."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    if stream.isatty():
        stream.reconfigure(errors=errors)
    else:
        stream.reconfigure(encoding="utf-8", errors=errors)

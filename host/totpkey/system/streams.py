"""Standard input, output and error in UTF-8, wherever they lead."""

from __future__ import annotations

import io
import sys
from typing import Any


def use_utf8() -> None:
    """Make pipes and files carry UTF-8, in both directions, and no terminal fail for a character.

    Python takes the encoding of the system's settings: on Windows the ANSI code page (cp1252, cp936), which
    lacks most names in other scripts. A terminal keeps its encoding, since it alone knows what it shows.
    """
    for stream in (sys.stdout, sys.stderr):
        # What an encoding lacks, and half of a pair of surrogates in UTF-8, comes out as a question mark.
        _reconfigure(stream, "replace")
    _reconfigure(sys.stdin, "strict")


def _reconfigure(stream: Any, errors: str) -> None:
    """A program may be started without a stream, which is None then."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    if stream.isatty():
        stream.reconfigure(errors=errors)
    else:
        stream.reconfigure(encoding="utf-8", errors=errors)

"""Controls a virtual key with lines on standard input, and prints its events on standard output."""

from __future__ import annotations

import json
import math
import os
import select
import sys
from collections.abc import Callable

from totpkey.cli.output import give, say
from totpkey.cli.simulation.live_key import PRESS, LiveKey
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr

_HELP = _("There are press, hold SECONDS, wait SECONDS, unplug, plug and quit.")


def run_script(live: LiveKey, as_json: bool, ended: Callable[[], bool]) -> None:
    """Execute lines one after the other, until `quit`, `ended()` or the end of input."""
    lines = _Lines()
    told: dict[str, object] = {}
    _tell("port", "port", str(live.port), as_json)
    while not ended():
        live.wait()
        # The key's face and light where they have changed, and what it has typed.
        for event, name, value in (("face", "face", live.face), ("light", "rgb", list(live.light))):
            if told.get(event) != value:
                told[event] = value
                _tell(event, name, value, as_json)
        if text := live.typed():
            _tell("typed", "text", text, as_json)
        line = None if live.busy else lines.next()
        if line == "" or (line and not _obey(live, line.split())):
            return


def _tell(event: str, name: str, value: object, as_json: bool) -> None:
    give(json.dumps({"event": event, name: value}) if as_json else f"{event} {value}")


def _obey(live: LiveKey, words: list[str]) -> bool:
    """Execute one line. Return False for `quit`."""
    match words:
        case ["press"]:
            live.touch(PRESS)
        case ["hold", text] if (seconds := _seconds(text)) is not None:
            live.touch(seconds)
        case ["wait", text] if (seconds := _seconds(text)) is not None:
            live.pause(seconds)
        case ["plug"]:
            live.plug()
        case ["unplug"]:
            live.unplug()
        case ["quit"]:
            return False
        case [first, *_]:
            say(tr("Not a command: {first}. {help}", first=first, help=tr(_HELP)))
    return True


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


class _Lines:
    """Reads lines of standard input without blocking."""

    def __init__(self) -> None:
        self._pending = b""
        self._ended = False

    def next(self) -> str | None:
        """Return the next line with its newline, None if it is incomplete, or "" at the end of input."""
        self._take()
        line, newline, rest = self._pending.partition(b"\n")
        if not newline and not self._ended:
            return None
        self._pending = rest
        return (line + newline).decode(errors="replace")

    def _take(self) -> None:
        if not self._ended and select.select([sys.stdin], [], [], 0)[0]:
            data = os.read(sys.stdin.fileno(), 4096)
            self._pending += data
            self._ended = not data

"""Controls a virtual key with single keys at a terminal, or with a script on standard input."""

from __future__ import annotations

import json
import math
import os
import select
import sys
from collections.abc import Callable

from totpkey.cli.input.typed_keys import read_pressed, unechoed
from totpkey.cli.output import give, say
from totpkey.cli.simulation.live_key import HOLD, LONG_HOLD, LONGEST_HOLD, PRESS, UNPLUGGED, LiveKey
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
        if line == "" or (line and not _run_line(live, line.split())):
            return


def _tell(event: str, name: str, value: object, as_json: bool) -> None:
    give(json.dumps({"event": event, name: value}) if as_json else f"{event} {value}")


def _run_line(live: LiveKey, words: list[str]) -> bool:
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


#: How many of the last typed characters are shown.
_HISTORY = 40


def run_key(
    live: LiveKey, kind: str, as_json: bool = False, ended: Callable[[], bool] = lambda: False
) -> None:
    """Let the user control the key until `q`. Without a terminal, run a script until `quit`.

    `kind` says what runs the key. `ended` is polled and ends it as well. Raise the key's failure, if it
    fails.
    """
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        run_script(live, as_json, ended)
    else:
        _run_terminal(live, kind, ended)


def _run_terminal(live: LiveKey, kind: str, ended: Callable[[], bool]) -> None:
    """Draw the key and obey single keystrokes until `q`."""
    from rich.live import Live

    from totpkey.cli.simulation.view import draw

    history = ""
    with unechoed(), Live(draw(live, kind, history), transient=True) as screen:
        while not ended() and "q" not in (pressed := read_pressed()):
            for character in pressed:
                _obey(live, character)
            live.wait()
            history = (history + live.typed().replace("\n", "⏎"))[-_HISTORY:]
            screen.update(draw(live, kind, history))


def _obey(live: LiveKey, pressed: str) -> None:
    if pressed in (" ", "\n"):
        live.touch(PRESS)
    elif pressed == "h":
        live.touch(HOLD)
    elif pressed in ("s", "H"):
        live.touch(LONG_HOLD)
    elif pressed == "x":
        live.touch(LONGEST_HOLD)
    elif pressed == "u" and live.face == UNPLUGGED:
        live.plug()
    elif pressed == "u":
        live.unplug()

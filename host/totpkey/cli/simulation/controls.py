"""Controls a virtual key with single keys at a terminal, or with a script on standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable

from totpkey.cli.input.typed_keys import read_pressed, unechoed
from totpkey.cli.simulation.live_key import HOLD, LONG_HOLD, LONGEST_HOLD, PRESS, UNPLUGGED, LiveKey
from totpkey.cli.simulation.script import run_script

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

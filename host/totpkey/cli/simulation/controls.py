"""The hands on a virtual key: a person's at a terminal, or a script's."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from totpkey.cli.simulation.live_key import HOLD, LONG_HOLD, LONGEST_HOLD, PRESS, UNPLUGGED, LiveKey
from totpkey.cli.simulation.script import run_script

#: How much of what was typed is shown, in characters.
_HISTORY = 40


def run_key(
    live: LiveKey, kind: str, as_json: bool = False, ended: Callable[[], bool] = lambda: False
) -> None:
    """Let a person touch the key, or lines on standard input where there is no terminal, until told to quit.

    `kind` says what runs the key; `ended` is asked again and again, and ends it too. Raises what makes the
    key fail.
    """
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        run_script(live, as_json, ended)
    else:
        _run_terminal(live, kind, ended)


def _run_terminal(live: LiveKey, kind: str, ended: Callable[[], bool]) -> None:
    """Draw the key and obey single keys until `q`."""
    from rich.live import Live

    from totpkey.cli.simulation.view import draw

    history = ""
    with _single_keys() as read_key, Live(draw(live, kind, history), transient=True) as screen:
        while not ended() and (pressed := read_key()) != "q":
            _obey(live, pressed)
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


@contextmanager
def _single_keys() -> Iterator[Callable[[], str]]:
    """A function that gives the keys of the terminal one by one, without Enter, and "" if there is none."""
    if sys.platform == "win32":
        # A virtual key has its port at a pseudo-terminal, so none comes this far.
        raise NotImplementedError
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield _read_key
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _read_key() -> str:
    waits = select.select([sys.stdin], [], [], 0)[0]
    return os.read(sys.stdin.fileno(), 1).decode(errors="replace") if waits else ""

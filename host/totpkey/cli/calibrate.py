"""totpkey calibrate"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace

import click

from totpkey.calibration import Calibration, Manner, Verdict, remedy
from totpkey.cli.output import say, warn
from totpkey.cli.session import Selection, connected
from totpkey.cli.states import require_open
from totpkey.cli.terminal import read_typed, require_terminal, unechoed
from totpkey.client import KeyClient
from totpkey_protocol.commands import SAMPLES
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC, TOP_ROW

_MODES = {KEYPAD: "on the keypad", KEYPAD_MAC: "on a Mac's keypad", TOP_ROW: "on the top row"}
#: How long the first character may take after the press, and how often a person is asked to mend something.
_FIRST = 3.0
_TRIES = 3


@click.command("calibrate", short_help="Find how the key's typing arrives intact at this computer.")
@click.option(
    "--digits-only", is_flag=True, help="Leave out letters: only Steam Guard and user names have any."
)
@click.pass_obj
def command(selection: Selection, digits_only: bool) -> None:
    """Have the key type into this terminal, and store on it the fastest way that arrives intact.

    Press the key's button when asked, and leave this window in front. It types digits, then letters; nothing
    secret.
    """
    require_terminal()
    with connected(selection) as connection:
        require_open(connection.hello.state)
        client = connection.client
        calibration = Calibration(Attempts(client).attempt, _Person().ask, _keypads())
        manner = calibration.digits()
        if not digits_only:
            with_letters = calibration.letters(manner)
            if with_letters is None:
                warn("Letters do not arrive intact: Steam Guard and {user} cannot be typed here. Digits can.")
            manner = with_letters or manner
        _store(client, manner)


def _keypads() -> tuple[str, ...]:
    """A Mac has no NumLock that could be asked for."""
    return (KEYPAD_MAC,) if sys.platform == "darwin" else (KEYPAD,)


def _store(client: KeyClient, manner: Manner) -> None:
    layout = manner.layout
    typing = replace(
        client.typing(), mode=manner.mode, pace=manner.pace, layout=layout.name if layout else ""
    )
    client.set_typing(typing, manner.table)
    say(f"Stored: {_in_words(manner)}" + (f", letters in {layout.title}." if layout else "."))


def _in_words(manner: Manner) -> str:
    pace = f"{manner.pace} ms between reports" if manner.pace else "as fast as the computer asks"
    return f"{_MODES[manner.mode]}, {pace}"


class Attempts:
    """Samples that the key types into this terminal."""

    def __init__(self, client: KeyClient) -> None:
        self._client = client

    def attempt(self, sample: str, manner: Manner) -> str:
        """What arrives of a sample."""
        wanted = SAMPLES[sample]
        say(f"Next it types {sample}: {_in_words(manner)}.")
        with unechoed():
            self._client.sample(sample, manner.mode, manner.pace, manner.table)
            return read_typed(len(wanted), _FIRST + manner.pace * len(wanted) / 1000)


class _Person:
    """Who sits at the terminal."""

    def __init__(self) -> None:
        self._asked: Counter[tuple[Verdict, str]] = Counter()

    def ask(self, verdict: Verdict, sample: str) -> bool:
        """Say what is wrong and what to do; False once that was said often enough."""
        self._asked[verdict, sample] += 1
        if self._asked[verdict, sample] >= _TRIES:
            return False
        warn(f"Of what the key typed, {verdict.value}. {remedy(verdict, sample)}")
        return True

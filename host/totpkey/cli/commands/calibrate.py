"""totpkey calibrate"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from typing import TypeGuard

import click

from totpkey.cli.input.typed_keys import read_typed, require_terminal, unechoed
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.keyboard.calibration import Calibration, Sample, TypingStyle, Verdict, remedy
from totpkey.keyboard.layouts import BASIC, DIGITS, Layout, find
from totpkey.keyboard.typable import untypable
from totpkey.link.client import KeyClient
from totpkey.link.replies import Typing
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC, TOP_ROW

_MODES = {KEYPAD: _("on the keypad"), KEYPAD_MAC: _("on a Mac's keypad"), TOP_ROW: _("on the top row")}
#: The longest time from the press to the first character, and how often the user is asked to correct
#: something.
_FIRST = 3.0
_TRIES = 3


@click.command("calibrate")
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
        style = calibration.digits()
        typing = client.typing()
        if digits_only:
            style = _with_layout_kept(style, typing.layout)
        elif with_letters := calibration.letters(style):
            style = with_letters
        else:
            _tell_no_letters(typing.layout)
        _store(client, typing, style)


def _with_layout_kept(style: TypingStyle, name: str) -> TypingStyle:
    """Keep the key's layout in `style` if it has the digits, since only those were tested."""
    layout = find(name)
    if layout and (style.layout is None or style.table == layout.part(DIGITS).table):
        return replace(style, layout=layout)
    return style


def _tell_no_letters(name: str) -> None:
    warn(tr("Letters do not arrive intact: Steam Guard and {user} cannot be typed here. Digits can."))
    if name:
        warn(
            tr(
                "The key no longer has the layout {name}, which is not this computer's. `totpkey typing set"
                " --layout {name}` brings it back.",
                name=name,
            )
        )


def _keypads() -> tuple[str, ...]:
    """Return the keypad modes to try. A Mac has no NumLock whose state could be queried."""
    return (KEYPAD_MAC,) if sys.platform == "darwin" else (KEYPAD,)


def _store(client: KeyClient, typing: Typing, style: TypingStyle) -> None:
    layout = style.layout
    changed = replace(typing, mode=style.mode, pace=style.pace, layout=layout.name if layout else "")
    client.set_typing(changed, style.table)
    say(
        tr("Stored: {style}", style=_in_words(style))
        + (tr(", letters in {title}.", title=layout.title) if _has_letters(layout) else ".")
    )
    if layout and layout == layout.part(BASIC):
        say(
            tr(
                "Of the special characters, only the space and {signs} arrived as expected: the key types"
                " no others.",
                signs="@ . _ - +",
            )
        )
    if changed.layout != typing.layout:
        names = untypable(client.list(), layout)
        if names:
            warn(tr("The key cannot type these accounts now: {names}.", names=", ".join(names)))


def _has_letters(layout: Layout | None) -> TypeGuard[Layout]:
    return layout is not None and layout != layout.part(DIGITS)


def _in_words(style: TypingStyle) -> str:
    pace = (
        tr("{pace} ms between reports", pace=style.pace) if style.pace else tr("as fast as the computer asks")
    )
    return f"{tr(_MODES[style.mode])}, {pace}"


class Attempts:
    """Samples that the key types into this terminal."""

    def __init__(self, client: KeyClient) -> None:
        self._client = client

    def attempt(self, sample: Sample, style: TypingStyle) -> str:
        """Return the text that arrives when the key types a sample."""
        length = len(sample.wanted)
        say(tr("Next it types {name}: {style}.", name=sample.name, style=_in_words(style)))
        with unechoed():
            self._client.sample(sample.name, style.mode, style.pace, sample.table)
            return read_typed(length, _FIRST + style.pace * length / 1000)


class _Person:
    """The person at the terminal."""

    def __init__(self) -> None:
        self._asked: Counter[tuple[Verdict, str]] = Counter()

    def ask(self, verdict: Verdict, sample: str) -> bool:
        """Print the problem and its remedy. Return False after too many attempts."""
        self._asked[verdict, sample] += 1
        if self._asked[verdict, sample] >= _TRIES:
            return False
        warn(
            tr(
                "What the key typed: {verdict}. {remedy}",
                verdict=tr(verdict.value),
                remedy=remedy(verdict, sample),
            )
        )
        return True

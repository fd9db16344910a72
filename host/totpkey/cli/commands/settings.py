"""The key's settings: `typing` and `calibrate` for how it types, `locking` for when it locks itself."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TypeGuard, TypeVar

import click

from totpkey.cli.input.ends import WholeNumber
from totpkey.cli.input.typed_keys import read_typed, require_terminal, unechoed
from totpkey.cli.keys.connect import Selection, connected, require_open
from totpkey.cli.output import say, show, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.keyboard.calibration import Calibration, Sample, TypingStyle, Verdict, remedy
from totpkey.keyboard.layouts import BASIC, DIGITS, Layout, find, untypable
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking, Typing
from totpkey_protocol import limits
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC, MODES, TOP_ROW

Setting = TypeVar("Setting", Locking, Typing)


def settings_group(
    name: str,
    read: Callable[[KeyClient], Setting],
    rows: Callable[[Setting], list[tuple[str, str]]],
    help: str,
) -> click.Group:
    """Return a group that shows what `read` returns for the key, as `rows` or as JSON."""

    @click.group(name, invoke_without_command=True, help=help)
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.pass_context
    def command(context: click.Context, as_json: bool) -> None:
        if context.invoked_subcommand:
            return
        with connected(context.obj) as connection:
            setting = read(connection.client)
        show(as_json, asdict(setting), rows(setting))

    return command


def _typing_rows(typing: Typing) -> list[tuple[str, str]]:
    pace = (
        tr("{pace} ms between reports", pace=typing.pace)
        if typing.pace
        else tr("as fast as the computer asks")
    )
    return [
        (tr("mode"), typing.mode),
        (tr("layout"), typing.layout or tr("none: digits, Tab and Enter alone")),
        (tr("pace"), pace),
        (tr("delay"), tr("{delay} ms from press to typing", delay=typing.delay)),
        (
            tr("margin"),
            tr("waits for the next code if this one ends within {margin} s", margin=typing.margin),
        ),
    ]


typing = settings_group(
    "typing",
    KeyClient.typing,
    _typing_rows,
    help=_("Show how the key types. `totpkey calibrate` finds what is right; `totpkey typing set` sets it."),
)


@typing.command("set")
@click.option("--mode", type=click.Choice(MODES), help="With the keypad, a Mac's keypad, or the top row.")
@click.option("--layout", metavar="NAME", help="Keyboard layout of the computer; `none` for none.")
@click.option(
    "--pace", type=WholeNumber(0, limits.PACE_MOST), metavar="MS", help="Milliseconds between two reports."
)
@click.option(
    "--delay",
    type=WholeNumber(0, limits.DELAY_MOST),
    metavar="MS",
    help="Milliseconds from press to typing.",
)
@click.option(
    "--margin",
    type=WholeNumber(0, limits.MARGIN_MOST),
    metavar="S",
    help="Wait for the next code if this one ends within so many seconds; half its period at most.",
)
@click.pass_obj
def set_typing(
    selection: Selection,
    mode: str | None,
    layout: str | None,
    pace: int | None,
    delay: int | None,
    margin: int | None,
) -> None:
    """Set how the key types. What is not named stays as it is."""
    named = {"mode": mode, "layout": layout, "pace": pace, "delay": delay, "margin": margin}
    changes = {name: value for name, value in named.items() if value is not None}
    if not changes:
        raise click.UsageError(tr("Name what to set: --mode, --layout, --pace, --delay or --margin."))
    if changes.get("layout") == "none":
        changes["layout"] = ""
    with connected(selection) as connection:
        require_open(connection.hello.state)
        typing = replace(connection.client.typing(), **changes)  # type: ignore[arg-type]
        connection.client.set_typing(typing, _table(typing))


def _table(typing: Typing) -> bytes:
    """Return the table of the layout. Raise click.UsageError if it is unknown, or missing for the mode."""
    from totpkey.keyboard.layouts import find, layouts

    if typing.mode == TOP_ROW and not typing.layout:
        raise click.UsageError(tr("The top row needs the computer's layout: add --layout NAME."))
    layout = find(typing.layout)
    if typing.layout and layout is None:
        raise click.UsageError(
            tr("There is no layout of that name; there are {layouts}.", layouts=", ".join(layouts()))
        )
    return layout.table if layout else b""


#: The longest time in minutes that fits the key's 16-bit field of seconds.
_LONGEST = 0xFFFF // 60


def _locking_rows(locking: Locking) -> list[tuple[str, str]]:
    minutes, seconds = divmod(locking.idle, 60)
    after = " ".join([f"{minutes} min"] * (minutes > 0) + [f"{seconds} s"] * (seconds > 0))
    return [
        (
            tr("idle"),
            tr("locks after {after} without a touch", after=after) if locking.idle else tr("does not lock"),
        ),
        (tr("sleep"), tr("locks") if locking.suspend else tr("does not lock")),
    ]


locking = settings_group(
    "locking",
    KeyClient.locking,
    _locking_rows,
    help=_("Show when the key locks itself. `totpkey locking set` changes it."),
)


@locking.command("set")
@click.option(
    "--idle",
    type=WholeNumber(0, _LONGEST),
    metavar="MINUTES",
    help="Lock after so many minutes without a touch; 0 is never.",
)
@click.option("--suspend/--no-suspend", default=None, help="Lock when the computer goes to sleep, or not.")
@click.pass_obj
def set_locking(selection: Selection, idle: int | None, suspend: bool | None) -> None:
    """Set when the key locks itself, after a gesture at its button. What is not named stays as it is."""
    if idle is None and suspend is None:
        raise click.UsageError(tr("Name what to set: --idle MINUTES, --suspend or --no-suspend."))
    with connected(selection) as connection:
        require_open(connection.hello.state)
        client = connection.client
        before = client.locking()
        locking = Locking(
            before.idle if idle is None else 60 * idle, before.suspend if suspend is None else suspend
        )
        client.set_locking(locking)
        if client.slots().device:
            warn(tr("The key has neither PIN nor passphrase, so it does not lock: see `totpkey pin set`."))


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
def calibrate(selection: Selection, digits_only: bool) -> None:
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

"""totpkey typing"""

from __future__ import annotations

from dataclasses import replace

import click

from totpkey.cli.input.whole_number import WholeNumber
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.settings_group import settings_group
from totpkey.cli.keys.states import require_open
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Typing
from totpkey_protocol import limits
from totpkey_protocol.words import MODES, TOP_ROW


def _rows(typing: Typing) -> list[tuple[str, str]]:
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


command = settings_group(
    "typing",
    KeyClient.typing,
    _rows,
    help=_("Show how the key types. `totpkey calibrate` finds what is right; `totpkey typing set` sets it."),
)


@command.command("set")
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
def set_(
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

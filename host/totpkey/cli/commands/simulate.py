"""totpkey simulate"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from totpkey.cli.simulation.choice import DEFAULT_BOARD, chip_key, keep, simulated_key
from totpkey.cli.simulation.controls import run_key
from totpkey.cli.simulation.live_key import LiveKey
from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import tr
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.computer import Keys

_board = click.Choice(sorted(BOARDS))
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)


@click.command("simulate")
@click.option("--board", type=_board, metavar="ID", help="CircuitPython's id of a board.")
@click.option("--chip", type=_file, metavar="IMAGE", help="CircuitPython image for an emulated RP2040.")
@click.option("--state", type=_folder, metavar="DIR", help="Keep what the key holds in this folder.")
@click.option("--desktop", is_flag=True, help="Type into the window in front, as a real key would (X11).")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON, take commands line by line.")
def command(board: str | None, chip: Path | None, state: Path | None, desktop: bool, as_json: bool) -> None:
    """Run a simulated key, a Trinkey QT2040 if no other board is named.

    Talk to it from another terminal: `totpkey --port PATH ...`. What it types is shown here; with --desktop
    it also goes through this computer's own keyboard layout, lock keys and input method.

    Without a terminal, or with --json, commands are read from standard input, one a line: press, hold
    SECONDS, wait SECONDS, unplug, plug, quit. Events are printed, one a line.
    """
    if board and chip:
        raise click.UsageError(tr("The image says which board it is for: leave out --board."))
    key = chip_key(chip, state) if chip else simulated_key(board or DEFAULT_BOARD, state)
    try:
        with _keys(desktop) as keys, LiveKey(key, keys) as live:
            live.plug()
            run_key(live, tr("emulated chip") if chip else tr("simulated"), as_json)
    finally:
        if state:
            keep(key, state)


@contextmanager
def _keys(desktop: bool) -> Iterator[Keys | None]:
    """Yield what receives the key's reports: this desktop, or None for a simulated computer."""
    if not desktop:
        yield None
        return
    from totpkey_virtual.hosts import DesktopKeys, NoDesktop

    try:
        keys = DesktopKeys()
    except NoDesktop as problem:
        raise TotpkeyError(
            tr("The key cannot type into this desktop: {problem}.", problem=problem),
            tr("It needs Linux with X11; or leave --desktop out."),
        ) from None
    try:
        yield keys
    finally:
        keys.close()

"""totpkey simulate"""

from __future__ import annotations

from pathlib import Path

import click

from totpkey.cli.hands import run_key
from totpkey.cli.live import LiveKey
from totpkey.cli.virtual_keys import DEFAULT_BOARD, chip_key, keep, simulated_key
from totpkey_protocol.boards import BOARDS

_board = click.Choice(sorted(BOARDS))
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)


@click.command("simulate", short_help="Run a key without hardware in this terminal.")
@click.option("--board", type=_board, metavar="ID", help="CircuitPython's id of a board.")
@click.option("--chip", type=_file, metavar="IMAGE", help="CircuitPython image for an emulated RP2040.")
@click.option("--state", type=_folder, metavar="DIR", help="Keep what the key holds in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON, take commands line by line.")
def command(board: str | None, chip: Path | None, state: Path | None, as_json: bool) -> None:
    """Run a key without hardware, a Trinkey QT2040 if no other board is named.

    Talk to it from another terminal: `totpkey --port PATH ...`.

    Without a terminal, or with --json, commands are read from standard input, one a line: press, hold
    SECONDS, wait SECONDS, unplug, plug, quit. Events are printed, one a line.
    """
    if board and chip:
        raise click.UsageError("The image says which board it is for: leave out --board.")
    key = chip_key(chip, state) if chip else simulated_key(board or DEFAULT_BOARD, state)
    try:
        with LiveKey(key) as live:
            live.plug()
            run_key(live, "emulated chip" if chip else "simulator", as_json)
    finally:
        if state:
            keep(key, state)

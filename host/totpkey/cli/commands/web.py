"""totpkey web"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from totpkey.cli.keys.connect import Selection
from totpkey.cli.output import give, say, warn
from totpkey.i18n.translation import tr
from totpkey.web import page_file
from totpkey_protocol.boards import BOARDS

if TYPE_CHECKING:
    from totpkey.web.keys import Keys
    from totpkey.web.server import PageServer

_board = click.Choice(sorted(BOARDS))
_folder = click.Path(file_okay=False, path_type=Path)


@click.command("web")
@click.option("--no-browser", is_flag=True, help="Print the page's address and open nothing.")
@click.option("--simulate", is_flag=True, help="With a simulated key, run in this terminal.")
@click.option("--board", type=_board, metavar="ID", help="CircuitPython's id of the simulated board.")
@click.option(
    "--state", type=_folder, metavar="DIR", help="Keep what the simulated key holds in this folder."
)
@click.pass_obj
def command(
    selection: Selection, no_browser: bool, simulate: bool, board: str | None, state: Path | None
) -> None:
    """Set up a key on a page in the browser, until Ctrl-C.

    The page and its way to the key are open to this computer alone, and to anyone who has the address that is
    printed. With --simulate the key runs in this terminal, where the space bar presses its button; without
    a terminal it takes the same lines as `totpkey simulate`.
    """
    if simulate and (selection.port or selection.key):
        raise click.UsageError(
            tr("The simulated key has no port of this computer: leave out --port and --key.")
        )
    if not simulate and (board or state):
        raise click.UsageError(tr("--board and --state are about a simulated key: add --simulate."))
    if simulate:
        _serve_simulated(board, state, no_browser)
    else:
        _serve_real(selection, no_browser)


def _serve_real(selection: Selection, no_browser: bool) -> None:
    from totpkey.web.keys import RealKeys

    try:
        with _server(RealKeys(selection.port, selection.key)) as (server, twice):
            _open(server, no_browser)
            say(tr("Ctrl-C ends it."))
            # Windows does not interrupt a wait without a timeout.
            while not twice.wait(0.5):
                pass
    except KeyboardInterrupt:
        say(tr("Ended."))


def _serve_simulated(board: str | None, state: Path | None, no_browser: bool) -> None:
    from totpkey.cli.simulation.choice import DEFAULT_BOARD, keep, simulated_key
    from totpkey.cli.simulation.controls import run_key
    from totpkey.cli.simulation.live_key import LiveKey, SimulatedKeys

    key = simulated_key(board or DEFAULT_BOARD, state)
    try:
        with LiveKey(key) as live, _server(SimulatedKeys(key, live.port)) as (server, twice):
            live.plug()
            _open(server, no_browser)
            run_key(live, tr("simulated"), ended=twice.is_set)
    finally:
        if state:
            keep(key, state)


@contextmanager
def _server(keys: Keys) -> Iterator[tuple[PageServer, threading.Event]]:
    """Yield the server and an event that tells the caller to end: its start address was opened twice.

    A signal could not report this: where Ctrl-C is ignored, as under nohup, it would not arrive. Raise
    PageMissing or StartedTwice.
    """
    from totpkey.web.server import PageServer, StartedTwice

    twice = threading.Event()
    with PageServer(keys, page_file().read_bytes, on_stranger=_warn_once(), on_second=twice.set) as server:
        yield server, twice
        if twice.is_set():
            raise StartedTwice()


def _warn_once() -> Callable[[], None]:
    """Return a function that warns only once, so that repeated requests cannot flood the terminal."""
    warned = threading.Lock()

    def on_stranger() -> None:
        if warned.acquire(blocking=False):
            warn(
                tr(
                    "Another user of this computer, or a program that cannot be identified, asked for"
                    " the page and was refused. If that was your browser, open the address above in it"
                    " yourself."
                )
            )

    return on_stranger


def _open(server: PageServer, no_browser: bool) -> None:
    """Print the address and, if wanted, open it."""
    give(server.address)
    if no_browser:
        return
    import webbrowser

    # Other users can see a browser's arguments, so this address works only for this user, and only once.
    if not webbrowser.open(server.start_address):
        say(tr("No browser could be started: open this address in one yourself."))

"""Waits until a board has restarted as a key."""

from __future__ import annotations

from totpkey import errors
from totpkey.cli.keys.connect import Selection
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.install import places
from totpkey.install.places import Place
from totpkey.link.discovery import connect, data_ports
from totpkey.system import times
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.words import BLANK

#: How long a boot loader may take to go, a board to come back as a key, and the interval of polling, in s.
_LEAVING = 30.0
_RESTART = 30.0
POLL = 0.25
#: How long a person may take to hold the button, in s.
HOLDING = 60.0
_NO_HELLO = _(
    "Unplug the board and plug it in; with accounts on it, hold its button for 3 s. Then "
    "`totpkey info`.\nIf its light stays dark, see whether the CircuitPython was the one for "
    "this very board."
)


def other_ports(selection: Selection) -> set[str]:
    """Return the ports of keys that are already connected. Call it before writing to the board."""
    return set() if selection.port else set(data_ports())


def await_restart(place: Place) -> None:
    """Wait until the boot loader is gone; it restarts after it has received everything. Raise CannotWrite."""
    end = times.ticks() + _LEAVING
    while places.at(place.path) == place:
        if times.ticks() >= end:
            raise errors.CannotWrite(
                tr("The board did not restart; {path} is still there.", path=place.path),
                tr("Unplug it and try again with another cable or port."),
            )
        times.wait(POLL)


def await_hello(selection: Selection, others: set[str], keep_vault: bool) -> None:
    """Wait until the new key says hello, and report it. `others` are ports of other keys. Raise NoKey."""
    if keep_vault:
        say(
            tr(
                "A key that has accounts starts as a keyboard: hold its button for 3 s now, so that it can "
                "answer."
            )
        )
    end = times.ticks() + (HOLDING if keep_vault else _RESTART)
    connection = None
    while not connection:
        try:
            connection = connect(
                selection.port,
                selection.key,
                find_ports=lambda: [port for port in data_ports() if port not in others],
            )
        except (errors.NoKey, errors.TransportError, errors.NoAnswer) as hindrance:
            if times.ticks() >= end:
                raise errors.NoKey(
                    tr("All was written, but no key has answered since. {cause}", cause=hindrance.cause),
                    tr(_NO_HELLO),
                ) from None
            times.wait(POLL)
    with connection.client:
        hello = connection.hello
    board = BOARDS[hello.board].name if hello.board in BOARDS else hello.board
    say(
        visible(
            tr(
                "Done: {board} is key {key}, firmware {firmware}, {state}.",
                board=board,
                key=hello.key,
                firmware=hello.firmware,
                state=hello.state,
            )
        )
    )
    if hello.state == BLANK:
        say(tr("Next: `totpkey time sync`, then `totpkey add Issuer:label`."))

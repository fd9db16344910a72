"""totpkey info"""

from __future__ import annotations

from dataclasses import asdict

import click

from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give_json, give_table, visible, warn
from totpkey.link.replies import Hello, Slots
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.version import __version__
from totpkey_protocol.words import BLANK, BLOCKED, DOUBTFUL, LOCKED, LOST, MISSING, OPEN, TRUSTED

_CLOCKS = {
    TRUSTED: "keeps time",
    DOUBTFUL: "may be too far off",
    LOST: "has lost its time",
    MISSING: "not found",
}

_STATES = {
    BLANK: "blank",
    OPEN: "open",
    LOCKED: "locked: run `totpkey unlock`",
    BLOCKED: "blocked: the PIN is destroyed after too many wrong ones",
}


@click.command("info", short_help="Show which key this is and how it is.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, as_json: bool) -> None:
    """Show which key this is: its id, board, versions, clock, number of accounts, and what opens it."""
    with connected(selection) as connection:
        hello, port = connection.hello, connection.port
        slots = None if hello.state == BLANK else connection.client.slots()
    if as_json:
        give_json(_data(hello, slots, port))
        return
    give_table(_rows(hello, port) + (_locks(slots) if slots else []))
    if hello.firmware != __version__:
        warn(f"The key's firmware is {hello.firmware}, this command is {__version__}: see `totpkey update`.")
    if hello.clock != TRUSTED:
        warn("Without the time the key types nothing: run `totpkey time sync`.")


def _data(hello: Hello, slots: Slots | None, port: str) -> dict[str, object]:
    data = {"port": port, **asdict(hello), "slots": asdict(slots) if slots else None}
    if hello.state in (LOCKED, BLOCKED):
        data["accounts"] = None
    return data


def _rows(hello: Hello, port: str) -> list[tuple[str, str]]:
    board = BOARDS.get(hello.board)
    return [
        ("key", visible(hello.key)),
        ("port", port),
        ("board", board.name if board else visible(hello.board)),
        ("firmware", visible(f"{hello.firmware} on CircuitPython {hello.circuitpython}")),
        ("clock", _CLOCKS[hello.clock]),
        ("state", _STATES[hello.state]),
        ("accounts", _accounts(hello)),
    ]


def _accounts(hello: Hello) -> str:
    if hello.state == BLANK:
        return "none yet"
    return str(hello.accounts) if hello.state == OPEN else "not told while locked"


def _locks(slots: Slots) -> list[tuple[str, str]]:
    opens = ["whoever holds it"] * slots.device
    opens += [f"its PIN ({slots.tries} wrong ones left)"] * slots.pin
    opens += ["its passphrase"] * slots.passphrase
    return [
        ("opens", " or ".join(opens) or "nothing: `totpkey wipe` makes it blank"),
        ("export", "allowed, for a backup" if slots.export else "switched off for good"),
    ]

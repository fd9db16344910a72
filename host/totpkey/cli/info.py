"""totpkey info"""

from __future__ import annotations

from dataclasses import asdict

import click

from totpkey.cli.output import give, give_json, table, visible, warn
from totpkey.cli.session import Selection, connected
from totpkey.client import Hello
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.commands import BLANK, LOST, MISSING, TRUSTED

_CLOCKS = {TRUSTED: "keeps time", LOST: "has lost its time", MISSING: "not found"}


@click.command("info", short_help="Show which key this is and how it is.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, as_json: bool) -> None:
    """Show which key this is: its id, board, versions, clock and number of accounts."""
    with connected(selection) as connection:
        hello, port = connection.hello, connection.port
    if as_json:
        give_json({"port": port, **asdict(hello)})
        return
    for line in table(_rows(hello, port)):
        give(line)
    if hello.clock != TRUSTED:
        warn("Without the time the key types nothing: run `totpkey time sync`.")


def _rows(hello: Hello, port: str) -> list[tuple[str, str]]:
    board = BOARDS.get(hello.board)
    return [
        ("key", visible(hello.key)),
        ("port", port),
        ("board", board.name if board else visible(hello.board)),
        ("firmware", visible(f"{hello.firmware} on CircuitPython {hello.circuitpython}")),
        ("clock", _CLOCKS[hello.clock]),
        ("accounts", "none yet" if hello.state == BLANK else str(hello.accounts)),
    ]

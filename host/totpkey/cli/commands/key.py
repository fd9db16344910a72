"""The key as a whole: `info` shows it, `done` ends its set-up, `wipe` erases it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import click

from totpkey import errors
from totpkey.accounts import ends
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give_json, give_table, say, visible, warn
from totpkey.clock import phrases
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Clock, Hello, Slots, StoredAccount
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.errors import STORAGE
from totpkey_protocol.version import __version__
from totpkey_protocol.words import BLANK, BLOCKED, DOUBTFUL, LOCKED, LOST, MISSING, OPEN, TRUSTED
from totpkey_volume.circuitpython import SEALED, says_sealed

_CLOCKS = {
    TRUSTED: _("keeps time"),
    DOUBTFUL: _("may be too far off"),
    LOST: _("has lost its time"),
    MISSING: _("not found"),
}

_GONE = _("does not answer: the PIN opens nothing without it")

_STATES = {
    BLANK: _("new: nothing on it yet"),
    OPEN: _("unlocked"),
    LOCKED: _("locked: run `totpkey unlock`"),
    BLOCKED: _("blocked: the PIN is erased after too many wrong ones"),
}


@click.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def info(selection: Selection, as_json: bool) -> None:
    """Show which key this is: its id, board, versions, clock, number of accounts, and what opens it."""
    with connected(selection) as connection:
        hello, port = connection.hello, connection.port
        slots = None if hello.state == BLANK else connection.client.slots()
        clock = connection.client.clock()
        accounts = connection.client.list() if hello.state == OPEN else ()
    if as_json:
        give_json({**_data(hello, slots, port), "clock_first_set": clock.first or None})
        return
    give_table(_rows(hello, clock, port) + (_locks(slots) if slots else []) + _ends(accounts))
    if hello.firmware != __version__:
        warn(
            tr(
                "The key's firmware is {firmware}, this command is {version__}: see `totpkey update`.",
                firmware=hello.firmware,
                version__=__version__,
            )
        )
    if hello.clock != TRUSTED:
        warn(tr("Without the time the key types nothing: run `totpkey time sync`."))


def _data(hello: Hello, slots: Slots | None, port: str) -> dict[str, object]:
    sealed = says_sealed(hello.circuitpython)
    data = {"port": port, **asdict(hello), "sealed": sealed, "slots": asdict(slots) if slots else None}
    if hello.state in (LOCKED, BLOCKED):
        data["accounts"] = None
    return data


def _rows(hello: Hello, clock: Clock, port: str) -> list[tuple[str, str]]:
    board = BOARDS.get(hello.board)
    return [
        (tr("key"), visible(hello.key)),
        (tr("port"), port),
        (tr("board"), board.name if board else visible(hello.board)),
        (
            tr("firmware"),
            visible(
                tr(
                    "{firmware} on CircuitPython {circuitpython}",
                    firmware=hello.firmware,
                    circuitpython=hello.circuitpython.removesuffix(SEALED),
                )
            ),
        ),
        (
            tr("sealed"),
            tr("yes") if says_sealed(hello.circuitpython) else tr("no: see `totpkey doctor`"),
        ),
        (tr("clock"), _clock(hello, clock)),
        (tr("state"), tr(_STATES[hello.state])),
        (tr("accounts"), _accounts(hello)),
    ]


def _clock(hello: Hello, clock: Clock) -> str:
    """Name the first time that a new key was given, too: it needs no touch, so anybody may have set it."""
    state = tr(_CLOCKS[hello.clock])
    if not clock.first:
        return state
    return tr(
        "{state}; first set without a touch, at {moment} by its own time",
        state=state,
        moment=phrases.moment(clock.first),
    )


def _accounts(hello: Hello) -> str:
    if hello.state == BLANK:
        return tr("none yet")
    return str(hello.accounts) if hello.state == OPEN else tr("not told while locked")


def _ends(accounts: Iterable[StoredAccount]) -> list[tuple[str, str]]:
    """The accounts that are lent, until when, and why they give no code."""
    return [
        (tr("lent"), tr("{name}: {end}", name=visible(each.name), end=end))
        for each in accounts
        if (end := ends.described(each.end, each.over, visible(each.lender)))
    ]


def _locks(slots: Slots) -> list[tuple[str, str]]:
    opens = [tr("anyone who holds it")] * slots.device
    opens += [tr("its PIN ({tries} tries left)", tries=slots.tries)] * slots.pin
    opens += [tr("its passphrase")] * slots.passphrase
    return [
        (tr("lock"), tr(" or ").join(opens) or tr("nothing: `totpkey wipe` erases it")),
        (tr("backup"), tr("allowed, for a backup") if slots.export else tr("switched off for good")),
        *_element(slots),
    ]


def _element(slots: Slots) -> list[tuple[str, str]]:
    if slots.with_element:
        return [(tr("element"), tr("counts the PIN's tries") if slots.element else tr(_GONE))]
    return [(tr("element"), tr("there, not in use: see `totpkey doctor`"))] if slots.element else []


@click.command("done")
@click.pass_obj
def done(selection: Selection) -> None:
    """Leave setup. The key is a keyboard again, and its serial port goes away."""
    with connected(selection) as connection:
        again = phrases.next_setting(connection.client.clock())
        is_open = connection.hello.state == OPEN
        chosen = [account.name for account in connection.client.list() if account.chosen] if is_open else []
        connection.client.done()
    say(tr("Done: the key is a keyboard now. Press its button where a code is asked for."))
    for name in chosen:
        say(tr("It types the code of {name}.", name=visible(name)))
    if again:
        say(again)


@click.command("wipe")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its gesture.")
@click.pass_obj
def wipe(selection: Selection, force: bool) -> None:
    """Remove all accounts, PIN and passphrase for good, after a gesture at the key's button.

    It works in every state, so it is also the way out for a key that nothing unlocks any more.
    """
    with connected(selection) as connection:
        if not force:
            _confirm(connection.hello.key)
        _wipe(connection.client)
    say(tr("Erased: the key is like new."))


def _wipe(client: KeyClient) -> None:
    try:
        client.wipe()
    except errors.KeyRefused as refused:
        if refused.code != STORAGE:
            raise
        raise errors.DoneInPart(
            tr("The key is erased, but a worn part of its memory still holds old data."),
            tr(
                "Run the command again. If this happens again and nobody may ever read that data, destroy"
                " the board."
            ),
        ) from None


def _confirm(key: str) -> None:
    question = tr(
        "Erase the key? All its accounts are gone for good.\nType wipe, or the key's id ({key}), to go on",
        key=visible(key),
    )
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    if answer.strip().lower() not in ("wipe", key.lower()):
        raise errors.Declined(tr("Nothing was erased."))

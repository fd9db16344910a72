"""totpkey init"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.input import questions
from totpkey.cli.input.no_secrets_in_argv import RedactingCommand
from totpkey.cli.input.prompts import new_passphrase, new_pin
from totpkey.cli.keys import locks
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say, warn
from totpkey.clock.synchronise import synchronise
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey_protocol.words import BLANK, DEVICE, PASSPHRASE, PIN, SLOTS

_CHOICES = (DEVICE, PIN, PASSPHRASE)
_QUESTION = _(
    "Protect this key?\n  1  no lock: anyone who holds it can type your codes\n  2  a PIN, entered with the"
    " key's button: stops anyone who finds or borrows the key\n  3  a passphrase, entered on a computer: also"
    " stops those who can read its chip\nYou can change it later"
)
_EXPORT = _(
    "Allow encrypted backups? They are encrypted with a passphrase you choose, and need the button. If you"
    " say no, this key can never be backed up, and only erasing it takes that back"
)
_READY = {
    DEVICE: _("The key is ready. Anyone who holds it can type your codes; `totpkey pin set` changes that."),
    PIN: _(
        "The key is ready. It asks for the PIN after it is plugged in: docs/guide/pin.md shows how to enter"
        " it."
    ),
    PASSPHRASE: _(
        "The key is ready. After plugging it in, hold its button for 3 s, then run `totpkey "
        "unlock` and `totpkey done`."
    ),
}


@click.command("init", cls=RedactingCommand)
@click.option("--lock", type=click.Choice(SLOTS), help="What unlocks the key; without it you are asked.")
@click.option("--no-export", is_flag=True, help="Never let accounts leave the key, not even for a backup.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN or passphrase from standard input.")
@click.pass_obj
def command(selection: Selection, lock: str | None, no_export: bool, from_stdin: bool) -> None:
    """Choose a lock for a new key, and whether it may ever be backed up.

    Its clock is set, too. A PIN or passphrase is set after a gesture at its button.
    """
    if from_stdin and lock not in (PIN, PASSPHRASE):
        raise click.UsageError(tr("--stdin goes with --lock pin or --lock passphrase."))
    with connected(selection) as connection:
        _require_blank(connection.hello.state)
        chosen = lock or _ask_for_lock()
        export = not no_export and (lock is not None or _ask_for_export())
        secret = _ask_for_secret(chosen, from_stdin)
        _set_clock(connection.client)
        connection.client.init(export)
        _set(connection.client, chosen, secret)
    say(tr(_READY[chosen]))
    say(tr("Next: `totpkey enroll` sets it up at a site, step by step."))


def _require_blank(state: str) -> None:
    if state != BLANK:
        require_open(state)
        raise errors.KeyNotReady(
            tr("The key is set up already."),
            tr("`totpkey pin set` and `totpkey passphrase set` lock it; `totpkey wipe` erases it."),
        )


def _set_clock(client: KeyClient) -> None:
    """Its first time needs no gesture. Without a time the key is set up all the same."""
    try:
        synchronise(client)
    except (errors.HostClockWrong, errors.KeyRefused) as problem:
        warn(problem.cause)


def _ask_for_lock() -> str:
    say(tr(_QUESTION))
    return _CHOICES[questions.choose(tr("1, 2 or 3"), len(_CHOICES)) - 1]


def _ask_for_export() -> bool:
    say(tr(_EXPORT))
    return questions.agreed(tr("Allow it"))


def _ask_for_secret(lock: str, from_stdin: bool) -> str:
    if lock == PIN:
        return new_pin(from_stdin)
    return new_passphrase(from_stdin) if lock == PASSPHRASE else ""


def _set(client: KeyClient, lock: str, secret: str) -> None:
    try:
        if lock == PIN:
            client.set_pin(secret)
        elif lock == PASSPHRASE:
            locks.set_passphrase(client, secret)
    except (errors.KeyRefused, errors.NotDone):
        warn(
            tr(
                "The key is set up, but without a {names}: anyone who holds it can type. `totpkey {lock} "
                "set` sets one.",
                names=tr(locks.NAMES[lock]),
                lock=lock,
            )
        )
        raise

"""totpkey add"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.accounts.account import read as read_account
from totpkey.cli.input.names import refuse_secret
from totpkey.cli.input.no_secrets_in_argv import SecretCommand
from totpkey.cli.input.prompts import read_stdin
from totpkey.cli.input.qr_source import QrSource
from totpkey.cli.keys.add_one import (
    account_of,
    ask_setup_key,
    keys_to_add_to,
    refuse_taken_name,
    stored,
)
from totpkey.cli.keys.connect import Selection
from totpkey.cli.keys.states import require_ready
from totpkey.cli.output import say, visible, warn
from totpkey.clock.synchronise import measure
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.discovery import Connection
from totpkey_protocol.words import ALGORITHMS, DOUBTFUL, HOTP, TRUSTED
from totpkey_readers.records import pasted

#: With a clock further off than this, in seconds, some sites reject the codes.
_CLOCK_OFF = 5
_TAKEN = _(
    "Give the new one another NAME, rename the old one (`totpkey rename {account} …`), or add it beside the"
    " old one with --force."
)


@click.command("add", cls=SecretCommand)
@click.argument("name", default="")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the setup key or link from standard input.")
@click.option("--qr", "picture", metavar="FILE", help="Read a QR code in a picture or PDF.")
@click.option("--screen", is_flag=True, help="Read a QR code on the screen, whichever monitor it is on.")
@click.option("--clipboard", is_flag=True, help="Take the picture or the text in the clipboard.")
@click.option("--camera", is_flag=True, help="Read a QR code held before the camera.")
@click.option(
    "--also", metavar="KEY", help="Add it to this second key too: the beginning of its id, or its port."
)
@click.option(
    "--algorithm", default="SHA1", help=f"For a setup key: {', '.join(ALGORITHMS)}.", show_default=True
)
@click.option("--digits", default=6, help="For a setup key: digits of a code.", show_default=True)
@click.option("--period", default=30, help="For a setup key: seconds per code.", show_default=True)
@click.option("--recipe", default="", help="What a press types: see `totpkey recipe --help`.")
@click.option("--lenient", is_flag=True, help="Take a setup key that seems to lack its end.")
@click.option("-f", "--force", is_flag=True, help="Add it even if the key has one of that name.")
@click.pass_obj
def command(
    selection: Selection,
    name: str,
    from_stdin: bool,
    picture: str | None,
    screen: bool,
    clipboard: bool,
    camera: bool,
    also: str | None,
    algorithm: str,
    digits: int,
    period: int,
    recipe: str,
    lenient: bool,
    force: bool,
) -> None:
    """Add an account from the setup key or the otpauth:// link that a site shows, and prove it.

    NAME is Issuer:label or a label; a link has its own, which NAME overrides. The setup key is asked for,
    read with --stdin, or taken from a QR code; it is never given on the command line. The account counts as
    saved only when the key and this computer agree on its code. From then on a press types it.
    """
    refuse_secret(name)
    qr = QrSource(picture or "", screen, clipboard, camera)
    if qr.count:
        text = qr.text()
    elif from_stdin:
        with errors.in_words():
            text = pasted.setup_key_in(read_stdin(_("setup key or a link")))
    else:
        text = ask_setup_key(tr("Setup key or otpauth:// link"), lenient)
    reading = read_account(text, name, algorithm, digits, period, lenient)
    account = replace(account_of(reading), recipe=recipe)
    with keys_to_add_to(selection, also) as keys:
        _add_to(keys, account, force)


def _add_to(keys: Sequence[Connection], account: Account, force: bool) -> None:
    """Add an account to all of the keys. Raise DoneInPart."""
    for connection in keys:
        require_ready(connection.hello.state)
    if not force:
        refuse_taken_name(keys, account, _TAKEN)
    for connection, added in stored(keys, account, force):
        say(_saved(connection.hello.key if len(keys) > 1 else "", visible(account.name), added.account))
    # Check the clocks last: a key that is unplugged during the check then cannot keep others from being saved
    # to.
    for connection in keys:
        if account.type != HOTP:
            _warn_of_clock(connection)


def _saved(key: str, name: str, account: str) -> str:
    if key:
        return tr(
            "Saved on key {key}: {name} ({account}); key and computer agree on its code.",
            key=visible(key),
            name=name,
            account=account,
        )
    return tr("Saved: {name} ({account}); key and computer agree on its code.", name=name, account=account)


def _warn_of_clock(connection: Connection) -> None:
    """Warn now that sites will reject the codes; else the user would notice only at the next login."""
    if connection.hello.clock == DOUBTFUL:
        warn(tr("The key's clock may be too far off, so it types nothing yet: run `totpkey time sync`."))
    elif connection.hello.clock != TRUSTED:
        warn(tr("The key's clock has lost its time, so it types nothing yet: run `totpkey time sync`."))
    elif abs(measure(connection.client).seconds) > _CLOCK_OFF:
        warn(tr("The key's clock and this computer's differ: `totpkey time` shows by how much."))

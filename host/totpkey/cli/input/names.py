"""Names given on the command line."""

from __future__ import annotations

from collections.abc import Iterable

import click

from totpkey import errors
from totpkey.cli.output import visible
from totpkey.i18n.translation import tr
from totpkey.link.replies import StoredAccount
from totpkey_readers.records.key_uri import looks_secret


def refuse_secret(name: str) -> None:
    """Refuse a secret or key URI in place of a name, without repeating it. Raise click.UsageError."""
    if looks_secret(name):
        raise click.UsageError(
            tr(
                "The name looks like a secret or an otpauth:// link. Secrets do not belong on the"
                " command line: this one is now in your shell's history, and other users may have seen"
                " it. Have the site make a new one, then run `totpkey add NAME` and paste it when"
                " asked, or pipe it in with --stdin."
            )
        )


def refuse_taken(
    accounts: Iterable[StoredAccount], issuer: str, label: str, remedy: str, **values: str
) -> None:
    """Raise AlreadyThere if an account on the key has that name.

    `remedy` is a message of the catalogue with placeholders for the account's id, `{account}`, and `values`.
    """
    for stored in accounts:
        if (stored.issuer, stored.label) == (issuer, label):
            cause = tr(
                "The key already has {name} ({account}).", name=visible(stored.name), account=stored.account
            )
            raise errors.AlreadyThere(cause, tr(remedy, account=stored.account, **values))

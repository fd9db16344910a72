"""Names given on the command line."""

from __future__ import annotations

import click

from totpkey.otpauth import looks_secret
from totpkey.translation import tr


def refuse_secret(name: str) -> None:
    """Refuse a secret or key URI in place of a name, without repeating it. Raises click.UsageError."""
    if looks_secret(name):
        raise click.UsageError(
            tr(
                "The name looks like a secret or a key URI. Secrets do not belong on the command line: this"
                " one"
                " is now in your shell's history, and other users may have seen it. Have the site make a new"
                " one, then run `totpkey add NAME` and paste it when asked, or pipe it in with --stdin."
            )
        )

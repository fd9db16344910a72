"""Commands that accept no secrets, PINs or passphrases as arguments, and never repeat one."""

from __future__ import annotations

import os

import click

from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _

_NOT_HERE = _(
    "PINs and passphrases do not belong on the command line: what stood there is now in your shell's history,"
    " and other users may have seen it. Leave it out and you are asked, or pipe it in with --stdin."
)
_NO_PASSPHRASE = _(
    "What stood there is not repeated, since it may be a passphrase. If it is, it is now in your shell's"
    " history, and other users may have seen it: protect nothing with it any more. Leave it out and you are"
    " asked, or pipe it in with --stdin."
)
_NO_SECRET = _(
    "What stood there is not repeated, since it may be a secret. If it is, it is now in your shell's history,"
    " and other users may have seen it: have the site make a new one, and paste it when this command asks. A"
    " name with spaces stands in quotes."
)
_KINDS = {
    "integer": _("a whole number"),
    "integer range": _("a whole number"),
    "scheme": _("two numbers from 2 to 16, such as 2of3"),
}


class RedactingCommand(click.Command):
    """Refuses arguments and option values without repeating them, as click's own messages would."""

    allow_extra_args = True
    #: The message instead.
    refusal = _NOT_HERE

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as wrong:
            raise click.UsageError(_no_such_option(wrong, ctx), ctx) from None
        except click.MissingParameter:
            raise
        except click.BadParameter as wrong:
            # For a path, the message names an existing file, which is no secret.
            if wrong.param is None or isinstance(wrong.param.type, click.Path):
                raise
            raise click.UsageError(joined(_takes(wrong.param, ctx), tr(self.refusal)), ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        if ctx.args:
            raise click.UsageError(tr(self.refusal), ctx)
        return super().invoke(ctx)


class PassphraseCommand(RedactingCommand):
    """A command with files that have a passphrase or password."""

    refusal = _NO_PASSPHRASE


class SecretCommand(RedactingCommand):
    """A command that prompts for a secret and accepts none as an argument."""

    refusal = _NO_SECRET

    def invoke(self, ctx: click.Context) -> object:
        given = [value for value in ctx.params.values() if isinstance(value, str)]
        if any(map(_is_secret, given)):
            raise click.UsageError(tr(self.refusal), ctx)
        return super().invoke(ctx)


class RedactingGroup(click.Group):
    """A group of such commands. It does not repeat the name of an unknown command."""

    command_class = RedactingCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            choose = tr("Choose one of: {known}.", known=", ".join(self.commands))
            raise click.UsageError(joined(choose, tr(_NOT_HERE)), ctx)
        return super().resolve_command(ctx, args)


def not_repeated(place: int, count: int) -> tuple[str, str]:
    """Return cause and remedy for a missing file. Its name may be a passphrase by mistake."""
    return tr("File {place} of {count} does not exist.", place=place, count=count), tr(_NO_PASSPHRASE)


def _no_such_option(wrong: click.NoSuchOption, ctx: click.Context) -> str:
    message = tr("There is no such option: `{command} --help` lists all.", command=ctx.command_path)
    like = ", ".join(wrong.possibilities or ())
    return message + " " + tr("Did you mean {like}?", like=like) if like else message


def _takes(param: click.Parameter, ctx: click.Context) -> str:
    option = param.get_error_hint(ctx)
    if isinstance(param.type, click.Choice):
        return tr("{option} takes one of {known}.", option=option, known=", ".join(param.type.choices))
    kind = _KINDS.get(param.type.name)
    return (
        tr("{option} takes {kind}.", option=option, kind=tr(kind))
        if kind
        else tr("{option} does not take that.", option=option)
    )


def _is_secret(text: str) -> bool:
    """Return whether a text looks like a secret, but is neither a key's id nor the name of a file."""
    from totpkey_readers.records.key_uri import looks_secret

    is_id = set(text.lower()) <= set("0123456789abcdef")
    return looks_secret(text) and not is_id and not os.path.exists(text)

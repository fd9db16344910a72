"""Commands about PINs and passphrases: they take none on the command line, and do not repeat one."""

from __future__ import annotations

import click

_NOT_HERE = (
    "PINs and passphrases do not belong on the command line: what stood there is now in your shell's history,"
    " and other users may have seen it. Leave it out and you are asked, or pipe it in with --stdin."
)


class DiscreetCommand(click.Command):
    """Refuses arguments without repeating them, as click's own message would."""

    allow_extra_args = True

    def invoke(self, ctx: click.Context) -> object:
        if ctx.args:
            raise click.UsageError(_NOT_HERE, ctx)
        return super().invoke(ctx)


class DiscreetGroup(click.Group):
    """A group of such commands, which does not repeat the name of one that it does not have."""

    command_class = DiscreetCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"Choose one of: {', '.join(self.commands)}. {_NOT_HERE}", ctx)
        return super().resolve_command(ctx, args)

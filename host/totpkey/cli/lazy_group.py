"""A click group that imports commands on demand, so that `--help` stays fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from totpkey.i18n.translation import tr


def command_in(module: ModuleType, name: str) -> object:
    """The command of that name in its module."""
    return vars(module).get("command") or vars(module)[name]


class LazyGroup(click.Group):
    """Finds the command `name` as `command` in the module `package.name`, or in the one that `modules` names.

    There it may also be under its own name, beside others of its family. `groups` contains the commands'
    summaries under the headings of the help text, which shows those in `first` unless it is to show `ALL`. No
    command states its own.
    """

    ALL = "totpkey.help.all"

    def __init__(
        self,
        *args: Any,
        package: str,
        groups: Mapping[str, Mapping[str, str]],
        first: Sequence[str],
        modules: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._modules = modules
        self._groups = groups
        self._first = first
        self.summaries = {name: summary for group in groups.values() for name, summary in group.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.summaries)

    def module_of(self, cmd_name: str) -> str:
        return self._modules.get(cmd_name) or f"{self._package}.{cmd_name}"

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.summaries:
            return None
        command = command_in(import_module(self.module_of(cmd_name)), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        # Its own help text is longer, and click would cut it.
        command.short_help = self.summaries[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if not (close := get_close_matches(args[0], self.summaries, 1)):
                raise
            question = tr("Did you mean `{command}`?", command=f"{ctx.info_name} {close[0]}")
            # Behind a Chinese full stop there is no space.
            between = " " * error.message.isascii()
            raise click.UsageError(f"{error.message}{between}{question}", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = self.summaries if ctx.meta.get(self.ALL) else self._first
        width = max(map(len, shown))
        for heading, group in self._groups.items():
            # Pad to the same width in each group, so that all summaries align.
            rows = [(name.ljust(width), summary) for name, summary in group.items() if name in shown]
            if rows:
                with formatter.section(tr(heading)):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if ctx.meta.get(self.ALL):
            super().format_epilog(ctx, formatter)
        else:
            formatter.write_paragraph()
            formatter.write_text(tr("`totpkey help all` lists all commands, and the exit codes."))

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=tr(summary))
            for name, summary in self.summaries.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

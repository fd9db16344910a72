"""A parameter's whole number, refused in the reader's words: click's name its ranges as a program does."""

from __future__ import annotations

from typing import Any

import click

from totpkey.i18n.translation import tr


class WholeNumber(click.IntRange):
    """From `least` to `most`; without `most`, as large as the person wants."""

    def __init__(self, least: int, most: int | None = None) -> None:
        super().__init__(least, most)
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(value)
        except ValueError:
            self.fail(tr("{value} is not a whole number.", value=repr(value)), param, ctx)
        if number < self._least or (self._most is not None and number > self._most):
            self.fail(self._out_of_range(number), param, ctx)
        return number

    def _out_of_range(self, number: int) -> str:
        if self._most is None:
            return tr("{value} is less than {least}.", value=number, least=self._least)
        return tr("{value} is not from {least} to {most}.", value=number, least=self._least, most=self._most)

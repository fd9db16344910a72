"""The option that says how many sheets there are, and how many of them are needed, as in `2of3`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from totpkey.backups import sheets

if TYPE_CHECKING:
    _Type = click.ParamType[tuple[int, int]]
else:
    # Only newer versions of click say what a type gives.
    _Type = click.ParamType


class Scheme(_Type):
    """Reads `2of3` as (2, 3)."""

    name = "scheme"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        found = re.fullmatch(r"(\d{1,2})of(\d{1,2})", str(value))
        needed, count = map(int, found.groups()) if found else (0, 0)
        if not sheets.LEAST <= needed <= count <= sheets.MOST:
            # The command says what is taken instead, and does not repeat what stood there.
            self.fail(self.name, param, ctx)
        return needed, count

"""Draws a virtual key in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from time import gmtime, strftime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from totpkey.cli.simulation.live_key import EVERYDAY, SETUP, STARTING, UNPLUGGED, LiveKey
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol.boards import BOARDS

_FACES = {
    EVERYDAY: _("a keyboard, and nothing else"),
    SETUP: _("ready to be set up: keyboard and serial port"),
    STARTING: _("starting"),
    UNPLUGGED: _("unplugged"),
}
_BRAILLE = 0x2800
#: The bit of each dot of a Braille letter, by its place.
_DOTS = {(0, 0): 1, (0, 1): 2, (0, 2): 4, (1, 0): 8, (1, 1): 16, (1, 2): 32, (0, 3): 64, (1, 3): 128}
_KEYS = (
    (_("space"), _("press")),
    ("h", _("hold: next account")),
    ("s", _("hold 3 s: set up")),
    ("u", _("unplug or plug in")),
    ("q", _("quit")),
)


def draw(live: LiveKey, kind: str, history: str) -> RenderableType:
    """Draw the key's current state. `kind` says what runs it, `history` what it has typed."""
    board = BOARDS[live.key.board]
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_row(tr("light"), lamp(live.light, live.touched))
    facts.add_row(tr("state"), tr(_FACES[live.face]))
    facts.add_row(tr("port"), Text(str(live.port), style="bold" if live.face == SETUP else "dim"))
    facts.add_row(tr("clock"), _clock(live))
    if any(map(any, live.key.glass)):
        facts.add_row(tr("display"), Text(glass(live.key.glass), style="bold white on black"))
    facts.add_row(tr("typed"), Text(history or tr("nothing yet"), style="bold green" if history else "dim"))
    panel = Panel(facts, title=f"{board.name}, {kind}", border_style="blue", padding=(1, 2))
    return Group(panel, _legend())


def lamp(rgb: tuple[int, int, int], touched: bool = False) -> Text:
    """Draw the light as a coloured dot, brighter than the key's, which is too dim for a screen."""
    red, green, blue = (min(255, 4 * value) for value in rgb)
    dot = Text("●" if any(rgb) else "○", style=f"rgb({red},{green},{blue})" if any(rgb) else "dim")
    return dot.append("  " + tr("button down"), style="dim") if touched else dot


def glass(rows: Sequence[Sequence[bool]]) -> str:
    """Draw pixels as Braille letters (Unicode chapter 21.1), each two wide and four high."""
    lines = []
    for top in range(0, len(rows), 4):
        letters = [
            sum(bit for (x, y), bit in _DOTS.items() if rows[top + y][left + x])
            for left in range(0, len(rows[0]), 2)
        ]
        lines.append("".join(chr(_BRAILLE + dots) for dots in letters))
    return "\n".join(lines)


def _clock(live: LiveKey) -> str:
    ahead = live.clock_ahead
    if ahead is None:
        return tr("has lost its time")
    shown = gmtime(live.key.true_time + ahead)
    return f"{strftime('%Y-%m-%d %H:%M:%S', shown)} UTC ({1000 * ahead:+.0f} ms)"


def _legend() -> Text:
    legend = Text("  ")
    for key, meaning in _KEYS:
        legend.append(tr(key), style="bold").append(f" {tr(meaning)}   ", style="dim")
    return legend

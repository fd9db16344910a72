"""Write the parts of documents and of a module that follow from a single definition elsewhere.

python tools/written_parts.py        (a test fails while one of them is out of date)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap

from totpkey.keyboard import calibration
from totpkey.keyboard.layouts import PARTS, layouts
from totpkey_firmware.clock import ds3231, pcf8523, rv3028, rv3032
from totpkey_protocol import answers, commands, consent, errors, fields, limits, words
from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.fields import Command, Field
from totpkey_protocol.layout_digests import SIZE
from totpkey_protocol.version import PROTOCOL

ROOT = Path(__file__).resolve().parent.parent
#: Commands whose replies begin those of others.
BASES = ("hello", "time")
#: What is before and behind a part, by the ending of its file.
MARKS = {".md": ("<!--{}-->", "<!--end-->"), ".py": ("# {}", "# end")}
CHIPS = (ds3231.DS3231, rv3032.RV3032, rv3028.RV3028, pcf8523.PCF8523)
#: A setting by the command, whose computer keeps its clock right, in s.
_EXACT = 0.06
#: How many digests are in a row.
_ROW = 3


def bounds(field: Field) -> str:
    """Describe the accepted values of a field, as the document's first part explains it."""
    least, most = field.least, field.most
    if field.kind == fields.NUMBER:
        return f"{least}..{most}"
    if field.kind == fields.CHOICE:
        return ", ".join(choice or '""' for choice in field.choices)
    if field.kind in (fields.SECRET, fields.HEX):
        least, most = least // 2, most // 2
    named = {fields.ACCOUNT: "id", fields.SEALED: "base64", fields.ACCOUNTS: "list of the below"}
    if field.kind in named:
        return named[field.kind]
    kind = {fields.SECRET: "hex", fields.HEX: "hex", words.PIN: "digits"}.get(field.kind, "text")
    return f"{kind} {least}" if least == most else f"{kind} {least}..{most}"


def listed(sign: str, some: tuple[Field, ...]) -> list[str]:
    """Return a line for each field; the first begins with a sign. A request's field may be left out."""
    width = max(len(field.name) for field in some)
    lines = []
    for number, field in enumerate(some):
        default = '""' if field.default == "" else field.default
        rest = "" if sign != "→" or default is None else f" = {default}"
        lines.append(f"{' ' if number else sign} {field.name:{width}}  {bounds(field)}{rest}")
    return lines


def command(entry: Command) -> list[str]:
    """Describe a command of setup: its consent and states if they are not as usual, arguments and reply."""
    when = f" ({consent.WHEN[entry.name]})" if entry.name in consent.WHEN else ""
    parts = [f"Consent: {entry.consent}{when}."] if entry.consent != words.NEVER else []
    parts += [f"States: {', '.join(entry.states)}."] if entry.states != words.STATES else []
    lines = [" ".join(parts)] if parts else []
    return [*lines, *takes_and_gives(entry)]


def takes_and_gives(entry: Command) -> list[str]:
    """Describe a command's arguments and its reply."""
    gives = answers.of(entry)
    lines = listed("→", entry.takes) if entry.takes else []
    lines += replied(entry, gives) if gives else []
    lines += ["", *listed(" ", answers.LISTED)] if entry.name == "list" else []
    return ["", "```", *lines, "```"] if lines else []


def replied(entry: Command, gives: tuple[Field, ...]) -> list[str]:
    """Describe a reply. What it has in common with that of a command in `BASES` is not repeated."""
    for base in commands.COMMANDS:
        common = answers.of(base) if base.name in BASES and base is not entry else ()
        if common and gives[: len(common)] == common:
            first, more = f"← what `{base.name}` gives", gives[len(common) :]
            return [f"{first}, and", *listed(" ", more)] if more else [first]
    return listed("←", gives)


def protocol() -> dict[str, list[str]]:
    """Return the parts of the reference of the protocol by name."""
    figures = [("protocol version", PROTOCOL), ("longest frame, bytes", limits.FRAME)]
    figures += [("largest id", limits.REQUEST_ID), ("wait for a touch, s", limits.PRESS_WAIT)]
    figures += [("setup ends after, s idle", limits.SETUP_IDLE)]
    figures += [("… after, s untouched", limits.SETUP_UNTOUCHED)]
    figures += [("clock correction without a touch, s beyond its drift", limits.SLACK)]
    figures += [("… at most, s", limits.DRIFT_MOST), ("shown before a touch counts, s", limits.ANNOUNCED)]
    figures += [("accounts with no touch", limits.FREE_CHANGES)]
    figures += [("small changes after a touch, s", limits.CHANGES_LAST)]
    figures += [("what a touch allowed ends, s idle", limits.GRANT_IDLE)]
    classes = [f"| {name} | {gesture} | {light} |" for name, (gesture, light) in consent.CLASSES.items()]
    small = (
        f"A *small* change needs no touch within {limits.CHANGES_LAST // 60} minutes after a touch for any"
        " change. An *addition* is small, and also needs none if it is one of the first"
        f" {limits.FREE_CHANGES} in a session or belongs to a `batch`."
    )
    parts = {
        "limits": ["| limit | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in figures)],
        "classes": ["| consent | gesture | the light |", "|---|---|---|", *classes, "", *wrap(small, 100)],
        "errors": [", ".join(f"`{code}`" for code in errors.ALL)],
    }
    return parts | {entry.name: command(entry) for entry in commands.COMMANDS}


def dates() -> dict[str, list[str]]:
    """Return each chip's possible drift, and when so much has come of it."""
    states = "".join(f" {state} | ±{limits.BUDGET} s | doubt |" for state in ("as it comes", "known"))
    lines = [f"| chip |{states}", "|---|---|---|---|---|---|---|"]
    for chip in CHIPS:
        cells = [chip.name]
        for rate in (chip.worst, chip.steady):
            cells += [f"{rate / 1000:g} ppm", *(_days(most, rate) for most in (limits.BUDGET, limits.DUE))]
        lines.append(f"| {' | '.join(cells)} |")
    return {"dates": lines}


def _days(seconds: int, rate: int) -> str:
    days = (seconds - _EXACT) * 1e9 / rate / 86400
    return f"{days:.0f} days" if days < 100 else f"{days / 30.4:.0f} months"


def pins() -> dict[str, list[str]]:
    """Return where clock and button are on each board, and what its light is. Sizes of flash have no row."""
    rows = {board.name.partition(" (")[0]: _pins(board) for board in BOARDS.values()}
    lines = [f"| {' | '.join([name, *cells])} |" for name, cells in rows.items()]
    return {"pins": ["| board | clock SCL, SDA | button, to ground | light |", "|---|---|---|---|", *lines]}


def _pins(board: Board) -> list[str]:
    light = "NeoPixel" if board.light == ("NEOPIXEL",) else {1: "LED", 3: "RGB LED"}[len(board.light)]
    return [
        f"{board.scl}, {board.sda}",
        "its own" if board.own_button else board.button,
        f"its {light}{'s' * (board.pixels > 1)}",
    ]


def digests() -> dict[str, list[str]]:
    """Return the sorted digests of every layout and every part of one, by which a key recognises them."""
    tables = [
        each.table
        for layout in layouts().values()
        for each in (layout, *(layout.part(ending) for ending in PARTS))
    ]
    # `calibrate` recognises a layout by this table: each plain key followed by a space.
    tables.append(calibration.probe().table)
    found = sorted({hashlib.sha256(table).digest()[:SIZE] for table in tables})
    rows = [
        "".join(f"\\x{byte:02x}" for each in found[at : at + _ROW] for byte in each)
        for at in range(0, len(found), _ROW)
    ]
    return {"from the layouts": ["_KNOWN = (", *(f'    b"{row}"' for row in rows), ")"]}


#: The files, and what gives their parts.
FILES: dict[str, Callable[[], dict[str, list[str]]]] = {
    "docs/reference/protocol-reference.md": protocol,
    "docs/concepts/clock.md": dates,
    "hardware/README.md": pins,
    "firmware/lib/totpkey_protocol/layout_digests.py": digests,
}


def render(file: str) -> str:
    """Return the text of one of `FILES` with each part updated. Raise ValueError if a part is missing."""
    text = (ROOT / file).read_text(encoding="utf-8")
    begin, end = MARKS[Path(file).suffix]
    for name, lines in FILES[file]().items():
        text = put(text, begin.format(name), end, lines)
    return text


def put(text: str, begin: str, end: str, lines: list[str]) -> str:
    """Return `text` with other lines between two marks. Raise ValueError if one is missing."""
    before, found, rest = text.partition(f"{begin}\n")
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"no part {begin}")
    return "\n".join([before + begin, *lines, end]) + after


if __name__ == "__main__":
    for name in FILES:
        (ROOT / name).write_text(render(name), encoding="utf-8")

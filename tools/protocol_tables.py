"""Write the tables of docs/reference/protocol-reference.md from the single definition.

python tools/protocol_tables.py        (a test fails while the document is out of date)
"""

from __future__ import annotations

from pathlib import Path

from totpkey_protocol import answers, board_test, commands, consent, errors, fields, limits, words
from totpkey_protocol.fields import Command, Field
from totpkey_protocol.version import PROTOCOL

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "protocol-reference.md"
BEGIN, END = "<!-- from the definition: {} -->", "<!-- end -->"


def bounds(field: Field) -> str:
    """Describe the accepted values of a field."""
    if field.kind == fields.NUMBER:
        return f"{field.least} to {field.most}"
    if field.kind == fields.CHOICE:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.kind in (fields.SECRET, fields.HEX):
        return f"{field.least // 2} to {field.most // 2} bytes in lower-case hexadecimal"
    if field.kind == fields.ACCOUNT:
        return f"{field.most} hexadecimal digits"
    if field.kind == words.PIN:
        return f"{field.least} to {field.most} decimal digits"
    if field.kind == fields.SEALED:
        return "base64"
    if field.kind == fields.ACCOUNTS:
        return "a list of objects: see `list`"
    return f"{field.least} to {field.most} characters, none of them a control character"


def table(listed: tuple[Field, ...], defaults: bool) -> list[str]:
    """Return a table of fields."""
    lines = [
        "| field | value |" + (" if left out |" if defaults else ""),
        "|---|---|" + ("---|" if defaults else ""),
    ]
    for field in listed:
        default = (
            "required" if field.default is None else f"`{field.default}`" if field.default != "" else "empty"
        )
        lines.append(f"| `{field.name}` | {bounds(field)} |" + (f" {default} |" if defaults else ""))
    return lines


def command(entry: Command) -> list[str]:
    """Describe a command of setup: the consent that it needs, its arguments and its reply."""
    when = f" ({consent.WHEN[entry.name]})" if entry.name in consent.WHEN else ""
    return [
        f"Consent: {entry.consent}{when}. States: {', '.join(entry.states)}.",
        "",
        *takes_and_gives(entry),
    ]


def takes_and_gives(entry: Command) -> list[str]:
    """Describe a command's arguments and its reply."""
    lines = ["Takes:", "", *table(entry.takes, True)] if entry.takes else ["Takes nothing."]
    lines += [
        "",
        *(["Gives:", "", *table(answers.of(entry), False)] if answers.of(entry) else ["Gives nothing."]),
    ]
    if entry.name == "list":
        lines += ["", "Each of `accounts`:", "", *table(answers.LISTED, False)]
    return lines


def sections() -> dict[str, list[str]]:
    """Return the generated parts of the document by name."""
    figures = [("protocol version", PROTOCOL), ("longest frame, bytes", limits.FRAME)]
    figures += [("largest id", limits.REQUEST_ID), ("wait for a touch, s", limits.PRESS_WAIT)]
    figures += [
        ("setup ends after, s idle", limits.SETUP_IDLE),
        ("… after, s untouched", limits.SETUP_UNTOUCHED),
    ]
    figures += [("clock correction without a touch, s beyond its drift", limits.SLACK)]
    figures += [("… at most, s", limits.DRIFT_MOST), ("shown before a touch counts, s", limits.ANNOUNCED)]
    figures += [
        ("accounts with no touch", limits.FREE_CHANGES),
        ("small changes after a touch, s", limits.CHANGES_LAST),
    ]
    figures += [("what a touch allowed ends, s idle", limits.GRANT_IDLE)]
    classes = [f"| {name} | {gesture} | {light} |" for name, (gesture, light) in consent.CLASSES.items()]
    parts = {
        "limits": ["| limit | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in figures)],
        "classes": ["| consent | gesture | the light |", "|---|---|---|", *classes],
        "errors": [", ".join(f"`{code}`" for code in errors.ALL)],
    }
    parts |= {entry.name: command(entry) for entry in commands.COMMANDS}
    return parts | {entry.name: takes_and_gives(entry) for entry in board_test.COMMANDS}


def render(text: str) -> str:
    """Return `text` with each generated part updated. Raise ValueError if a part is missing."""
    for name, lines in sections().items():
        begin = BEGIN.format(name)
        before, found, rest = text.partition(begin)
        _, ended, after = rest.partition(END)
        if not (found and ended):
            raise ValueError(f"docs/reference/protocol-reference.md has no part {begin}")
        text = "\n".join([before + begin, *lines, END]) + after
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(render(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")

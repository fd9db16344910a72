"""Write the tables of docs/reference/protocol-reference.md from the single definition.

python tools/protocol_tables.py        (a test fails while the document is out of date)
"""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

from totpkey_protocol import answers, commands, consent, errors, fields, limits, words
from totpkey_protocol.fields import Command, Field
from totpkey_protocol.version import PROTOCOL

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "protocol-reference.md"
#: Commands whose replies begin those of others.
BASES = ("hello", "time")
BEGIN, END = "<!--{}-->", "<!--end-->"


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


def sections() -> dict[str, list[str]]:
    """Return the generated parts of the document by name."""
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

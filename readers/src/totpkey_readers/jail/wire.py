"""Contents and problems as JSON, between the process that reads a file and the program that wants it read."""

from __future__ import annotations

import json
from typing import Any

from totpkey_readers.records.account import ALGORITHMS, HOTP, STEAM, TOTP, Account
from totpkey_readers.records.contents import Contents, Found, Skipped
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Note, Problem

#: The longest text that is accepted, in characters: a note may name many codes.
_LONGEST = 4096


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def of_contents(contents: Contents) -> dict[str, Any]:
    return {
        "format": contents.format,
        "found": [
            {
                "place": found.place,
                "notes": list(map(of_note, found.notes)),
                "account": vars(found.account) | {"secret": found.account.secret.hex()},
            }
            for found in contents.found
        ],
        "skipped": [
            {"place": one.place, "name": one.name, "reason": of_note(one.reason)} for one in contents.skipped
        ],
        "warnings": list(map(of_note, contents.warnings)),
        "read": contents.read,
        "empty": contents.empty,
        "strays": contents.strays,
    }


def of_note(note: Note) -> dict[str, Any]:
    values = {
        name: of_note(value) if isinstance(value, Note) else value for name, value in note.fields.items()
    }
    return {"code": note.code, "fields": values}


def to_contents(value: object) -> Contents:
    """The contents, each account checked for what it is, and none missing. Raises Problem."""
    try:
        file = Fields(value)
        contents = Contents(
            _text(file, "format"),
            [
                Found(_text(one, "place"), _account(one.inside("account")), _notes(one, "notes"))
                for one in file.objects("found")
            ],
            [
                Skipped(_text(one, "place"), _text(one, "name"), to_note(one.inside("reason")))
                for one in file.objects("skipped")
            ],
            list(_notes(file, "warnings")),
            file.number("read"),
            file.number("empty"),
            file.number("strays"),
        )
        contents.check()
    except (Problem, ValueError):
        raise Problem("not_accounts") from None
    return contents


def to_texts(value: object) -> list[str]:
    """The texts of QR codes. Raises Problem."""
    if not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
        raise Problem("not_accounts")
    return value


def to_problem(value: object) -> Problem:
    try:
        note = to_note(Fields(value))
    except Problem as problem:
        return problem
    return Problem(note.code, **note.fields)


def to_note(fields: Fields, depth: int = 0) -> Note:
    """A note whose values are short texts, numbers and notes. Raises Problem."""
    inner = fields.inside("fields")
    return Note(_text(fields, "code"), {name: _value(inner, name, depth) for name in inner.names()})


def _value(fields: Fields, name: str, depth: int) -> object:
    if fields.is_object(name) and depth == 0:
        return to_note(fields.inside(name), depth + 1)
    if fields.is_text(name):
        return _text(fields, name)
    return fields.number(name)


def _account(fields: Fields) -> Account:
    account = Account(
        fields.text("issuer"),
        fields.text("label"),
        bytes.fromhex(fields.text("secret")),
        fields.text("algorithm"),
        fields.number("digits"),
        fields.number("period"),
        fields.text("type"),
        fields.number("counter"),
    )
    if account.type not in (TOTP, HOTP, STEAM) or account.algorithm not in ALGORITHMS:
        raise Problem("not_accounts")
    return account


def _text(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if len(text) > _LONGEST:
        raise Problem("not_accounts")
    return text


def _notes(fields: Fields, name: str) -> tuple[Note, ...]:
    return tuple(map(to_note, fields.objects(name)))

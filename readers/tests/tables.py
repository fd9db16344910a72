"""Samples in tables: CSV files of password managers, and the formats that `formats.toml` describes."""

from __future__ import annotations

import base64
import html
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from readers.tests.entries import ENTRIES, PLAIN, Entry, Read, Sample, to_csv, to_json


def proton_pass(entries: Read = ENTRIES[:4]) -> Sample:
    names = "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault"
    rows = [["note", "no code", "", "", "", "", "two\nlines", "", "1", "1", "Personal"]]
    for entry in entries:
        # An e-mail address has a column of its own; the column of other user names is then empty.
        who = (entry.label, "") if "@" in entry.label else ("", entry.label)
        rows.append(["login", entry.issuer, "", *who, "x", "", entry.uri, "1", "1", "Personal"])
    return Sample(to_csv(names.split(","), rows), entries)


def proton_pass_bare(entries: Read = PLAIN) -> Sample:
    """Return a table with bare secrets, so that the names come from the columns."""
    sample = proton_pass(entries).data.decode()
    for entry in entries:
        sample = sample.replace(entry.uri, entry.base32)
    return Sample(sample.encode(), entries)


def keepassxc(entries: Read = ENTRIES[:4]) -> Sample:
    names = [
        "Group",
        "Title",
        "Username",
        "Password",
        "URL",
        "Notes",
        "TOTP",
        "Icon",
        "Last Modified",
        "Created",
    ]
    rows = [["Root", "no code", "me", "x", "", 'a "quoted" note', "", "0", "", ""]]
    rows += [["Root", entry.issuer, entry.label, "x", "", "", entry.uri, "0", "", ""] for entry in entries]
    return Sample(to_csv(names, rows), entries)


FORMATS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("formats.toml").read_text(encoding="utf-8")
)
_PLACE = re.compile(r"\{([a-z0-9 ]+)(?::(text|lower|html))?\}")


def sample(name: str, entries: Read | None = None) -> Sample:
    """Return an export in that app's format, with these accounts or one of each kind that it can hold."""
    described = FORMATS[name]
    held = entries or tuple(_held(described))
    if "columns" in described:
        data = to_csv(
            list(described["columns"]),
            [[filled(cell, entry, described) for cell in described["columns"].values()] for entry in held],
        )
    elif "page" in described:
        rows = "".join(filled(described["row"], entry, described) for entry in held)
        data = described["page"].replace("{rows}", rows).encode()
    elif "preference" in described:
        data = _preferences(described, held)
    else:
        data = to_json(_document(described, held))
    return Sample(data, tuple(_as_read(described, entry) for entry in held))


def filled(shape: Any, entry: Entry, described: dict[str, Any]) -> Any:
    """Fill the placeholders in a description with the values of an entry."""
    if isinstance(shape, dict):
        return {name: filled(inner, entry, described) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [filled(inner, entry, described) for inner in shape]
    if not isinstance(shape, str):
        return shape
    alone = _PLACE.fullmatch(shape)
    if alone and not alone[2]:
        return _value(alone[1], entry, described)
    return _PLACE.sub(lambda place: _text(_value(place[1], entry, described), place[2]), shape)


def _text(value: Any, how: str | None) -> str:
    text = str(value)
    return {"lower": text.lower(), "html": html.escape(text)}.get(how or "", text)


def _value(name: str, entry: Entry, described: dict[str, Any]) -> Any:
    values: dict[str, Any] = {
        "kind": described["kinds"][entry.type],
        "base32": entry.base32,
        "base64": base64.b64encode(entry.secret).decode(),
        "hex": entry.secret.hex().upper(),
        "bytes": [byte - 256 if byte > 127 else byte for byte in entry.secret],
        "counter before": max(entry.counter - 1, 0),
        "uri": entry.uri,
    }
    return values[name] if name in values else getattr(entry, name)


def _held(described: dict[str, Any]) -> list[Entry]:
    entries = PLAIN if described.get("plain") else ENTRIES
    held = [entry for entry in entries if entry.type in described["kinds"]]
    if described.get("sha1"):
        held = [entry for entry in held if entry.algorithm == "SHA1"]
    return held[:1] if described.get("single") else held


def _as_read(described: dict[str, Any], entry: Entry) -> Entry:
    """Return what can be read back from the export: some apps do not store the issuer."""
    return replace(entry, issuer="") if described.get("nameless") else entry


def _document(described: dict[str, Any], entries: Read) -> Any:
    listed: Any = [filled(described["entry"], entry, described) for entry in entries]
    if described.get("single"):
        return listed[0]
    if "named_by" in described:
        listed = {entry[described["named_by"]]: entry for entry in listed}
    if "under" not in described:
        return listed
    document = json.loads(json.dumps(described.get("around", {})))
    *way, last = described["under"]
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = listed
    return document


def _preferences(described: dict[str, Any], entries: Read) -> bytes:
    """Return an Android preferences file."""
    listed = [filled(described["entry"], entry, described) for entry in entries]
    if described.get("listed"):
        texts = {described["preference"]: json.dumps(listed)}
    else:
        names = [filled(described["preference"], entry, described) for entry in entries]
        texts = dict(zip(names, map(json.dumps, listed), strict=True))
    lines = [f"    <string name={quoteattr(name)}>{escape(text)}</string>" for name, text in texts.items()]
    lines = ["<?xml version='1.0' encoding='utf-8' standalone='yes' ?>", "<map>", *lines, "</map>", ""]
    return "\n".join(lines).encode()


#: One writer for each description, under its name.
SAMPLES: dict[str, Callable[..., Sample]] = {name: partial(sample, name) for name in FORMATS}
#: The writers for any number of ordinary accounts.
OF_TOTP = {name: writer for name, writer in SAMPLES.items() if "totp" in FORMATS[name]["kinds"]}

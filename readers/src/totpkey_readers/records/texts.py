"""Decodes text (UTF-8, UTF-16, code pages of Western and Chinese spreadsheets), base64 and hexadecimal."""

from __future__ import annotations

import base64
import binascii
import re

from totpkey_readers.records.problem import Problem

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: Characters of GB 2312 come as two high bytes each; accents of Western Europe stand alone between ASCII.
_PAIRS = re.compile(rb"(?:[\xa1-\xf7][\xa1-\xfe])+")
_HIGH = re.compile(rb"[\x80-\xff]+")
#: Bytes that do not occur in text.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(data: bytes) -> str | None:
    """`data` decoded; None if it is binary. Drops an incomplete character at the end."""
    if data[:2] in _UTF_16:
        return _without_half(data, "utf-16")
    if data[1:2] == b"\0" and data[:1].isascii() and data[3:4] == b"\0":
        return _without_half(data, "utf-16-le")
    text = _without_half(data, "utf-8-sig")
    return _legacy(data) if text is None and not _CONTROL.search(data) else text


def _without_half(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        if not fault.start or fault.reason not in ("unexpected end of data", "truncated data"):
            return None
        text = data[: fault.start].decode(encoding)
    return None if "\0" in text else text


def _legacy(data: bytes) -> str | None:
    """Decode the code page of a Chinese Windows, whose high bytes come in pairs, or of a Western one."""
    runs: list[bytes] = _HIGH.findall(data)
    chinese = all(_PAIRS.fullmatch(run) for run in runs)
    try:
        return data.decode("gb18030" if chinese else "cp1252")
    except UnicodeDecodeError:
        return None


def from_base64(text: str, what: str) -> bytes:
    """Raises Problem, naming the field `what`."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise Problem("field_base64", field=what) from None


def from_hex(text: str, what: str) -> bytes:
    """Raises Problem, naming the field `what`."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Problem("field_hex", field=what) from None

"""Google Authenticator's migration message: protobuf, encoded by hand."""

from __future__ import annotations

from urllib.parse import quote

from readers.tests.entries import AMAZON, COUNTED, PLAIN, Entry, Read, Sample, b64


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def account(entry: Entry) -> bytes:
    name = f"{entry.issuer}:{entry.label}".encode()
    message = field(1, entry.secret) + field(2, name) + field(3, entry.issuer.encode())
    message += field(4, {"SHA1": 1, "SHA256": 2, "SHA512": 3}[entry.algorithm])
    message += field(5, {6: 1, 8: 2}[entry.digits]) + field(6, 1 if entry.type == "hotp" else 2)
    return (
        message
        + (field(7, entry.counter) if entry.counter else b"")
        + field(8, b"an id that nobody documents")
    )


def message(entries: Read, index: int = 0, size: int = 1, identifier: int = 0) -> bytes:
    written = b"".join(field(1, account(entry)) for entry in entries) + field(2, 2) + field(3, size)
    written += field(4, index) if index else b""
    return written + (field(5, identifier) if identifier else b"")


def uri(entries: Read, index: int = 0, size: int = 1, identifier: int = 0) -> str:
    text = b64(message(entries, index, size, identifier))
    return "otpauth-migration://offline?data=" + quote(text, safe="")


def sample(entries: Read = (AMAZON, COUNTED, PLAIN[1])) -> Sample:
    return Sample(uri(entries).encode(), entries)

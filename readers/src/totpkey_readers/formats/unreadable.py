"""Files that are recognised but cannot be read: their app, and what to do instead."""

from __future__ import annotations

from totpkey_readers.formats import tables
from totpkey_readers.records.problem import Problem

#: Beginnings of files, each with its code.
_MAGIC = (
    (b"SQLite format 3\0", "database"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "seven_zip"),
    (b"Rar!", "rar"),
    (b"PK\x05\x06", "empty_zip"),
    (b"bplist", "bplist"),
    (b"-----BEGIN PGP", "pgp"),
    (b"age-encryption.org", "age"),
    (bytes.fromhex("03d9a29a65fb4bb5"), "keepass_1"),
)
#: Beginnings of GnuPG's binary files: a session key for a public key, or for a passphrase.
_GPG = (b"\x85\x01", b"\x85\x02", b"\x84\x5e", b"\x8c\x0d", b"\xc3\x0d")
#: Marks in XML and HTML of these apps.
_MARKUP = (
    ("com.blizzard.messenger", "battle_net"),
    ("com.azure.authenticator", "microsoft_settings"),
    ("raivo", "raivo_page"),
    ("data:image", "page_of_codes"),
    ("<", "page"),
)
#: What 1Password's older exports have between their entries.
_ONE_PIF = "***5642bee8-a5ff-11dc-8314-0800200c9a66***"
#: JSON fields that only these apps write.
_FIELDS = {"authenticator_tokens": "authy_servers", "dntmeExport": "blur"}


def refusal(data: bytes, text: str | None, document: object = None) -> Problem | None:
    """Why no reader takes the file; None if it is of no known kind."""
    code = next((code for magic, code in _MAGIC if data.startswith(magic)), "")
    if text is None:
        code = code or ("pgp" if data.startswith(_GPG) else "")
    else:
        code = code or _of_text(text, document)
    return Problem(code) if code else None


def _of_text(text: str, document: object) -> str:
    start = text[: 1 << 16].lstrip().lower()
    if start.startswith("<"):
        return next(code for mark, code in _MARKUP if mark in start)
    if _ONE_PIF in text:
        return "one_pif"
    if not isinstance(document, dict):
        return ""
    if document.get("format") == "totpkey backup":
        return "backup"
    return next((code for field, code in _FIELDS.items() if field in document), "")


def unknown_text(text: str | None) -> Problem:
    """The error for what neither a reader nor `refusal` knows."""
    return Problem("passwords_alone" if text is not None and tables.is_of_passwords(text) else "unknown_file")

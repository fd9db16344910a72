"""Files that are recognised but cannot be read: their app, and what to do instead."""

from __future__ import annotations

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers import tables

_PGP = (
    _("This is encrypted by PGP."),
    _("Decrypt it (`gpg --decrypt FILE > EXPORT`), import that, and delete it."),
)
#: Beginnings of files, each with cause and remedy.
_MAGIC = (
    (
        b"SQLite format 3\0",
        _("This is an app's own database, of an unknown kind."),
        _("Export the accounts in the app, and import that."),
    ),
    (
        b"\x1f\x8b",
        _("This is a file packed by gzip."),
        _("Unpack it (`gunzip`), and import what is in it."),
    ),
    (b"7z\xbc\xaf\x27\x1c", _("This is a 7-Zip archive."), _("Unpack it, and import what is in it.")),
    (b"Rar!", _("This is a RAR archive."), _("Unpack it, and import what is in it.")),
    (b"PK\x05\x06", _("This is an empty ZIP file."), _("Export it again from the app.")),
    (
        b"bplist",
        _("This is a settings file of an Apple system."),
        _("In Apple's Passwords app, choose File, Export All Passwords, and import that CSV file."),
    ),
    (b"-----BEGIN PGP", *_PGP),
    (
        b"age-encryption.org",
        _("This is encrypted by age."),
        _("Decrypt it (`age --decrypt FILE > EXPORT`), import that, and delete it."),
    ),
    (
        bytes.fromhex("03d9a29a65fb4bb5"),
        _("This is a database of KeePass 1."),
        _("Open it in KeePassXC, which makes a new one of it, and import that."),
    ),
)
#: Beginnings of GnuPG's binary files: a session key for a public key, or for a passphrase.
_GPG = (b"\x85\x01", b"\x85\x02", b"\x84\x5e", b"\x8c\x0d", b"\xc3\x0d")
#: Marks in XML and HTML of these apps.
_MARKUP = (
    (
        "com.blizzard.messenger",
        _("This is the Battle.net app's own file, in which the secret is masked."),
        _(
            "Detach the authenticator at Battle.net, attach it again, and give `totpkey add` the secret"
            " it shows."
        ),
    ),
    (
        "com.azure.authenticator",
        _("This is a settings file of Microsoft Authenticator; its accounts are in another one."),
        _("Microsoft's app exports nothing: have each site show a new QR code, and use `totpkey add`."),
    ),
    (
        "raivo",
        _("This is Raivo's page to look at."),
        _("Import the file raivo-otp-export.json that lies beside it, or the ZIP file with both."),
    ),
    (
        "data:image",
        _("This is a page with pictures of QR codes."),
        _("Open it in a browser, print it into a PDF file, and import that."),
    ),
    (
        "<",
        _("This is a web page or an XML file, not a known export."),
        _("Export it again from the app."),
    ),
)
#: Marks in text of these apps.
_MARKS = (
    (
        "***5642bee8-a5ff-11dc-8314-0800200c9a66***",
        _("This is 1Password's older kind of export (1PIF)."),
        _("Export it again as 1PUX or CSV."),
    ),
)
#: JSON fields that only these apps write.
_FIELDS = (
    (
        ("authenticator_tokens",),
        _("This is what Authy keeps on its servers."),
        _("Authy exports nothing: have each site show a new QR code, and use `totpkey add`."),
    ),
    (("dntmeExport",), _("This is Blur's export, which holds no codes."), ""),
    (
        ("totpkey",),
        _("This is a backup of a totpkey."),
        _("`totpkey restore` puts it onto a key."),
    ),
)
_KNOWN = _(
    "Known are the exports of Google Authenticator, Aegis, 2FAS, andOTP, Bitwarden, FreeOTP, Proton, Ente"
    " Auth, Stratum, LastPass, Raivo, 1Password, Apple Passwords, KeePass and others, and lists of otpauth://"
    " URIs: docs/reference/imports.md names them all."
)


def refusal(data: bytes, text: str | None, document: object = None) -> errors.InvalidImport | None:
    """Why no reader takes the file; None if it is of no known kind."""
    for magic, cause, remedy in _MAGIC:
        if data.startswith(magic):
            return errors.InvalidImport(tr(cause), tr(remedy))
    if text is None:
        if data.startswith(_GPG):
            return errors.InvalidImport(tr(_PGP[0]), tr(_PGP[1]))
        return None
    start = text[: 1 << 16].lstrip().lower()
    if start.startswith("<"):
        _mark, cause, remedy = next(known for known in _MARKUP if known[0] in start)
        return errors.InvalidImport(tr(cause), tr(remedy))
    for mark, cause, remedy in _MARKS:
        if mark in text:
            return errors.InvalidImport(tr(cause), tr(remedy))
    if isinstance(document, dict):
        names = set(document)
        if document.get("format") == "totpkey backup":
            names.add("totpkey")
        for fields, cause, remedy in _FIELDS:
            if names >= set(fields):
                return errors.InvalidImport(tr(cause), tr(remedy) if remedy else "")
    return None


def unknown_text(text: str | None) -> errors.InvalidImport:
    """The error for what neither a reader nor `refusal` knows."""
    if text is not None and tables.is_of_passwords(text):
        return errors.InvalidImport(
            tr("This is a password manager's table without a column of one-time codes."),
            tr("Export it again with the codes, or copy each secret to `totpkey add`."),
        )
    return unknown()


def unknown() -> errors.InvalidImport:
    """The error for a file of unknown format."""
    return errors.InvalidImport(tr("The file is not a known export."), tr(_KNOWN))

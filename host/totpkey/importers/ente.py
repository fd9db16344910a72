"""Ente Auth's encrypted export: key URIs in one message of libsodium's secretstream, under Argon2id."""

from __future__ import annotations

from totpkey.i18n.translation import tr
from totpkey.importers import locked, uri_list
from totpkey.importers.contents import AskPassword, Contents
from totpkey.importers.fields import Damaged, Fields
from totpkey.importers.xchacha import open_stream

NAME = "Ente Auth"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and "encryptedData" in document and "kdfParams" in document


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged and WrongFilePassword."""
    file = Fields(document)
    derivation = file.inside("kdfParams")
    salt = locked.from_base64(derivation.text("salt"), "kdfParams.salt")
    header = locked.from_base64(file.text("encryptionNonce"), "encryptionNonce")
    sealed = locked.from_base64(file.text("encryptedData"), "encryptedData")
    memory, passes = derivation.number("memLimit") // 1024, derivation.number("opsLimit")
    opened = open_stream(locked.argon2id(ask(NAME), salt, memory, passes, 1), header, sealed)
    try:
        contents = uri_list.read(opened.decode())
    except UnicodeDecodeError:
        raise Damaged(tr("What it has encrypted is not text.")) from None
    contents.format = NAME
    return contents

"""Steam Guard: the phone app's own file, and the `maFile` that Steam Desktop Authenticator keeps."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.i18n.translation import tr
from totpkey.importers import locked
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.documents import entries_have
from totpkey.importers.fields import Damaged, Fields
from totpkey_protocol.words import STEAM

NAME = "Steam"
_MARKS = {"shared_secret", "account_name"}


def recognises(document: object) -> bool:
    return bool(_accounts(document)) or is_manifest(document)


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    if is_manifest(document):
        raise Damaged(
            tr(
                "It is the list of the .maFile files of Steam Desktop Authenticator or steamguard-cli:"
                " pack the whole folder with those files into a ZIP file, and import that."
            )
        )
    contents = Contents(NAME)
    contents.take_each(_accounts(document), _read_account)
    return contents


def _accounts(document: object) -> list[object]:
    if not isinstance(document, dict):
        return []
    if document.keys() >= _MARKS:
        return [document]
    accounts = document.get("accounts")
    listed = list(accounts.values()) if isinstance(accounts, dict) else []
    known = all(isinstance(entry, dict) and entry.keys() >= _MARKS for entry in listed)
    return listed if known else []


def is_manifest(document: object) -> bool:
    """Whether it is a list of files, of Steam Desktop Authenticator or of steamguard-cli."""
    if not isinstance(document, dict):
        return False
    listed = entries_have(document.get("entries"), "filename", "steam_id")
    return listed or {"entries", "encrypted", "periodic_checking"} <= document.keys()


def _read_account(entry: Fields) -> Reading:
    secret = locked.from_base64(entry.text("shared_secret"), "shared_secret")
    return account("Steam", entry.text("account_name"), secret, STEAM)

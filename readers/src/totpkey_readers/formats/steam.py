"""Steam Guard: the phone app's own file, and the `.maFile` that Steam Desktop Authenticator keeps.

Its encrypted folder `maFiles`, or steamguard-cli's, packed into a ZIP, is opened here, too: each `.maFile` in
it is base64 of AES-CBC; its salt and IV stand in `manifest.json`. Described by
Jessecar96/SteamDesktopAuthenticator: FileEncryptor.cs and Manifest.cs; dyc3/steamguard-cli: src/encryption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from totpkey_readers.formats import locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import STEAM, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Steam"
_MARKS = {"shared_secret", "account_name"}
#: The list, by the end of its path in lower case.
MANIFEST = "manifest.json"
ENDING = ".mafile"
#: Rounds of PBKDF2 with SHA-1; KiB, passes and lanes of Argon2id.
_ROUNDS = 50_000
_ARGON2 = (12 * 1024, 3, 12)
#: What a `.maFile` has beside: keys of other kinds, and who is signed in.
_BESIDE = (
    *("identity_secret", "secret_1", "revocation_code", "serial_number", "token_gid", "device_id", "steamid"),
    *("steam_id", "server_time", "fully_enrolled", "Session", "session", "tokens", "steamguard_scheme"),
    *("phone_number_hint", "confirm_type"),
)
_SDA, _ARGON2ID = "LegacySdaCompatible", "Argon2idAes256"


def recognises(document: object) -> bool:
    return bool(_accounts(document)) or is_manifest(document)


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    if is_manifest(document):
        raise Problem("steam_list")
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
    entry.leave_out(*_BESIDE)
    secret = texts.from_base64(entry.text("shared_secret"), "shared_secret")
    return account("Steam", entry.text("account_name"), secret, STEAM)


def opener(manifest: bytes, ask: AskPassword) -> Callable[[str, bytes], bytes] | None:
    """What gives a file's plain content, by its path; None if the list is none of these. Raises Problem.

    The password is asked for at the first file that is encrypted, once.
    """
    document = documents.parse(manifest)
    if not is_manifest(document):
        return None
    locks = {one.text("filename").lower(): one for one in Fields(document).objects("entries")}
    password = cache(lambda: ask(NAME))

    def plain(path: str, data: bytes) -> bytes:
        lock = _lock(locks, path.lower().rpartition("/")[2])
        if lock is None or data.lstrip().startswith(b"{"):
            return data
        return _open(data, *lock, password())

    return plain


def _lock(locks: Mapping[str, Fields], name: str) -> tuple[str, bytes, bytes] | None:
    """The scheme, salt and IV of a file; None if it is not encrypted."""
    entry = locks.get(name)
    if entry is None:
        return None
    if entry.is_object("encryption"):
        inner = entry.inside("encryption")
        scheme, salt, iv = inner.text("scheme"), inner.text("salt"), inner.text("iv")
    elif entry.has("encryption_salt"):
        scheme, salt, iv = _SDA, entry.text("encryption_salt"), entry.text("encryption_iv")
    else:
        return None
    return scheme, texts.from_base64(salt, "salt"), texts.from_base64(iv, "iv")


def _open(data: bytes, scheme: str, salt: bytes, iv: bytes, password: str) -> bytes:
    if scheme == _SDA:
        key = locked.pbkdf2(password, salt, _ROUNDS, "sha1")
    elif scheme == _ARGON2ID:
        key = locked.argon2id(password, salt, *_ARGON2)
    else:
        raise Problem("steam_sealed")
    if len(iv) != 16:
        raise Problem("iv_length", count=len(iv))
    plain = locked.open_cbc(key, iv, texts.from_base64(data.decode(errors="replace"), ENDING))
    # One wrong password in 256 gives valid padding.
    if not plain.lstrip().startswith(b"{"):
        raise locked.wrong()
    return plain

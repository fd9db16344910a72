"""FreeOTP's own backup (externalBackup.xml): a serialised Java HashMap of texts that hold JSON.

PBKDF2 of the password opens a master key, which opens the secrets (AES-GCM). The rest of a token is plain.
"""

from __future__ import annotations

from functools import partial

from totpkey_readers.formats import free_otp, locked
from totpkey_readers.records import documents, strays
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "FreeOTP"
_MAGIC = b"\xac\xed\x00\x05"
_CLASS = b"java.util.HashMap"
# The stream's bytes for block data, a text, and a long text (Java Object Serialization, section 6.4.2)
_BLOCK, _TEXT, _LONG_TEXT = 0x77, 0x74, 0x7C
_TOKEN = "-token"  # noqa: S105
_KEY = "its key"
_DIGESTS = {"PBKDF2withHmacSHA1": "sha1", "PBKDF2withHmacSHA256": "sha256", "PBKDF2withHmacSHA512": "sha512"}
_CIPHER = "AES/GCM/NoPadding"
# ASN.1's tags of a sequence and of bytes
_SEQUENCE, _OCTETS = 0x30, 0x04


def recognises(data: bytes) -> bool:
    return data.startswith(_MAGIC) and _CLASS in data[:64]


def read(data: bytes, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    texts = _map(data)
    if "masterKey" not in texts:
        raise Problem("no_master_key")
    outer = Fields(documents.parse(texts["masterKey"]), "masterKey.")
    master = _master_key(outer, ask(NAME))
    contents = Contents(NAME)
    strays.seen("\n".join(texts.values()))
    names = [name for name in texts if name.endswith(_TOKEN)]
    tokens = ((documents.parse(texts[name]), texts.get(name.removesuffix(_TOKEN), "")) for name in names)
    contents.take_each((_with_key(*token) for token in tokens), partial(_read_token, master))
    return contents


def _with_key(token: object, key: str) -> object:
    return {**token, _KEY: key} if isinstance(token, dict) else token


def _read_token(master: bytes, token: Fields) -> Reading:
    sealed = Fields(documents.parse(Fields(documents.parse(token.text(_KEY))).text("key")), "key.")
    # This version increments the counter after computing.
    return free_otp.read_token(token, 0, _open(sealed, master))


def _master_key(outer: Fields, password: str) -> bytes:
    digest = _DIGESTS.get(outer.text("mAlgorithm"))
    if digest is None:
        raise Problem("kdf_unknown")
    salt = free_otp.to_bytes(outer.list("mSalt"), "mSalt")
    key = locked.pbkdf2(password, salt, outer.number("mIterations"), digest)
    return _open(outer.inside("mEncryptedKey"), key)


def _open(sealed: Fields, key: bytes) -> bytes:
    if sealed.text("mCipher") != _CIPHER:
        raise Problem("sealed_unknown")
    parameters = free_otp.to_bytes(sealed.list("mParameters"), "mParameters")
    text = free_otp.to_bytes(sealed.list("mCipherText"), "mCipherText")
    return locked.open_gcm(key, _nonce(parameters), text, sealed.text("mToken").encode(errors="replace"))


def _nonce(parameters: bytes) -> bytes:
    """The nonce in GCM's parameters (RFC 5084): bytes, alone or first in a sequence."""
    at = 2 if parameters[:1] == bytes([_SEQUENCE]) else 0
    if parameters[at : at + 1] != bytes([_OCTETS]) or len(parameters) < at + 2 + parameters[at + 1]:
        raise Problem("iv_form")
    return parameters[at + 2 : at + 2 + parameters[at + 1]]


def _map(data: bytes) -> dict[str, str]:
    """The map's texts by key. Its sizes follow the class, then keys and values alternate."""
    at = data.find(bytes([_BLOCK]), data.index(_CLASS) + len(_CLASS))
    if at < 0:
        raise Problem("cut_off")
    at += 2 + data[at + 1]
    texts: list[str] = []
    while at < len(data) and data[at] in (_TEXT, _LONG_TEXT):
        width = 2 if data[at] == _TEXT else 8
        length = int.from_bytes(data[at + 1 : at + 1 + width], "big")
        at += 1 + width
        if at + length > len(data):
            raise Problem("cut_off")
        # Java's modified UTF-8 differs only for NUL and for characters beyond the first 65 536.
        texts.append(_java_text(data[at : at + length]))
        at += length
    if len(texts) % 2 or at >= len(data):
        raise Problem("cut_off")
    return dict(zip(texts[::2], texts[1::2], strict=True))


def _java_text(data: bytes) -> str:
    try:
        text = data.replace(b"\xc0\x80", b"\0").decode("utf-8", errors="surrogatepass")
    except UnicodeDecodeError:
        raise Problem("text_damaged") from None
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")

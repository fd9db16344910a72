"""Ente Auth's encrypted export: key URIs in one message of libsodium's secretstream, under Argon2id.

The stream is XChaCha20-Poly1305, built on ChaCha20 and Poly1305 (RFC 8439). HChaCha20
(draft-irtf-cfrg-xchacha section 2.2) is ChaCha20's block without the final addition, so subtracting the input
from a block gives it.
"""

from __future__ import annotations

import struct

from totpkey_readers.formats import locked, uri_list
from totpkey_readers.records import strays, texts
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Ente Auth"
_HEADER = 24
#: Bytes added to a message: an encrypted tag byte and a MAC.
_OVERHEAD = 17
_CONSTANTS = b"expand 32-byte k"
_BLOCK = 64


def recognises(document: object) -> bool:
    return isinstance(document, dict) and "encryptedData" in document and "kdfParams" in document


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    file = Fields(document)
    derivation = file.inside("kdfParams")
    salt = texts.from_base64(derivation.text("salt"), "kdfParams.salt")
    header = texts.from_base64(file.text("encryptionNonce"), "encryptionNonce")
    sealed = texts.from_base64(file.text("encryptedData"), "encryptedData")
    memory, passes = derivation.number("memLimit") // 1024, derivation.number("opsLimit")
    opened = _open_stream(locked.argon2id(ask(NAME), salt, memory, passes, 1), header, sealed)
    try:
        contents = uri_list.read(strays.seen(opened.decode()))
    except UnicodeDecodeError:
        raise Problem("sealed_no_text") from None
    contents.format = NAME
    return contents


def _open_stream(key: bytes, header: bytes, sealed: bytes) -> bytes:
    """The first message of a secretstream. Raises Problem."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.poly1305 import Poly1305

    if len(header) != _HEADER or len(sealed) < _OVERHEAD:
        raise Problem("sealed_length")
    subkey, nonce = _hchacha20(key, header[:16]), header[16:]
    body, mac = sealed[1:-16], sealed[-16:]
    tag_block = _chacha20(subkey, 1, nonce, sealed[:1] + bytes(_BLOCK - 1))
    # The MAC covers the tag's whole encrypted block; the stream has only its first byte.
    authenticated = sealed[:1] + tag_block[1:]
    verifier = Poly1305(_chacha20(subkey, 0, nonce, bytes(_BLOCK))[:32])
    # libsodium pads to len(body) % 16, not to a whole block.
    verifier.update(authenticated + body + bytes(len(body) % 16) + struct.pack("<QQ", 0, _BLOCK + len(body)))
    try:
        verifier.verify(mac)
    except InvalidSignature:
        raise locked.wrong() from None
    return _chacha20(subkey, 2, nonce, body)


def _chacha20(key: bytes, block: int, nonce: bytes, data: bytes) -> bytes:
    """`data` encrypted from `block` on. The stream's own counter, which starts at 1, begins the nonce."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    start = struct.pack("<II", block, 1) + nonce
    return Cipher(algorithms.ChaCha20(key, start), mode=None).encryptor().update(data)


def _hchacha20(key: bytes, start: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    block = Cipher(algorithms.ChaCha20(key, start), mode=None).encryptor().update(bytes(_BLOCK))
    words = struct.unpack("<16I", block)
    added = struct.unpack("<8I", _CONSTANTS + start)
    kept = (*words[:4], *words[12:])
    return struct.pack("<8I", *((word - more) & 0xFFFFFFFF for word, more in zip(kept, added, strict=True)))

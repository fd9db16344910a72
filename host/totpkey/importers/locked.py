"""Opening encrypted exports: keys from passwords, within the bounds of `cost`, and what they seal."""

from __future__ import annotations

import hashlib

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.importers import cost
from totpkey.importers.fields import Damaged

#: More than the libraries take, or any app asks for.
PBKDF2_MOST = 2**31 - 1
LANES_MOST = 64
NUMBER_MOST = 2**32 - 1

_KEY = 32


def pbkdf2(password: str, salt: bytes, iterations: int, digest: str = "sha256") -> bytes:
    """32 bytes by PBKDF2 (RFC 8018 section 5.2). Raises Damaged."""
    if not 1 <= iterations <= PBKDF2_MOST:
        raise Damaged(
            tr(
                "It asks for {iterations} rounds of PBKDF2; at most {pbkdf2_most} are done.",
                iterations=iterations,
                pbkdf2_most=PBKDF2_MOST,
            )
        )
    cost.pbkdf2(iterations)
    return hashlib.pbkdf2_hmac(digest, _utf8(password), salt, iterations, _KEY)


def argon2id(password: str | bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """32 bytes by Argon2id (RFC 9106), `memory` in KiB. Raises Damaged and DerivationFailed."""
    _check_argon2(salt, memory, passes, lanes)
    from totpkey.locks.passphrase import argon2id as derive

    return derive(password if isinstance(password, bytes) else _utf8(password), salt, memory, passes, lanes)


def argon2d(secret: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """32 bytes by Argon2d, which KeePass takes by default. Raises Damaged and LibraryMissing."""
    _check_argon2(salt, memory, passes, lanes)
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2d
    except ImportError:
        raise errors.LibraryMissing(
            tr("The file cannot be opened here: the Python package cryptography is too old."),
            tr("Run `pip install --upgrade cryptography`, or export the database as CSV."),
        ) from None
    return Argon2d(salt=salt, length=_KEY, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)


def _check_argon2(salt: bytes, memory: int, passes: int, lanes: int) -> None:
    if not (1 <= passes <= NUMBER_MOST and 1 <= lanes <= LANES_MOST and 8 * lanes <= memory <= NUMBER_MOST):
        raise Damaged(tr("It asks for Argon2 with parameters that are out of bounds."))
    if not 8 <= len(salt) <= 1024:
        raise Damaged(tr("Its salt has {salt} bytes.", salt=len(salt)))
    cost.argon2(memory, passes)


def scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """32 bytes by scrypt (RFC 7914). Raises Damaged."""
    power_of_two = n > 1 and n & (n - 1) == 0
    if not (power_of_two and 1 <= r <= 64 and 1 <= p <= 16):
        raise Damaged(tr("It asks for scrypt with parameters that are out of bounds."))
    cost.scrypt(n, r, p)
    most = 128 * r * (n + p + 2) + (1 << 20)
    try:
        return hashlib.scrypt(_utf8(password), salt=salt, n=n, r=r, p=p, maxmem=most, dklen=_KEY)
    except (ValueError, MemoryError):
        raise Damaged(tr("Its scrypt parameters are more than this computer can do.")) from None


def open_gcm(key: bytes, nonce: bytes, sealed: bytes, associated: bytes | None = None) -> bytes:
    """What AES-GCM sealed, its tag of 16 bytes at the end. Raises Damaged and WrongFilePassword."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not 8 <= len(nonce) <= 128:
        raise Damaged(tr("Its initial value has {nonce} bytes.", nonce=len(nonce)))
    if len(key) not in (16, 24, 32):
        raise Damaged(tr("Its key has {key} bytes.", key=len(key)))
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        raise wrong() from None


def open_cbc(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """What AES-CBC encrypted with PKCS#7 padding. Raises Damaged and WrongFilePassword."""
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if len(iv) != 16 or not sealed or len(sealed) % 16:
        raise Damaged(tr("Its encrypted part does not have the length that it should have."))
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise wrong() from None


def from_base64(text: str, what: str) -> bytes:
    """Raises Damaged, naming the field `what`."""
    import base64
    import binascii

    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise Damaged(tr("Its field {what} is not base64.", what=what)) from None


def from_hex(text: str, what: str) -> bytes:
    """Raises Damaged, naming the field `what`."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Damaged(tr("Its field {what} is not hexadecimal.", what=what)) from None


def wrong() -> errors.WrongFilePassword:
    return errors.WrongFilePassword(
        tr("Wrong password, or the file is damaged."),
        tr("Check Caps Lock and the keyboard's layout, then try again; or export it again."),
    )


def _utf8(password: str) -> bytes:
    try:
        return password.encode()
    except UnicodeEncodeError:
        raise wrong() from None

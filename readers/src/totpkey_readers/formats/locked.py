"""Opening encrypted exports: keys from passwords, within the bounds of `cost`, and what they seal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from totpkey_readers.formats import cost
from totpkey_readers.records.problem import WRONG_PASSWORD, Problem

#: More than the libraries take, or any app asks for.
PBKDF2_MOST = 2**31 - 1
LANES_MOST = 64
NUMBER_MOST = 2**32 - 1

_KEY = 32


def pbkdf2(password: str, salt: bytes, iterations: int, digest: str = "sha256") -> bytes:
    """32 bytes by PBKDF2 (RFC 8018 section 5.2). Raises Problem."""
    if not 1 <= iterations <= PBKDF2_MOST:
        raise Problem("pbkdf2_rounds", iterations=iterations, most=PBKDF2_MOST)
    cost.pbkdf2(iterations)
    return hashlib.pbkdf2_hmac(digest, _utf8(password), salt, iterations, _KEY)


def argon2id(password: str | bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """32 bytes by Argon2id (RFC 9106), `memory` in KiB. Raises Problem."""
    _check_argon2(salt, memory, passes, lanes)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    secret = password if isinstance(password, bytes) else _utf8(password)
    try:
        return Argon2id(salt=salt, length=_KEY, iterations=passes, lanes=lanes, memory_cost=memory).derive(
            secret
        )
    except UnsupportedAlgorithm:
        raise Problem("no_argon2id") from None
    except MemoryError:
        raise Problem("no_memory", value=memory // 1024) from None


def argon2d(secret: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """32 bytes by Argon2d, which KeePass takes by default. Raises Problem."""
    _check_argon2(salt, memory, passes, lanes)
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2d
    except ImportError:
        raise Problem("cryptography_old") from None
    return Argon2d(salt=salt, length=_KEY, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)


def _check_argon2(salt: bytes, memory: int, passes: int, lanes: int) -> None:
    if not (1 <= passes <= NUMBER_MOST and 1 <= lanes <= LANES_MOST and 8 * lanes <= memory <= NUMBER_MOST):
        raise Problem("argon2_bounds")
    if not 8 <= len(salt) <= 1024:
        raise Problem("salt_length", count=len(salt))
    cost.argon2(memory, passes)


def scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """32 bytes by scrypt (RFC 7914). Raises Problem."""
    power_of_two = n > 1 and n & (n - 1) == 0
    if not (power_of_two and 1 <= r <= 64 and 1 <= p <= 16):
        raise Problem("scrypt_bounds")
    cost.scrypt(n, r, p)
    most = 128 * r * (n + p + 2) + (1 << 20)
    try:
        return hashlib.scrypt(_utf8(password), salt=salt, n=n, r=r, p=p, maxmem=most, dklen=_KEY)
    except (ValueError, MemoryError):
        raise Problem("scrypt_memory") from None


def open_gcm(key: bytes, nonce: bytes, sealed: bytes, associated: bytes | None = None) -> bytes:
    """What AES-GCM sealed, its tag of 16 bytes at the end. Raises Problem."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not 8 <= len(nonce) <= 128:
        raise Problem("iv_length", count=len(nonce))
    if len(key) not in (16, 24, 32):
        raise Problem("key_length", count=len(key))
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        raise wrong() from None


def open_cbc(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """What AES-CBC encrypted with PKCS#7 padding. Raises Problem."""
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if len(iv) != 16 or not sealed or len(sealed) % 16:
        raise Problem("sealed_length")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise wrong() from None


@contextmanager
def unopened_as(code: str) -> Iterator[None]:
    """Tells a wrong password by another code."""
    try:
        yield
    except Problem as problem:
        if problem.code != WRONG_PASSWORD:
            raise
        raise Problem(code) from None


def wrong() -> Problem:
    return Problem(WRONG_PASSWORD)


def _utf8(password: str) -> bytes:
    try:
        return password.encode()
    except UnicodeEncodeError:
        raise wrong() from None

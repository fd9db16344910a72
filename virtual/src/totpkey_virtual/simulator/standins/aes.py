"""`aesio`: AES on PyCA cryptography, with CircuitPython's checks."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES as Algorithm
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB

from totpkey_virtual.simulator import timing
from totpkey_virtual.simulator.buffers import as_bytes
from totpkey_virtual.simulator.context import Context, module
from totpkey_virtual.simulator.machine import Machine

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


MODE_ECB, MODE_CBC, MODE_CTR = 1, 2, 6
BLOCK = 16
_KEY_SIZES = (16, 24, 32)


class AES:
    """CircuitPython shared-bindings/aesio/aes.c: no padding; a missing IV is zero, also in CTR.

    CBC and CTR continue where the last call ended. The unused rest of CTR's last block is dropped.
    """

    _machine: Machine

    def __init__(
        self,
        key: ReadableBuffer,
        mode: int = MODE_ECB,
        IV: ReadableBuffer | None = None,
        counter: object = None,
        segment_size: int = 8,
    ) -> None:
        self.mode = mode
        self.rekey(key, IV)

    @property
    def mode(self) -> int:
        return self._mode

    @mode.setter
    def mode(self, mode: int) -> None:
        if mode not in (MODE_ECB, MODE_CBC, MODE_CTR):
            raise NotImplementedError("Requested AES mode is unsupported")
        self._mode = mode

    def rekey(self, key: ReadableBuffer, IV: ReadableBuffer | None = None) -> None:
        """Start again with this key. Raises ValueError unless it has 16, 24 or 32 bytes, and the IV 16."""
        content = as_bytes(key)
        if len(content) not in _KEY_SIZES:
            raise ValueError("Key must be 16, 24, or 32 bytes long")
        iv = bytes(BLOCK) if IV is None else as_bytes(IV)
        if len(iv) != BLOCK:
            raise ValueError("IV length must be 16")
        self._algorithm = Algorithm(content)
        self._iv = iv

    def encrypt_into(self, src: ReadableBuffer, dest: WriteableBuffer) -> None:
        """Encrypt `src` into `dest`, which may be the same buffer. Raises ValueError on a wrong length."""
        plain, room = self._checked(src, dest)
        room[:] = self._through(self._cipher().encryptor(), plain)
        self._go_on(room, len(plain))

    def decrypt_into(self, src: ReadableBuffer, dest: WriteableBuffer) -> None:
        """Decrypt `src` into `dest`, which may be the same buffer. Raises ValueError on a wrong length."""
        sealed, room = self._checked(src, dest)
        room[:] = self._through(self._cipher().decryptor(), sealed)
        self._go_on(sealed, len(sealed))

    def _through(self, context: CipherContext, data: bytes) -> bytes:
        self._machine.spend(timing.CALL + timing.AES_BLOCK * -(-len(data) // BLOCK))
        return context.update(data) + context.finalize()

    def _checked(self, src: ReadableBuffer, dest: WriteableBuffer) -> tuple[bytes, memoryview]:
        data, room = as_bytes(src), memoryview(dest).cast("B")
        if len(data) != len(room):
            raise ValueError("Source and destination buffers must be the same length")
        if self._mode == MODE_ECB and len(data) != BLOCK:
            raise ValueError("ECB only operates on 16 bytes at a time")
        if self._mode == MODE_CBC and len(data) % BLOCK:
            raise ValueError("CBC blocks must be multiples of 16 bytes")
        return data, room

    def _cipher(self) -> Cipher[CBC | CTR | ECB]:
        modes: dict[int, CBC | CTR] = {MODE_CBC: CBC(self._iv), MODE_CTR: CTR(self._iv)}
        return Cipher(self._algorithm, modes.get(self._mode, ECB()))  # noqa: S305 - the chip has it

    def _go_on(self, sealed: bytes | memoryview, length: int) -> None:
        """Set the IV of the next call: CBC's last ciphertext block, CTR's next counter."""
        if self._mode == MODE_CBC and length:
            self._iv = bytes(sealed[-BLOCK:])
        elif self._mode == MODE_CTR:
            counter = int.from_bytes(self._iv) + -(-length // BLOCK)
            self._iv = (counter % (1 << 8 * BLOCK)).to_bytes(BLOCK)


def modules(context: Context) -> list[ModuleType]:
    cipher = type("AES", (AES,), {"_machine": context.machine})
    return [
        module(
            "aesio",
            AES=cipher,
            MODE_ECB=MODE_ECB,
            MODE_CBC=MODE_CBC,
            MODE_CTR=MODE_CTR,
            block_size=BLOCK,
            key_size=_KEY_SIZES,
        )
    ]

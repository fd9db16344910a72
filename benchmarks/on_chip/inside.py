"""code.py that measures on the chip with the chip's own clock and reports over serial."""

import gc
import time

import usb_cdc

from totpkey_firmware.key import Key, everyday_vault
from totpkey_firmware.loop import Loop
from totpkey_firmware.otp import hotp
from totpkey_firmware.platform import Platform
from totpkey_protocol.frames import FrameWriter


def milliseconds(algorithm: str, rounds: int) -> float:
    """Return the device time of one code in ms, excluding the first, which also loads modules."""
    secret = bytes(range(20))
    hotp(algorithm, secret, 0, 6)
    start = time.monotonic_ns()
    for counter in range(rounds):
        hotp(algorithm, secret, counter, 6)
    return (time.monotonic_ns() - start) / 1e6 / rounds


key = Key(Platform(), everyday_vault)
loop = Loop(key)
for _ in range(20):
    loop.turn()
gc.collect()
heap = gc.mem_free()  # type: ignore[attr-defined]
figures = {"heap": heap, "accounts": len(key.vault)}
for algorithm, rounds in (("SHA1", 20), ("SHA256", 20), ("SHA512", 2)):
    figures[algorithm] = round(1000 * milliseconds(algorithm, rounds))
while usb_cdc.data:
    if usb_cdc.data.connected:
        FrameWriter(usb_cdc.data.write).send(dict(figures))
    time.sleep(0.1)

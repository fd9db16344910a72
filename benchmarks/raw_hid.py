"""Measure what raw HID would cost instead of CDC, on the emulated chip (docs/decisions/0071).

    PYTHONPATH=tools python -m benchmarks.raw_hid

The host takes one report and sends one at each poll, every 8 ms, as the key's descriptor requests. It sends
the next report only after a reply, since CircuitPython keeps only the last report received.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.images import sealed_images
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.chip.usb_controller import Handshake

_SOURCES = Path(__file__).resolve().parent / "transports"
_ID, _SIZE, _POLL = 4, 63, 8
#: Typical lengths in bytes: one `add` with its reply, and a chunk of an update.
LENGTHS = (200, 4096)


class Pipe:
    """The two endpoints of the HID interface, served at each poll."""

    def __init__(self, key: ChipKey) -> None:
        self._controller = key._cable()._controller
        self._key = key
        self.received = bytearray()
        self._next: bytes | None = None
        self.lost = self.refused = 0
        bus = key._cable().bus
        self._previous_handler, bus.on_frame = bus.on_frame, self._frame
        (interface,) = [i for i in _interfaces(key) if i.usb_class == 3]
        self._in = next(e.number for e in interface.endpoints if e.address & 0x80)
        self._out = next(e.number for e in interface.endpoints if not e.address & 0x80)

    def _frame(self, number: int) -> None:
        if number % _POLL:
            return
        packet = self._controller.take(self._in)
        if isinstance(packet, bytes) and packet[0] == _ID:
            self.received += packet[1:]
        if self._next is not None:
            if self._controller.give(self._out, bytes((_ID,)) + self._next) is Handshake.ACK:
                self._next = None
            else:
                self.refused += 1

    def exchange(self, part: bytes) -> bytes:
        """Send one report and return one."""
        self.received.clear()
        self._next = part.ljust(_SIZE, b"\0")
        assert self._key.run_until(lambda: len(self.received) >= _SIZE, 2)
        return bytes(self.received)

    def push(self, parts: list[bytes]) -> int:
        """Send all parts, one at each poll, without waiting for replies. Return how many come back."""
        self.received.clear()
        for part in parts:
            self._next = part.ljust(_SIZE, b"\0")
            assert self._key.run_until(lambda: self._next is None, 2)
        self._key.run(0.1)
        return len(self.received) // _SIZE


def _interfaces(key: ChipKey) -> list:  # type: ignore[type-arg]
    from totpkey_virtual.chip import descriptors

    return list(descriptors.interfaces(key.control(0x80, 6, 0x0200, 0, length=255) or b""))


def _started(image: Path, kind: str, folder: Path) -> ChipKey:
    for name in ("boot", "code"):
        shutil.copy(_SOURCES / f"{kind}_{name}.py", folder / f"{name}.py")
    key = ChipKey(image, folder)
    # The first start only writes boot_out.txt.
    key.plug()
    key.run(4)
    key.unplug()
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    return key


def measure_hid(image: Path) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        key = _started(image, "hid", Path(folder))
    figures = {"configured after, ms": key.uptime_ms}
    pipe = Pipe(key)
    key.run(1)
    start = key.uptime_ms
    figures["heap free"] = int.from_bytes(pipe.exchange(b"\xff")[:4], "little")
    for length in LENGTHS:
        start = key.uptime_ms
        for at in range(0, length, _SIZE):
            part = bytes(min(_SIZE, length - at))
            pipe.exchange(part)
        figures[f"{length} B out and in, ms"] = key.uptime_ms - start
    figures["of 20 reports sent one a poll, come back"] = pipe.push([bytes((n,)) * 63 for n in range(1, 21)])
    return figures


def measure_cdc(image: Path) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        key = _started(image, "cdc", Path(folder))
    figures = {"configured after, ms": key.uptime_ms}
    key.run(1)
    key.open_serial()
    key.run(0.1)
    figures["heap free"] = int.from_bytes(_echo(key, b"\xff", 4), "little")
    for length in LENGTHS:
        start = key.uptime_ms
        assert _echo(key, bytes(length), length) == bytes(length)
        figures[f"{length} B out and in, ms"] = key.uptime_ms - start
    return figures


def _echo(key: ChipKey, data: bytes, length: int) -> bytes:
    got = bytearray()
    key.write_serial(data)

    def whole() -> bool:
        got.extend(key.read_serial())
        return len(got) >= length

    assert key.run_until(whole, 10)
    return bytes(got)


def main() -> int:
    """Print the figures of both transports."""
    image = sealed_images()[0]
    for name, measured in (("raw HID", measure_hid(image)), ("CDC", measure_cdc(image))):
        print(name)
        for what, value in measured.items():
            print(f"  {what}: {value:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

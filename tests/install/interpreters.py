"""CircuitPython images that a test has made itself."""

from __future__ import annotations

from tests.sealing.assembled import START, all_functions, versions
from totpkey_volume import uf2
from totpkey_volume.circuitpython import SECTOR

#: Stands for CircuitPython where it is not run: three sectors, the last not full.
#: Made up; its bytes are in an order in which no secret of the tests stands.
INTERPRETER = b"\x01boot2" + bytes(at * 167 % 256 for at in range(256)) * 40


FULL = INTERPRETER.ljust(3 * SECTOR, b"\xff")


def interpreter(
    board: str = "raspberry_pi_pico", version: str = "10.1.4", code: bytes = all_functions()
) -> bytes:
    """The least that passes for a CircuitPython of a version that no release knows, and can be sealed."""
    text = f"\0BOARD={board}\0Adafruit CircuitPython {version} on 2026-02-20; a board\0"
    content = (FULL[:256] + text.encode() + versions(version)).ljust(START, b"\0") + code
    return uf2.encode({0: content.ljust(3 * SECTOR, b"\xff")})

"""A terminal that opened the key's port as it opens any other: in its cooked mode, which echoes.

Seen on Linux 6.12: whatever the key sends comes back to it, a byte to a packet, its line ends changed; and
what is half typed when the terminal closes stays in the key's buffer.
"""

from __future__ import annotations

from totpkey_virtual.key import VirtualKey

#: Time between two packets of the echo, in seconds.
_PACKET = 0.001


class CookedTerminal:
    """One that is open. Nobody types; `shown` is all that the key has sent."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self.shown = b""
        self.echoed = 0
        key.open_serial()

    def type(self, data: bytes) -> None:
        """Somebody types, or a program writes: that is sent as it is."""
        self._key.write_serial(data)

    def run(self, seconds: float) -> None:
        """Let time pass, and echo."""
        end = self._key.uptime_ms + 1000 * seconds
        while self._key.uptime_ms < end:
            self._key.run(_PACKET)
            came = self._key.read_serial()
            self.shown += came
            for byte in came:
                # ICRNL: a carriage return is a newline to what reads here, and so in the echo (ECHO, ONLCR).
                for sent in b"\r\n" if byte in b"\r\n" else bytes((byte,)):
                    self._key.write_serial(bytes((sent,)))
                    self._key.run(_PACKET)
                    self.echoed += 1

    def close(self) -> None:
        """Close in the middle of a line."""
        self._key.write_serial(b'{"id":9,"comm')
        self._key.run(_PACKET)
        self._key.close_serial()

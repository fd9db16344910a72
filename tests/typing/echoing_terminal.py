"""A terminal that opens the key's port in cooked mode, which echoes everything it reads.

On Linux 6.12, each byte that the key sends comes back in a packet of its own, with line ends converted. A
line that is half typed when the terminal closes stays in the key's buffer.
"""

from __future__ import annotations

from totpkey_virtual.key import VirtualKey

#: Time between two packets of the echo, in seconds.
_PACKET = 0.001


class EchoingTerminal:
    """An open terminal at which nobody types. `shown` is all that the key has sent."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self.shown = b""
        self.echoed = 0
        key.open_serial()

    def type(self, data: bytes) -> None:
        """Send `data` unchanged, as typed by a person or written by a program."""
        self._key.write_serial(data)

    def run(self, seconds: float) -> None:
        """Let time pass, and echo what the key sends."""
        end = self._key.uptime_ms + 1000 * seconds
        while self._key.uptime_ms < end:
            self._key.run(_PACKET)
            received = self._key.read_serial()
            self.shown += received
            for byte in received:
                # ICRNL reads a carriage return as a newline; ECHO and ONLCR send both back as CR LF.
                for sent in b"\r\n" if byte in b"\r\n" else bytes((byte,)):
                    self._key.write_serial(bytes((sent,)))
                    self._key.run(_PACKET)
                    self.echoed += 1

    def close(self) -> None:
        """Close in the middle of a line."""
        self._key.write_serial(b'{"id":9,"comm')
        self._key.run(_PACKET)
        self._key.close_serial()

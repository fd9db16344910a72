"""The program that has the session. A MAC in each request proves who sent it (docs/concepts/consent.md)."""

from binascii import b2a_base64

from totpkey_protocol.frames import MAC_SIZE, MAC_TAIL, mac_of

from ..crypto.hmac import hmac
from ..crypto.kdf import expand
from ..crypto.siv import equal, seal
from .hex import to_hex

#: The purpose for which the sealing key is expanded.
_REPLY = b"totpkey reply"


class Program:
    """The session's key and its last request id. There is no session at first."""

    def __init__(self) -> None:
        self._secret = b""
        self._last = -1

    def begin(self, secret: bytes, request_id: int) -> None:
        """Begin a session with a request of that id, and with 32 bytes that no other program can read."""
        self._secret, self._last = secret, request_id

    def end(self) -> None:
        """End the session."""
        self._secret = b""

    def proves(self, frame: memoryview, request_id: int, mac: object) -> bool:
        """Whether that request is from this program, and is not a replay."""
        if not self._secret or request_id <= self._last or mac != mac_of(frame):
            return False
        computed = hmac("SHA256", self._secret, frame[: len(frame) - MAC_TAIL])
        if not equal(to_hex(computed[:MAC_SIZE]).encode(), mac_of(frame).encode()):
            return False
        self._last = request_id
        return True

    def seal(self, text: str) -> str:
        """Seal a text for the reply to the last request, so that only the program can read it. In base64."""
        sealing = expand(self._secret, _REPLY)
        sealed = seal(sealing, (self._last.to_bytes(4, "big"),), text.encode())
        return b2a_base64(bytes(sealed)).decode().strip()

"""The two who play: the owner, who has the button, and a program on the computer, which has the port.

They speak the wire itself, and their gestures are in seconds, so that an attack can be tried on any firmware.
"""

from __future__ import annotations

import json

from tests.support.desk import AMAZON, Desk

#: Gestures, in seconds.
PRESS, HOLD, LONG_HOLD = 0.08, 2.3, 5.3
GESTURES = (PRESS, HOLD, LONG_HOLD)
#: A person sees how the light blinks, and decides; red flashes that tell of a request's end may come first.
REACTION = 2.0

PIN = "2580"
DERIVED = "853f65617803a6e1f7a7de7ec596fb1fd2212077235246775124c4fca4be3772"
PROGRAMS = "0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0f11"
ARGON2: dict[str, str | int] = {"salt": "00" * 16, "memory": 65536, "passes": 3, "lanes": 4}
SECRET = AMAZON.secret.hex()

Message = dict[str, object]


class Port:
    """The key's serial port, for whoever has it."""

    def __init__(self, desk: Desk) -> None:
        self._key = desk.key
        # Longer than a PIN: the search for leaks would take the id 1357 for one.
        self._number = 10_000
        self._rest = b""

    def open(self) -> None:
        self._key.open_serial()
        self._key.run(0.02)
        self.heard(0.01)

    def close(self) -> None:
        self._key.close_serial()
        self._key.run(0.02)

    def pulse(self) -> None:
        """Let DTR fall and rise: as a program does that opens the port anew."""
        self.close()
        self.open()

    def send(self, name: str, **fields: str | int) -> int:
        """Send a request; its id."""
        self._number += 1
        line = json.dumps({"id": self._number, "command": name, **fields}) + "\n"
        self._key.write_serial(line.encode())
        return self._number

    def heard(self, seconds: float = 0.3) -> list[Message]:
        """What the key says within that time."""
        self._key.run(seconds)
        lines = (self._rest + self._key.read_serial()).split(b"\n")
        self._rest = lines.pop()
        return [json.loads(line) for line in lines if line.endswith(b"}") and line.startswith(b"{")]

    def ask(self, name: str, **fields: str | int) -> Message:
        """Send a request; the first that the key says to it."""
        number = self.send(name, **fields)
        for _ in range(40):
            for message in self.heard(0.05):
                if message.get("id") == number:
                    return message
        return {}


class Stage:
    """One key, its owner and a program. Both see what comes from the port."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.key = desk.key
        self.port = Port(desk)

    def touch(self, gesture: float) -> None:
        """The owner touches the button, and lets go."""
        self.key.press(gesture)
        self.key.run(0.05)

    def agree(self, name: str, gesture: float, **fields: str | int) -> Message:
        """The owner asks for something, sees the light and makes the gesture: what the key answers."""
        number = self.port.send(name, **fields)
        first = [message for message in self.port.heard(0.3) if message.get("id") == number]
        if not first or "notice" not in first[0]:
            return first[0] if first else {}
        self.key.run(REACTION)
        self.touch(gesture)
        # A PIN takes a second to compute, and all pages of a full key longer to blank.
        for _ in range(40):
            for message in self.port.heard(0.2):
                if message.get("id") == number:
                    return message
        return {}

    def set_up(self, pin: bool = False) -> str:
        """A key with its clock set and one account, whose id this gives; with a lock if so wished."""
        self.port.open()
        done(self.port.ask("set_time", time=round(self.key.true_time), within=60))
        account = done(self.add(label="shop"))["account"]
        if pin:
            done(self.agree("set_pin", HOLD, pin=PIN))
        return str(account)

    def add(self, label: str = "me", secret: str = SECRET, **fields: str | int) -> Message:
        return self.port.ask("add", label=label, secret=secret, proof=0, **fields)


def done(message: Message) -> dict[str, object]:
    """The reply's fields. What should be ordinary use is done."""
    assert "ok" in message, message
    fields = message["ok"]
    assert isinstance(fields, dict)
    return fields


def waits(message: Message) -> bool:
    """Whether the key asks for a touch."""
    return "notice" in message

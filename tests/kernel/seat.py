"""Who sits at the Linux computer: presses buttons and lock keys, and reads the screen."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.kernel.guest import LIGHTS, Guest
from totpkey.accounts import codes
from totpkey.accounts.account import Account

#: After this long the kernel repeats a key that is down (input.c), in seconds, less some for safety.
REPEAT_DELAY = 0.2
_TRIES = 10
#: In seconds of the key: what a press takes; after it, two reports a lock key, an answer to each, and a code.
_PRESS, _TYPED = 0.1, 1.5
#: What the kernel needs to take what a new keyboard types, and the key to settle, in seconds.
SETTLED = 3.0


def distinct(text: str) -> str:
    """Without repeats: a key that is down when this machine stands still is repeated by the kernel."""
    return "".join(sign for sign, _ in groupby(text))


class Seat:
    """`account` is by counter: each press has a code of its own, and none waits for the next."""

    def __init__(self, computer: Guest, account: Account) -> None:
        self.computer = computer
        self._account = account
        self._counter = account.counter
        #: The codes that presses have used up, in their order.
        self.used: list[str] = []

    def press(self, seconds: float = _TYPED) -> str:
        """What arrives on the first text console within `seconds` of the key after a press."""
        self.computer.run("> /tmp/typed")
        self.touch()
        self.computer.let_pass(seconds)
        return self.read()

    def touch(self) -> None:
        """Press the button, and let it go."""
        self.computer.key.set_button(True)
        self.computer.let_pass(_PRESS)
        self.computer.key.set_button(False)

    def read(self) -> str:
        """What has arrived on the console."""
        return self.computer.run("cat /tmp/typed")

    def expect_code(self, seconds: float = _TYPED) -> None:
        """Press, and see the next code arrive, whole and alone.

        Where this machine let the chip stand still for long within it, the kernel has repeated a key that was
        down: that says something of this machine alone, and the press is made again.
        """
        for _ in range(_TRIES):
            port = self.computer.port
            assert port is not None
            port.pipes.longest_hold = 0.0
            typed, code = self.press(seconds), self.next_code()
            self.skip_code()
            if typed == code or port.pipes.longest_hold < REPEAT_DELAY:
                assert typed == code, self.told()
                return
        pytest.skip("this machine has too much else to do: the chip stands still within a code")

    def next_code(self) -> str:
        """What the next press types."""
        return codes.hotp(self._account.secret, self._counter, self._account.algorithm, self._account.digits)

    def skip_code(self) -> None:
        """A press has used the next code up."""
        self.used.append(self.next_code())
        self._counter += 1

    def told(self) -> str:
        """What went over the cable last, for a test that fails."""
        port = self.computer.port
        return ", ".join(port.log[-40:]) if port else "no key at the computer"

    # Lock keys

    def locks(self) -> tuple[bool, bool]:
        """NumLock and CapsLock, as the lights of the key's keyboard in the guest."""
        told = self.computer.run(f"cat {LIGHTS}numlock/brightness {LIGHTS}capslock/brightness")
        number, capital = map(int, told.split())
        return bool(number), bool(capital)

    def set_locks(self, number: bool, capital: bool) -> None:
        """By the computer's own keyboard."""
        for name, place in (("num_lock", 0), ("caps_lock", 1)):
            wanted = list(self.locks())
            if wanted[place] != (number, capital)[place]:
                wanted[place] = not wanted[place]
                self.computer.send_key(name)
                self.expect_locks(*wanted)

    def expect_locks(self, number: bool, capital: bool) -> None:
        """Wait until they stand so: after a code the key puts back what it has switched."""
        assert self.computer.wait_until(lambda: self.locks() == (number, capital)), self.told()

"""A test desk: a virtual key, the computer that it is plugged into, and the hands that touch it.

Everything here happens in the key's own time. In a `PortDesk` the key is at a port that programs on this
computer can open. A `CommandDesk` adds a terminal that runs commands, and a `PageDesk` adds a browser.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
import pytest
from pyotp.contrib.steam import Steam

from tests.leaks.plugin import recorder
from tests.support.consent import agree, announced, await_request, make
from tests.support.remembered import remembered
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.conversation import OnTouch, Touch
from totpkey_protocol import limits
from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import HOTP, STEAM
from totpkey_virtual.computer import Computer
from totpkey_virtual.key import Report, VirtualKey

HID, CDC, CDC_DATA, MASS_STORAGE, AUDIO = 0x03, 0x02, 0x0A, 0x08, 0x01

#: A secret of 32 bytes like Amazon's, and a key derived from a passphrase. Both were drawn at random once:
#: the leak search would find consecutive numbers in CircuitPython's own tables.
AMAZON = Account(
    "Amazon", "shop", bytes.fromhex("7ee63a8c5068e17a00f066d464e9bf57a6d7667143f6dc6f8208ed114962ccb7")
)
DERIVED = bytes.fromhex("853f65617803a6e1f7a7de7ec596fb1fd2212077235246775124c4fca4be3772")
#: How long the light may show how a request ended, or which account is chosen, before the next one, in s.
_SHOWN_BEFORE = 20.0
GITHUB = Account("GitHub", "me", b"12345678901234567890", digits=8)
COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp", counter=7)


def code_at(account: Account, moment: float) -> str:
    """The code by another implementation: of that Unix time, or of the account's counter."""
    digest = getattr(hashlib, account.algorithm.lower())
    secret = base64.b32encode(account.secret).decode()
    if account.type == STEAM:
        return str(Steam(secret).generate_otp(int(moment) // account.period))
    oracle = pyotp.HOTP(secret, digits=account.digits, digest=digest)
    step = account.counter if account.type == HOTP else int(moment) // account.period
    return oracle.generate_otp(step)


def phrase(salt: bytes) -> bytes:
    """What the passphrase of somebody who lends an account gives with this salt, derived cheaply."""
    return salt + DERIVED


def refused(code: str, field: str | None = None) -> pytest.RaisesExc[KeyRefused | Refusal]:
    """Expect that the key, or its firmware, refuses with this code, and names this field if one is given."""
    return pytest.RaisesExc(
        (KeyRefused, Refusal),
        check=lambda told: (told.code, told.field if field is None else field) == (code, told.field),
    )


class Desk:
    #: The time from configuration until the key can certainly type, in s.
    SETTLING = 2.5
    #: Longer than the slowest flash erases a sector, in ms.
    ERASING = 500
    #: The time for a code to arrive after a press, in s.
    ARRIVAL = 0.5

    def __init__(self, key: VirtualKey, computer: Computer | None = None) -> None:
        """`computer` replaces the default one, which reports its lock lights at once."""
        self.key = key
        self.computer = computer or Computer(key)

    @remembered
    def plug_in(self) -> None:
        """Plug in the key and wait until it is configured and can type."""
        self.key.plug()
        self.settle()

    @remembered
    def settle(self) -> None:
        """Wait until the key is configured and ready."""
        assert self.key.run_until(lambda: self.key.usb.enumeration is not None, 8)
        self.key.run(self.SETTLING)
        # A slow flash may still erase what the last time left. A press within that is refused.
        while (done := self.key.flash_operations) and self.key.uptime_ms - done[-1].ms < self.ERASING:
            self.key.run(self.ERASING / 1000)

    def unplug(self) -> None:
        self.key.unplug()

    @remembered
    def replug(self) -> None:
        self.unplug()
        self.plug_in()

    def replug_for_setup(self) -> None:
        """Unplug the key, plug it in again, and hold its button for setup."""
        self.replug()
        self.hold_for_setup()

    def lose_the_time(self) -> None:
        """Unplug the key, take its clock's cell out, and plug it in again."""
        self.unplug()
        self.key.clock.lose_battery()
        self.plug_in()

    def classes(self) -> list[int]:
        """Return the USB classes of the interfaces that the computer sees."""
        enumeration = self.key.usb.enumeration
        assert enumeration is not None
        return [interface.usb_class for interface in enumeration.interfaces]

    def client(self, on_touch: OnTouch | None = None) -> KeyClient:
        """Plug in the key, unless it is, and open its port as a program on the computer does."""
        if not self.key.plugged:
            self.plug_in()
        transport = DirectTransport(self.key)
        client = KeyClient(
            transport,
            on_touch or self.obey,
            now=lambda: self.key.true_time,
            ticks=lambda: self.key.uptime_ms / 1000,
        )
        client.hello()
        return client

    def first_set_up(self) -> KeyClient:
        """Plug in a new key, set its clock, and go on as the program that did so."""
        client = self.client()
        client.set_time(round(self.key.true_time))
        return client

    def setup_client(self, on_touch: OnTouch | None = None) -> KeyClient:
        """Hold the button for setup, and open the port that appears."""
        self.hold_for_setup()
        return self.client(on_touch)

    @contextmanager
    def until_done(self, client: KeyClient) -> Iterator[KeyClient]:
        """Leave setup at the end, and wait for the everyday face."""
        with client:
            yield client
            client.done()
        self.await_face(serial=False)

    def obey(self, touch: Touch) -> None:
        """Make the gesture that a command shows."""
        if touch.begins:
            # Before the light announces a request, it may have to show how the previous one ended.
            assert await_request(self.key, touch.consent, _SHOWN_BEFORE), "the light shows no such request"
            announced(self.key)
            make(self.key, touch.gesture, touch.hold)

    @contextmanager
    def noting(self) -> Iterator[tuple[KeyClient, list[str]]]:
        """Open the port, make each gesture, and note the class of what it was for."""
        asked: list[str] = []

        def obey(touch: Touch) -> None:
            if touch.begins:
                asked.append(touch.consent)
            self.obey(touch)

        with self.client(obey) as client:
            yield client, asked

    def enter_pin(self, pin: str) -> None:
        """Enter a PIN with the button: as many presses as the digit says, and a hold at the end."""
        recorder.known.add_pin(pin)
        self._enter_and_wait(pin)

    @remembered
    def _enter_and_wait(self, pin: str) -> None:
        self.enter(pin)
        self.key.run(2.5)

    def opening(self, pin: str, patience: float = 2.2) -> float:
        """Enter the right PIN. Return the device time in ms from the final release to the last write, which
        comes within `patience` s. Later ones are not of the unlock.
        """
        self.enter(pin)
        released, wrote, programs = self.key.uptime_ms, 0.0, self.key.flash_use.programs
        while self.key.uptime_ms < released + 1000 * patience:
            # An erase makes it longer.
            self.key.run(0.005)
            if self.key.flash_use.programs != programs:
                wrote, programs = self.key.uptime_ms, self.key.flash_use.programs
        return wrote - released

    def enter(self, pin: str) -> None:
        """Enter a PIN with the button, and end where its last touch does."""
        recorder.known.add_pin(pin)
        for digit in pin:
            self.count(int(digit) or 10)
        self.key.press(0.8)

    def count(self, presses: int) -> None:
        """Press the button so many times for a digit."""
        for _ in range(presses):
            self.key.press(0.06)
            self.key.run(0.1)
        self.key.run(1.3)

    def wait_for_the_next_try(self, client: KeyClient) -> None:
        """Wait for the delay that grows with each wrong PIN."""
        used = limits.TRIES - client.slots().tries
        if used >= limits.TRIES_A_POWER_UP:
            self.key.run(2.0 ** (used - 2) + 0.1)

    @remembered
    def provision(self, *accounts: Account, pin: str = "") -> None:
        """Set up a new key with these accounts, and a PIN if one is given, and leave setup."""
        with self.until_done(self.first_set_up()) as client:
            for account in accounts:
                client.add(account)
            if pin:
                client.set_pin(pin)

    @remembered
    def await_face(self, serial: bool) -> None:
        """Wait until the key has restarted with the given face."""
        assert self.key.run_until(lambda: self.shows(serial), 12)
        self.settle()

    @remembered
    def hold_for_setup(self) -> None:
        """Hold the button until the key changes to its setup face."""
        before = self.key.usb.enumeration
        self.key.set_button(True)
        self.key.run(3.2)
        if self.key.usb.enumeration is before:
            # The key sees a hold that begins within an erase of flash when that has ended.
            self.key.run(0.4)
        self.key.set_button(False)
        self.await_face(serial=True)

    def plug_into_setup(self) -> None:
        """A new key with two accounts, in setup."""
        self.provision(AMAZON, GITHUB)
        self.hold_for_setup()

    def press(self, seconds: float | None = None) -> str:
        """Press the button and return the text that the computer then receives."""
        before = len(self.computer.text)
        self.key.press()
        self.key.run(self.ARRIVAL if seconds is None else seconds)
        return self.computer.text[before:]

    def expect_code(self, account: Account, slow: float = 0.0) -> None:
        """Press, away from the boundary of a time step, and check that the account's code arrives."""
        self.away_from_the_boundary(account, 4.0 + slow, slow)
        typed = self.press()
        assert typed == self.code(account), typed

    def agree(self) -> None:
        """Make the gesture that the owner's program shows."""
        agree(self.key)

    def let_it_wait(self) -> None:
        """Wait for longer than the key waits for a press."""
        self.key.run(limits.PRESS_WAIT + 1)

    def blinks(self, seconds: float) -> int:
        """Count how often the light goes on in the next `seconds`."""
        count, lit = 0, any(self.key.light)
        for _ in range(round(seconds / 0.02)):
            self.key.run(0.02)
            before, lit = lit, any(self.key.light)
            count += lit and not before
        return count

    def reports_since(self, before: int) -> list[Report]:
        return self.key.usb.reports[before:]

    def code(self, account: Account) -> str:
        """Return the current code, calculated by an independent implementation."""
        code = code_at(account, self.key.true_time)
        step = int(self.key.true_time) // account.period
        assert code == codes.hotp(account.secret, step, account.algorithm, account.digits)
        return code

    def away_from_the_boundary(self, account: Account, least: float = 4.0, slow: float = 0.0) -> None:
        """Wait, if necessary, until the code stays the same for at least `least` seconds, also on a key that
        gives codes `slow` seconds late.
        """
        left = account.period - self.key.true_time % account.period
        if left < least:
            self.key.run(left + 0.5)
        if slow:
            self.key.run(slow)

    def shows(self, serial: bool) -> bool:
        enumeration = self.key.usb.enumeration
        return enumeration is not None and enumeration.has_serial == serial

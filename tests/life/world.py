"""One key, the computer that it is at, and what must be: the stage on which a life is played."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.attacks.stage import Stage
from tests.cuts.kinds import MORNING
from tests.life.besides import FINGER, Beside
from tests.life.expected import Broken, Change, Expected, State, code_given, code_of, next_chosen, require
from tests.life.firmware import image
from tests.life.gestures import Gestures
from tests.life.given import Given
from tests.life.habits import CHIPS, USUAL, Habits
from tests.support.consent import BETWEEN, PRESS, announced, await_request, make
from tests.support.desk import CDC, CDC_DATA, HID, Desk
from totpkey.errors import TotpkeyError
from totpkey.link.conversation import Touch
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.clock_chip import Now
from totpkey_virtual.computer import Computer
from totpkey_virtual.flash import PowerCut
from totpkey_virtual.key import Report
from totpkey_virtual.secure_element import Memory, SecureElement
from totpkey_virtual.simulator import SimulatedKey

#: How long the light may show how a request ended, before the next one, in s.
_SHOWN_BEFORE = 20.0
#: How long what a touch has begun beside an event may take, in s.
_LATE = 2.0
#: Of a board's twelve keys, those for 0 and for the end of a PIN; how often their owner uses them; and how
#: long a key takes to try a PIN, in s.
_ZERO, _END, _PREFERS_KEYS, _TRIED = 10, 11, 0.5, 2.5


class NoPower(Exception):
    """A cut took the power that an event needs."""


#: All that may be raised where a key has lost its power.
POWERLESS = Broken, NoPower, TotpkeyError, AssertionError, RuntimeError, OSError


class World:
    """The stage. `dice` are those of the present event."""

    def __init__(
        self,
        drive: Path,
        key: SimulatedKey | None = None,
        now: float = MORNING,
        habits: Habits = USUAL,
    ) -> None:
        """`key`: one instead of a new one with the files in `drive`, made at the time `now`."""
        self.dice = random.Random(0)
        self.drive = drive
        self.habits = habits
        self.key: SimulatedKey = key or self._new_key(now)
        self.key.dozes = True
        self.desk = Desk(self.key)
        self.stage = Stage(self.desk)
        self.expected = Expected(self.key.true_time, CHIPS[habits.clock][0])
        #: What happened in the present event, in words; and the classes of the touches that were asked for.
        self.said: list[str] = []
        self.asked: list[str] = []
        self.gestures = Gestures()
        self.given = Given()
        #: The ids of accounts, by their secrets.
        self.ids: dict[bytes, str] = {}
        #: Codes that were typed since the key has started: the account's secret, and the step or counter.
        self.typed: set[tuple[bytes, int]] = set()
        #: Whether the owner has opened the lock since the key has power.
        self.open = False
        #: Whether the computer tells its lock keys, so that a press types for certain.
        self.listens = True
        #: How much of the computer's text is explained, and how much there was before this event; and when
        #: that was by the clock chip.
        self._explained = self._before = 0
        self.began = self.key.clock.unix_time
        #: How often the clock had been set back then.
        self.setbacks = 0
        #: What is to happen beside this event, what happened, and what puts it right again.
        self.beside: Beside | None = None
        self.shaken = ""
        self.undo: Callable[[], object] = bool
        #: What takes reports while they are counted for it.
        self.hooked: Callable[[Report], None] | None = None
        #: How much text there was when a computer that was away for long came back.
        self._returned: int | None = None
        #: Whether the key has no power because somebody pulled it out.
        self._pulled = True
        #: The owner's second key, if they have one; and the one that takes this one's place after the event.
        self.spare: World | None = None
        self.heir: World | None = None
        #: Whether the second key may have had no gesture left in this event.
        self.spare_is_spent = False

    def _new_key(self, now: float) -> SimulatedKey:
        """One that was made from the image, so that it can be updated."""
        habits = self.habits
        key = SimulatedKey(
            self.drive,
            habits.board,
            unix_time=now,
            entropy=self._random_bytes,
            clock=habits.clock,
            element=self._element if habits.element else None,
        )
        key.flash = image(self.drive, habits.board)
        key.set_flash_times(*habits.flash)
        return key

    def _element(self, now: Now) -> SecureElement:
        return SecureElement(now, Memory(PAIRINGS[0][1], self._random_bytes))

    def _random_bytes(self, count: int) -> bytes:
        return self.dice.randbytes(count)

    def begin_event(self, dice: random.Random) -> None:
        self.dice, self.said, self.asked = dice, [], []
        self.given.begin()
        self.shaken, self.undo, self._returned, self.spare_is_spent = "", bool, None, False
        self.began, self._before = self.key.clock.unix_time, self._explained
        self.setbacks = self.expected.clock.setbacks

    def say(self, text: str) -> None:
        self.said.append(text)

    # The second key

    def second_key(self) -> World:
        """The second key, new if there is none, at the present time and with the same dice."""
        if self.spare is None:
            self.spare = World(self.drive, None, self.key.true_time, self.habits)
            # What may not leave the one may not leave the other.
            self.spare.expected.secrets, self.spare.expected.pins = self.expected.secrets, self.expected.pins
            # CircuitPython writes boot_out.txt when it starts for the first time, beside other files.
            self.spare.plug_in()
            self.spare.unplug()
        self.spare.begin_event(self.dice)
        self.spare.said = self.said
        self.spare.catch_up(self)
        return self.spare

    def catch_up(self, other: World) -> None:
        """The other key has lived on in the meantime; this one has no power."""
        self.key.wait_unplugged(max(0.0, other.key.true_time - self.key.true_time))

    def hand_over(self, lost: bool) -> None:
        """Let the second key take this one's place after the event."""
        self.heir, self.spare = self.spare, None
        if self.heir and not lost:
            self.heir.spare = self

    # Power

    @property
    def was_cut(self) -> bool:
        return not self.key.plugged and not self._pulled

    @property
    def was_shaken(self) -> bool:
        """Whether the present event may have failed, by a cut or by what happened beside it."""
        return self.was_cut or bool(self.shaken)

    def arm(self, cut: PowerCut) -> None:
        """Let the power fail at that operation, counted from now or, without power, from the next start.

        On a key with an element it is one of three times a step of the element's.
        """
        if self.key.element and not cut.seed % 3:
            memory = self.key.element.memory
            memory.cut_at = (len(memory.steps) if self.key.plugged else 0) + cut.operation
            return
        number = len(self.key.flash_operations) if self.key.plugged else 0
        self.key.cut_power_at(PowerCut(number + cut.operation, cut.moment, cut.torn, cut.seed))

    def arm_beside(self, beside: Beside) -> None:
        """Let that happen from now on or, without power, from the next start."""
        self.beside = beside
        if self.key.plugged:
            beside.arm(self)

    def put_right(self) -> None:
        """What happened beside the event is over."""
        undo, self.undo = self.undo, bool
        with contextlib.suppress(RuntimeError):
            # Without power, only what is outside of the key is to be put right.
            undo()

    def note_return(self, late: bool) -> None:
        """The computer is back. If it was away for long, or reset the port, no code goes on."""
        self._returned = len(self.desk.computer.text) if late else None

    def disarm(self) -> None:
        """Nothing cuts the power any more, and nothing happens."""
        if self.hooked:
            self.key.usb.on_report, self.hooked = self.hooked, None
        self.beside = None
        self.key.watch_flash(None)
        self.key.cut_power_at(None)
        if self.key.element:
            self.key.element.memory.cut_at = None

    def after_shock(self, before: Iterable[State] = ()) -> None:
        """Take the power away, unless it is gone, after an event that was cut or something happened beside.

        Then the key may hold what it held before, or what it was asked for; and a press may have counted, for
        an account that was chosen `before` the event, too.
        """
        if self.key.plugged:
            self.put_right()
            self.key.run(_LATE)
        if self.key.plugged:
            self.desk.unplug()
        self.put_right()
        self._pulled = True
        self.key.set_button(False)
        self.desk.computer.meet_again()
        self._forget()
        self.expected.cut()
        if self.shaken:
            self.expected.may_have(code_given)
            for secret in dict.fromkeys(state.typed.secret for state in before if state.accounts):
                self.expected.may_have(code_of(secret))
        if self.shaken == FINGER:
            # It may have cut short the hold that leads to setup.
            self.expected.may_have(next_chosen)
        self.given.doubt()
        self.expected.lose_power()

    def unplug(self) -> None:
        if self.key.plugged:
            self.listen()
            self.look_for_faults()
        self.pull_out()

    def pull_out(self) -> None:
        """Take its power, whatever it has done."""
        if self.key.plugged:
            self._pulled = True
            self.desk.unplug()
            self.desk.computer.meet_again()
            self.expected.lose_power()
        self._forget()

    def _forget(self) -> None:
        self.typed.clear()
        self.gestures.forget()
        self.open = False

    def plug_in(self, sit_down: Callable[[], None] = lambda: None) -> None:
        """Give the key power, unless it has it. A computer may `sit_down` before it."""
        if not self.key.plugged:
            self._pulled = False
            self.key.plug()
            sit_down()
            if self.beside and not self.shaken:
                self.beside.arm(self)
            self.come_up()

    def come_up(self) -> None:
        """Wait until the key is on the bus and can type."""
        came = self.key.run_until(lambda: self.key.usb.enumeration is not None, 8)
        self.need_power()
        require(came, "A way back", "the key does not appear on the bus")
        self.run(self.desk.SETTLING)
        self.look_for_faults()

    def await_face(self, serial: bool) -> None:
        """Wait until the key has restarted with the other face. It forgets what it typed."""
        self.typed.clear()
        self.gestures.forget()
        came = self.key.run_until(lambda: self.desk.shows(serial), 12)
        self.need_power()
        require(
            came, "A way back", f"the key does not change to its {'setup' if serial else 'everyday'} face"
        )
        self.come_up()

    def run(self, seconds: float) -> None:
        """Let time pass, in which the key must not lose its power."""
        self.key.run(seconds)
        self.need_power()

    def need_power(self) -> None:
        if not self.key.plugged:
            raise NoPower

    @property
    def in_setup(self) -> bool:
        return self.desk.shows(serial=True)

    def look_for_faults(self) -> None:
        """No crash, no reset by the watchdog, no face that only CircuitPython has."""
        if not self.key.plugged or self.key.usb.enumeration is None:
            return
        classes = set(self.desk.classes())
        require(classes <= {HID, CDC, CDC_DATA}, "Sound", f"the key shows the USB classes {classes}")
        chip = getattr(self.key, "_chip", None)
        if chip is None:
            # The emulated chip tells nothing else of itself.
            return
        require("Traceback" not in self.key.console, "Sound", self.key.console[-600:])
        require(chip.reset_reason != "WATCHDOG", "Sound", "the watchdog fired")
        require(chip.safe_mode is None, "Sound", f"safe mode: {chip.safe_mode}")

    # What is typed, and touched

    def listen(self, explains: Callable[[str], bool] = lambda text: text == "") -> str:
        """Take what was typed since the last time. Nothing may have been, unless `explains` knows why."""
        text = self.desk.computer.text[self._explained :]
        self._explained += len(text)
        require(explains(text), "Nothing else", f"the key typed {text!r}")
        return text

    def typed_in_event(self) -> tuple[str, str]:
        """All that this event typed; the second part after a computer that was away for long came back."""
        text = self.desk.computer.text
        self._explained = len(text)
        returned = len(text) if self._returned is None else max(self._returned, self._before)
        return text[self._before : returned], text[returned:]

    def seat(self, computer: Computer) -> None:
        """Another computer has come, and its text begins."""
        self.desk.computer, self._explained, self._before = computer, 0, 0
        self.hooked = None
        if self.beside and not self.shaken:
            self.beside.arm(self)

    def obey(self, touch: Touch) -> None:
        """Make the gesture that a command shows."""
        if touch.begins:
            self.asked.append(touch.consent)
            self.gestures.note(touch.gesture, touch.consent, self.key.true_time)
            if self.beside:
                self.beside.touched(self)
            self._read_the_light(touch.consent)
            announced(self.key)
            if self._prefers_keys():
                make(self.key, "", touch.hold)
                self.touch_keys(*(int(count) - 1 for count in touch.gesture))
            else:
                make(self.key, touch.gesture, touch.hold)

    def enter_pin(self, pin: str) -> None:
        """With the button, or with the keys of a board that has them, as on a telephone."""
        if self._prefers_keys():
            self.touch_keys(*(int(digit) - 1 if digit != "0" else _ZERO for digit in pin), _END)
            self.key.run(_TRIED)
        else:
            self.desk.enter_pin(pin)
        self.need_power()

    def _prefers_keys(self) -> bool:
        return bool(BOARDS[self.habits.board].keys) and self.dice.random() < _PREFERS_KEYS

    def touch_keys(self, *numbers: int) -> None:
        """Touch the board's further keys, one after the other."""
        for number in numbers:
            pin = BOARDS[self.habits.board].keys[number]
            self.key.wiring.touch(pin, True)
            try:
                self.key.run(PRESS)
            finally:
                self.key.wiring.touch(pin, False)
            self.run(BETWEEN)

    def _read_the_light(self, consent: str) -> None:
        """Wait until the light shows such a request. Before, it may show how the previous one ended."""
        self.key.dozes = False
        try:
            shown = await_request(self.key, consent, _SHOWN_BEFORE)
        finally:
            self.key.dozes = True
        self.need_power()
        require(shown, "Agreed", f"the light shows no request of the class {consent}")

    @contextlib.contextmanager
    def asking(self, consent: str, change: Change, *between: Change) -> Iterator[None]:
        """The owner asks for `change` here, and the key for a touch of that class."""
        self.asked.clear()
        with self.expected.change(change, *between):
            yield
        self.require_asked(consent)

    @contextlib.contextmanager
    def by_hand(self, *changes: Change) -> Iterator[None]:
        """The owner makes the first of `changes` with the button, unless something beside came between."""
        with self.expected.change(*changes):
            yield
            if self.shaken:
                self.expected.interrupt()

    def require_asked(self, consent: str) -> None:
        """The last command must have asked for a touch of that class."""
        seen = f"the touches asked for were {self.asked or 'none'}, not {consent}"
        require(self.asked[-1:] == [consent], "Agreed", seen)

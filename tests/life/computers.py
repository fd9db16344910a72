"""Computers: what the key is plugged into, and what they do in the middle of a code."""

from __future__ import annotations

from collections.abc import Callable

from tests.life import expected as model
from tests.life import faces
from tests.life.failure import require
from tests.life.signing import is_beginning, sign_in
from tests.life.world import World
from totpkey_virtual.computer import LINUX, MACOS, WINDOWS, Answer, Computer, Platform
from totpkey_virtual.key import Report
from totpkey_virtual.keyboard import SHIFT, US, Keyboard

#: How long computers take to report a change of their lock keys, in ms.
_ANSWERS = 0, 0, 1, 8, 20, 90, 300
#: How often a computer without a Mac's keyboard has a Chinese input method on.
_CHINESE = 0.3
#: Times between two polls of the keyboard, in ms.
_POLLS = (8,), (8,), (1,), (4,), (10,), (8, 9, 7, 12, 3)
#: When something happens in a code: so long after the press, in s, or after one of its first reports.
_WITHIN, _REPORTS = 0.25, 18
#: A computer that was away for longer is another one, so no code goes on there; in s.
_GONE = 0.4
#: How long a reset of the port takes, and a restart, in s.
_RESETS = 0.02, 0.05, 0.3
_AFTERWARDS = 2.5


class MacKeyboard(Keyboard):
    """A Mac's view: it has no NumLock, and its keypad always gives digits."""

    def report(self, report: bytes) -> None:
        self.num_lock = True
        super().report(report)
        self.num_lock = True


class PinyinKeyboard(Keyboard):
    """A Chinese input method is on, with nothing composed: digits come as they are.

    A letter would open a line, in which the next digit chooses a character, and Shift alone would switch to
    English. Both were seen with ibus and fcitx5 (docs/guide/wrong-digits.md, tests/layouts). So `text` shows
    whatever a key does to the input method.
    """

    _modifiers = 0
    _alone = False

    def report(self, report: bytes) -> None:
        # Modifiers come first in a report, and so in what programs see.
        if self._alone and not report[0] & SHIFT:
            self.text += "<English>"
        pressed = report[0] & SHIFT and not self._modifiers & SHIFT
        self._alone = bool(pressed or (self._alone and report[0] & SHIFT)) and not any(report[2:])
        self._modifiers = report[0]
        super().report(report)

    def _character(self, usage: int, shift: bool) -> str:
        character = super()._character(usage, shift)
        wide = shift and character == " "
        return "<full width>" if wide else f"<composes {character}>" if character.isalpha() else character


def another_computer(world: World) -> None:
    """The key is plugged into another one."""
    dice = world.dice
    platform = dice.choice((LINUX, LINUX, WINDOWS, WINDOWS, MACOS))
    world.listens = dice.random() < 0.9
    answer = Answer(dice.choice(_ANSWERS), dice.random() < 0.3)
    world.unplug()
    world.key.set_host_leds(0)
    keyboard = _keyboard(world, platform)
    world.plug_in(lambda: world.seat(Computer(world.key, keyboard, platform, world.listens, answer)))
    world.key.set_poll_gaps(dice.choice(_POLLS))
    told = f"answers after {answer.after:.0f} ms" if world.listens else "tells nothing of its lock keys"
    world.say(f"came to a computer with {platform.name}, which {told}")


def kvm_switches(world: World) -> None:
    """A KVM switch gives the key to another computer, without taking its power."""
    dice = world.dice
    platform = dice.choice((LINUX, WINDOWS, MACOS))
    world.plug_in()
    world.listen()
    world.listens = dice.random() < 0.6
    answer, keyboard = Answer(dice.choice(_ANSWERS), dice.random() < 0.3), _keyboard(world, platform)
    world.key.reset_port(dice.choice(_RESETS))
    world.key.set_host_leds(0)
    world.seat(Computer(world.key, keyboard, platform, world.listens, answer))
    world.come_up()
    world.say(f"a KVM switch gave it to a computer with {platform.name}")
    if dice.random() < 0.7 and faces.everyday(world):
        sign_in(world)


def _keyboard(world: World, platform: Platform) -> Keyboard:
    caps_lock = world.dice.random() < 0.2
    if platform is MACOS:
        return MacKeyboard(US, num_lock=True, caps_lock=caps_lock)
    kind = PinyinKeyboard if world.dice.random() < _CHINESE else Keyboard
    return kind(US, world.dice.random() < 0.5, caps_lock)


def restarts_in_a_code(world: World) -> None:
    takes = world.dice.choice(_RESETS)
    if _interrupted(world, lambda: world.key.reset_port(takes)):
        world.say("the computer restarted within a code")


def sleeps_in_a_code(world: World) -> None:
    asleep = world.dice.choice((0.002, 0.05, 0.4, 3.0))
    away = Away(world, asleep, world.key.resume)

    def sleep() -> None:
        world.key.suspend()
        away.begin()

    if _interrupted(world, sleep):
        away.judge()
        # A key that locks itself when the computer sleeps has done so.
        world.unplug()
        world.say("the computer fell asleep within a code")


def stops_polling(world: World) -> None:
    """It hangs within a code, and goes on half a second later."""
    away = Away(world, 0.5, lambda: world.key.set_polling(True))

    def hang() -> None:
        world.key.set_polling(False)
        away.begin()

    if _interrupted(world, hang):
        away.judge()
        world.say("the computer hung within a code")


class Away:
    """A computer that is away for `seconds`, until it does `back`. A code that was under way is over then."""

    def __init__(self, world: World, seconds: float, back: Callable[[], None]) -> None:
        self._world, self._seconds, self._back = world, seconds, back
        self._computer = world.desk.computer
        self._start = len(self._computer.text)
        #: How much of the code had come when the computer went, and when it was back.
        self._before = 0
        self._after: int | None = None

    def begin(self) -> None:
        self._before = self._came
        self._world.key.after(self._seconds, self._return)

    def _return(self) -> None:
        self._after = self._came
        self._back()

    @property
    def _came(self) -> int:
        return len(self._computer.text) - self._start

    def judge(self) -> None:
        """The key has waited for a short time only: what it had stopped may not come to a field of later."""
        if self._before and self._after is not None and self._seconds >= _GONE:
            late = self._came - self._after
            require(not late, "Whole", f"{late} characters came after {self._seconds} s away")


def _interrupted(world: World, event: Callable[[], None]) -> bool:
    """Press, and let `event` happen soon after. False without a code to type."""
    if not faces.everyday(world) or world.expected.clock.must_not_be_trusted:
        world.say("no code to interrupt")
        return False
    began = world.key.clock.unix_time
    counts = any(model.counts(state, state.chosen) for state in world.expected.possible)
    world.listen()
    world.expected.begin(*((model.code_given,) if counts else ()))
    take = world.key.usb.on_report
    if world.dice.random() < 0.3:
        world.key.after(world.dice.uniform(0.0, _WITHIN), event)
    else:
        _at_report(world, world.dice.randrange(1, _REPORTS), event)
    try:
        world.key.press()
        world.need_power()
        world.key.run(_AFTERWARDS)
        world.need_power()
    finally:
        # Also after a cut: the event belongs to this code alone.
        world.key.usb.on_report = take
    text = world.listen(lambda _text: True)
    _judge(world, text, began)
    return True


def _at_report(world: World, number: int, event: Callable[[], None]) -> None:
    """Let `event` happen between that report and the next."""
    usb, later = world.key.usb, world.dice.uniform(0.0, 0.009)
    take, left = usb.on_report, number

    def count(report: Report) -> None:
        nonlocal left
        take(report)
        left -= 1
        if left == 0:
            world.key.after(later, event)

    usb.on_report = count


def _judge(world: World, text: str, began: float) -> None:
    """What came is a beginning of the right code."""
    began_right = is_beginning(world, text, began)
    require(began_right, "Whole", f"an interrupted code came as {text!r}")
    world.expected.interrupt()
    # A code that is waited for is typed when it begins, which is another event's.
    world.unplug()

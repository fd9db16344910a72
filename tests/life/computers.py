"""Computers: what the key is plugged into, and what they do in the middle of a code."""

from __future__ import annotations

from collections.abc import Callable

from tests.life import expected as model
from tests.life import faces
from tests.life.failure import require
from tests.life.signing import is_beginning
from tests.life.world import World
from totpkey_protocol.words import HOTP
from totpkey_virtual.computer import LINUX, MACOS, WINDOWS, Answer, Computer, Platform
from totpkey_virtual.keyboard import US, Keyboard

#: How long computers take to report a change of their lock keys, in ms.
_ANSWERS = 0, 0, 1, 8, 20, 90, 300
#: Times between two polls of the keyboard, in ms.
_POLLS = (8,), (8,), (1,), (4,), (10,), (8, 9, 7, 12, 3)
#: When something happens in a code, in s after the press: within its first reports, or before them.
_WITHIN = 0.25
#: How long a reset of the port takes, and a restart, in s.
_RESETS = 0.02, 0.05, 0.3
_AFTERWARDS = 2.5


class MacKeyboard(Keyboard):
    """A Mac's view: it has no NumLock, and its keypad always gives digits."""

    def report(self, report: bytes) -> None:
        self.num_lock = True
        super().report(report)
        self.num_lock = True


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


def _keyboard(world: World, platform: Platform) -> Keyboard:
    caps_lock = world.dice.random() < 0.2
    if platform is MACOS:
        return MacKeyboard(US, num_lock=True, caps_lock=caps_lock)
    return Keyboard(US, world.dice.random() < 0.5, caps_lock)


def restarts_in_a_code(world: World) -> None:
    takes = world.dice.choice(_RESETS)
    if _interrupted(world, lambda: world.key.reset_port(takes)):
        world.say("the computer restarted within a code")


def sleeps_in_a_code(world: World) -> None:
    asleep = world.dice.choice((0.002, 0.05, 0.4, 3.0))

    def sleep() -> None:
        world.key.suspend()
        world.key.after(asleep, world.key.resume)

    if _interrupted(world, sleep):
        # A key that locks itself when the computer sleeps has done so.
        world.unplug()
        world.say("the computer fell asleep within a code")


def stops_polling(world: World) -> None:
    """It hangs within a code, and goes on half a second later."""

    def hang() -> None:
        world.key.set_polling(False)
        world.key.after(0.5, lambda: world.key.set_polling(True))

    if _interrupted(world, hang):
        world.say("the computer hung within a code")


def _interrupted(world: World, event: Callable[[], None]) -> bool:
    """Press, and let `event` happen soon after. False without a code to type."""
    if not faces.everyday(world) or world.expected.clock.must_not_be_trusted:
        world.say("no code to interrupt")
        return False
    began = world.key.clock.unix_time
    counts = any(state.accounts[state.chosen].type == HOTP for state in world.expected.possible)
    world.listen()
    world.expected.begin(*((_count,) if counts else ()))
    world.key.after(world.dice.uniform(0.0, _WITHIN), event)
    world.key.press()
    world.need_power()
    world.key.run(_AFTERWARDS)
    world.need_power()
    text = world.listen(lambda _text: True)
    _judge(world, text, began)
    return True


def _count(state: model.State) -> model.State:
    if state.accounts[state.chosen].type != HOTP:
        return state
    return model.counted(state.chosen)(state)


def _judge(world: World, text: str, began: float) -> None:
    """What came is a beginning of the right code."""
    began_right = is_beginning(world, text, began)
    require(began_right, "Whole", f"an interrupted code came as {text!r}")
    world.expected.interrupt()
    # A code that is waited for is typed when it begins, which is another event's.
    world.unplug()

"""Computers: what the key is plugged into."""

from __future__ import annotations

from tests.life import faces
from tests.life.signing import sign_in
from tests.life.world import World
from totpkey_virtual.computer import LINUX, MACOS, SHIFT, US, WINDOWS, Answer, Computer, Keyboard, Platform

#: How long computers take to report a change of their lock keys, in ms.
_ANSWERS = 0, 0, 1, 8, 20, 90, 300
#: How often a computer without a Mac's keyboard has a Chinese input method on.
_CHINESE = 0.5
#: Times between two polls of the keyboard, in ms.
_POLLS = (8,), (8,), (1,), (4,), (10,), (8, 9, 7, 12, 3)
#: How long a reset of the port takes, and a restart, in s.
_RESETS = 0.02, 0.05, 0.3


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
    world.unplug()
    world.plug_in(lambda: world.seat(_computer(world, listens=0.9)))
    world.key.set_poll_gaps(world.dice.choice(_POLLS))


def kvm_switches(world: World) -> None:
    """A KVM switch gives the key to another computer, without taking its power."""
    world.plug_in()
    world.listen()
    # A key that dozes would count the reset to a sleep that was as long.
    world.desk.computer.wake()
    world.run(_RESETS[-1])
    world.key.reset_port(world.dice.choice(_RESETS))
    world.seat(_computer(world, listens=0.6))
    world.come_up()
    if world.dice.random() < 0.7 and faces.everyday(world):
        sign_in(world)


def _computer(world: World, listens: float) -> Computer:
    """One of any kind, which tells its lock keys as often as it `listens`."""
    dice = world.dice
    platform = dice.choice((LINUX, LINUX, WINDOWS, WINDOWS, MACOS))
    world.listens = world.habits.letters or dice.random() < listens
    answer = Answer(dice.choice(_ANSWERS), dice.random() < 0.3)
    told = f"answers after {answer.after:.0f} ms" if world.listens else "tells nothing of its lock keys"
    world.say(f"came to a computer with {platform.name}, which {told}")
    world.key.set_host_leds(0)
    return Computer(world.key, _keyboard(world, platform), platform, world.listens, answer)


def _keyboard(world: World, platform: Platform) -> Keyboard:
    caps_lock = world.dice.random() < 0.2
    if platform is MACOS:
        return MacKeyboard(US, num_lock=True, caps_lock=caps_lock)
    kind = PinyinKeyboard if world.dice.random() < _CHINESE and not world.habits.letters else Keyboard
    return kind(US, world.dice.random() < 0.5, caps_lock)

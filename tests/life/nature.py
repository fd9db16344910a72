"""Nature: time, temperature, cells and cables."""

from __future__ import annotations

from tests.flash import attacker
from tests.life.habits import CHIPS
from tests.life.world import World
from totpkey_protocol.storage import STRIDE
from totpkey_virtual.ds3231 import DS3231, OSCILLATOR_STOPPED, STATUS
from totpkey_virtual.simulator.flash import Flash

#: A key that dozes locks itself late by half of that time.
_SURELY = 1.6
#: How often a clock chip or an element that is gone is back after some days.
_MENDED = 0.5


def days_pass(world: World, days: float, stays: bool) -> None:
    """In which the key lies unused, or `stays` in its socket."""
    if stays and not world.in_setup:
        _stays(world, 86400 * days)
    else:
        world.unplug()
        world.key.wait_unplugged(86400 * days)
    if world.expected.clock.absent and world.dice.random() < _MENDED:
        the_clock_goes_away(world)
    if world.key.element and not world.key.element.connected and world.dice.random() < _MENDED:
        the_element_goes_away(world)


def _stays(world: World, seconds: float) -> None:
    """A key that locks itself while nobody uses it has done so, and types nothing."""
    world.plug_in()
    world.key.run(seconds)
    world.listen()
    idle = [state.locking.idle for state in world.expected.possible if state.lockable]
    if not world.open or not any(idle):
        return
    if all(idle) and seconds > _SURELY * max(idle) + 90:
        world.key.press()
        world.run(2)
        world.listen()
    world.unplug()


def it_gets_warmer(world: World) -> None:
    """Or colder, and the clock drifts otherwise."""
    most = CHIPS[world.habits.clock][1]
    world.key.clock.drift_ppm = world.dice.uniform(-most, most)
    world.say(f"the clock drifts by {world.key.clock.drift_ppm:.1f} ppm")


def the_cell_dies(world: World) -> None:
    world.unplug()
    world.key.clock.lose_battery()
    world.expected.clock.lose()
    world.say("the clock's cell was empty, and got replaced")


def the_clock_stops(world: World) -> None:
    """The cell is almost empty: the oscillator stands still for hours, and the registers keep their time."""
    world.unplug()
    clock = world.key.clock
    if clock.has_lost_time or world.expected.clock.lost:
        return
    shown = clock.unix_time
    world.key.wait_unplugged(world.dice.uniform(600, 10 * 86400))
    clock.lose_battery()
    clock.set_unix(shown)
    if isinstance(clock, DS3231):
        clock._registers[STATUS] |= OSCILLATOR_STOPPED
    else:
        clock.lose_battery()
    world.expected.clock.lose()
    world.say("the clock stood still for a while")


def the_clock_goes_away(world: World) -> None:
    """A cold joint: the clock chip does not answer, or does again."""
    world.unplug()
    world.expected.clock.absent = not world.expected.clock.absent
    world.key.wiring.clock_answers = not world.expected.clock.absent
    world.say(f"the clock chip {'is gone' if world.expected.clock.absent else 'is back'}")


def the_element_goes_away(world: World) -> None:
    """The wires of the secure element break, or are sound again."""
    world.unplug()
    if element := world.key.element:
        element.connected = not element.connected
        world.say(f"the element is {'back' if element.connected else 'gone'}")


class WornFlash(Flash):
    """Flash with one cell that stays 0 and no longer erases."""

    #: Its address, and the bit.
    cell = 0
    bit = 1

    def _change(self, kind: str, address: int, content: bytes) -> None:
        changed = bytearray(content)
        if address <= self.cell < address + len(changed):
            changed[self.cell - address] &= ~self.bit
        super()._change(kind, address, bytes(changed))


def a_cell_sticks(world: World) -> None:
    """One cell of the place that the key writes next, once in a life."""
    flash, pages = world.key._flash, attacker.pages(world.key.flash)
    if isinstance(flash, WornFlash) or not pages:
        return
    latest = max(pages, key=lambda page: page.sequence)
    flash.__class__ = WornFlash
    flash.cell = latest.address + STRIDE + world.dice.randrange(200)  # type: ignore[attr-defined]
    flash.bit = 1 << world.dice.randrange(8)  # type: ignore[attr-defined]
    world.say("a cell of the flash sticks")


def is_worn(world: World) -> bool:
    return isinstance(world.key._flash, WornFlash)

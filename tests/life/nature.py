"""Nature: time, temperature, cells and cables."""

from __future__ import annotations

from tests.flash import attacker
from tests.life.world import World
from totpkey_protocol.storage import STRIDE
from totpkey_virtual.ds3231 import OSCILLATOR_STOPPED, STATUS
from totpkey_virtual.simulator.flash import Flash

#: What a DS3231 may be off, in ppm, from 0 to 40 °C.
_DRIFT = 2.0
#: How often a clock chip or an element that is gone is back after some days.
_MENDED = 0.5


def days_pass(world: World, days: float) -> None:
    world.unplug()
    world.key.wait_unplugged(days * 86400)
    world.say(f"{days:.0f} days passed")
    if world.expected.clock.absent and world.dice.random() < _MENDED:
        the_clock_goes_away(world)
    if world.key.element and not world.key.element.connected and world.dice.random() < _MENDED:
        the_element_goes_away(world)


def it_gets_warmer(world: World) -> None:
    """Or colder, and the clock drifts otherwise."""
    world.key.clock.drift_ppm = world.dice.uniform(-_DRIFT, _DRIFT)
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
    clock._registers[STATUS] |= OSCILLATOR_STOPPED
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


def the_cable_slips(world: World) -> None:
    world.unplug()
    world.key.wait_unplugged(world.dice.uniform(0.5, 60))
    world.plug_in()
    world.say("the key was pulled out and plugged in again")


def a_while(world: World) -> None:
    """The key is left alone, plugged in."""
    world.plug_in()
    world.key.run(world.dice.uniform(0.1, 12))
    world.need_power()
    world.listen()
    world.say("a while passed")


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

"""A key's years: our own advice is followed, a press now and then, on the simulator."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.desk import AMAZON, Desk
from totpkey.accounts import codes
from totpkey.clock.synchronise import measure
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey_firmware.clock.drift import AGES
from totpkey_virtual.clock_chip import CURVE, DAY, YEAR, ClockChip, Crystal, Habits, Now, Weather
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032
from totpkey_virtual.simulator import SimulatedKey

#: How page or command set a key's clock, at the key's own true time.
SetClock = Callable[[VirtualKey, KeyClient], object]
#: Between two presses, in s.
BETWEEN = 9 * DAY
#: Ordinary sticks of each chip, in a drawer.
KEYS: dict[str, tuple[Callable[[Now], ClockChip], Crystal]] = {
    "DS3231": (DS3231, Crystal(0.33, wave=0.1, ageing=0.3, supply=0.5)),
    "RV-3032": (RV3032, Crystal(-0.45, wave=0.25, ageing=-0.3, supply=0.5)),
    "RV-3028": (RV3028, Crystal(0.5, CURVE, ageing=0.3)),
    "PCF8523": (PCF8523, Crystal(-12.0, CURVE, ageing=0.5)),
}


class Years:
    """One key whose clock has that crystal, from its first setting on."""

    def __init__(
        self, key: VirtualKey, crystal: Crystal, set_clock: SetClock, between: float = BETWEEN
    ) -> None:
        self.key, self.desk, self._between = key, Desk(key), between
        self._crystal, self._weather, self._habits = crystal, Weather(1, 22.0, 3.0), Habits(1)
        self._set_clock, self._begin = set_clock, self.key.true_time
        self.presses = self.untyped = self.outside = 0
        #: By how much the clock was further off than it said when it was set, in s.
        self.exceeded = 0.0
        with self.desk.client() as client:
            set_clock(self.key, client)
            client.add(AMAZON)
        self.key.unplug()

    @property
    def age(self) -> float:
        return self.key.true_time - self._begin

    def live(self, age: float, settings: list[float]) -> None:
        """Press every few days until that age, and set the clock at the ages in `settings`."""
        for moment in sorted([*settings, age]):
            while self.age < moment - self._between:
                self._rest(self.age + self._between)
                self._press()
            self._rest(moment)
            if moment in settings:
                self._set()

    def _rest(self, age: float) -> None:
        while self.age < age:
            volts, celsius = self._habits.volts(self.age), self._weather.celsius(self.age)
            self.key.clock.drift_ppm = self._crystal.ppm(self.age, celsius, volts)
            self.key.wait_unplugged(min(DAY, age - self.age))

    def _press(self) -> None:
        self.desk.plug_in()
        self.presses += 1
        pressed = self.key.true_time
        typed = self.desk.press(7)
        near = [self._code(pressed + 30 * step) for step in (-1, 0, 1)] + [self._code(self.key.true_time)]
        self.untyped += not typed
        self.outside += bool(typed) and typed not in near
        self.key.unplug()

    def _code(self, time: float) -> str:
        return codes.totp(AMAZON.secret, int(time), "SHA1", 6, 30)

    def _set(self) -> None:
        self.desk.plug_in()
        with self.desk.setup_client() as client:
            off, said = abs(measure(client, lambda: self.key.true_time).seconds), client.clock().off / 1000
            self.exceeded = max(self.exceeded, off - said - 0.02)
            self._set_clock(self.key, client)
        self.key.unplug()


def ordinary(name: str, set_clock: SetClock) -> Years:
    """Return an ordinary key with a chip of that name, on the simulator."""
    kind, crystal = KEYS[name]
    key = SimulatedKey(drive_folder(), clock=kind, unix_time=1_800_000_000.4)
    key.dozes = True
    return Years(key, crystal, set_clock)


def advised(years: int) -> list[float]:
    """The ages at which our advice has the clock set."""
    return [*map(float, AGES), *(number * YEAR for number in range(2, years))]


def follow(key: Years, years: int = 5) -> None:
    """Follow our advice for so long: no day without typing, no wrong code, and no more error than stated."""
    key.live(years * YEAR, advised(years))
    assert key.presses >= 12 * years
    assert (key.untyped, key.outside, max(key.exceeded, 0.0)) == (0, 0, 0.0)

"""The key: its parts, and the loop in which each gets its turn."""

from totpkey_protocol.commands import BLANK, LOST, OPEN, TRUSTED

from . import memory
from .ahead import Ahead
from .clock.ds3231 import DS3231
from .clock.timekeeper import Timekeeper
from .panel import gestures, light
from .panel.gestures import Gestures
from .panel.light import Light
from .platform import Platform, restart
from .store import Store
from .typist import Typist


class Key:
    """One key, from power-on to power-off. Commands get it whole (`commands`)."""

    def __init__(self, platform: Platform) -> None:
        now = platform.ticks()
        bus = platform.bus()
        self.platform = platform
        self.store = Store()
        self.timekeeper = Timekeeper(DS3231(bus) if bus else None, now)
        self.light = Light(platform.lamp)
        self._gestures = Gestures()
        self._typist = Typist(platform.keyboard)
        self._ahead = Ahead(self._typist)
        self._chosen = 0
        self._clock_changes = 0
        #: By how many seconds the clock was moved without a press in this stay in setup.
        self.corrected = 0
        self._session = None
        if platform.serial:
            # The everyday face has no need of these.
            from .session import Session

            self._session = Session(self, platform.serial, now)
        self.accounts_changed()
        if memory.take_crash():
            self.light.moment(light.CRASHED, now)

    @property
    def state(self) -> str:
        """The protocol's state of the key."""
        return OPEN if len(self.store) else BLANK

    def run(self) -> None:
        """Serve for ever."""
        self.platform.guard()
        while True:
            self.turn()
            self.platform.rest()

    def turn(self) -> None:
        """One round of the loop. The button comes first: what it asks for shall not wait."""
        now = self.platform.ticks()
        edge = self.platform.next_edge()
        while edge:
            self._obey(self._gestures.edge(edge[0], edge[1]), now)
            edge = self.platform.next_edge()
        self._obey(self._gestures.turn(now), now)
        self._typist.turn(now)
        self._keep_time(now)
        if self._session:
            self._session.turn(now)
        self.light.state(self._pattern(), now)
        self.light.turn(now)

    def accounts_changed(self) -> None:
        """The store has other accounts than before: choose again whose code is typed."""
        if self._chosen >= len(self.store):
            self._chosen = 0
        self._ahead.choose(self.store.account(self._chosen) if len(self.store) else None)

    def leave_after_reply(self) -> None:
        """Leave setup once the reply in hand is out."""
        if self._session:
            self._session.leave_after_reply()

    def leave_setup(self) -> None:
        """Come up again in the everyday face."""
        restart(memory.EVERYDAY)

    def _keep_time(self, now: int) -> None:
        timekeeper = self.timekeeper
        timekeeper.turn(now)
        if timekeeper.changes != self._clock_changes:
            self._clock_changes = timekeeper.changes
            self._ahead.forget()
        if timekeeper.state == TRUSTED:
            self._ahead.turn(timekeeper, now)

    def _obey(self, gesture: str, now: int) -> None:
        if gesture == gestures.DOWN:
            self._down(now)
        elif gesture == gestures.PRESS and len(self.store) != 1:
            self._type(now)
        elif gesture == gestures.NEXT and len(self.store) > 1:
            self._chosen = (self._chosen + 1) % len(self.store)
            self.accounts_changed()
            self.light.moment(light.CHOSEN, now)
        elif gesture == gestures.SETUP and not self._session:
            restart(memory.SETUP)

    def _down(self, now: int) -> None:
        if self._session and self._session.confirm(now):
            self._gestures.spend()
        elif len(self.store) == 1:
            # With one account there is nothing to choose, so nothing to wait for.
            self._type(now)

    def _type(self, now: int) -> None:
        typed = False
        if self.timekeeper.state == TRUSTED and len(self.store):
            if not self._ahead.fresh(now):
                self._ahead.turn(self.timekeeper, now)
            typed = self._typist.type(now)
        self.light.moment(light.TYPED if typed else light.REFUSED, now)

    def _pattern(self) -> light.Pattern:
        """What the light shows while nothing happens."""
        if self._session:
            if self._session.asking:
                return light.ASKING
            return light.SETUP if len(self.store) else light.BLANK
        if not len(self.store):
            return light.BLANK
        if self.timekeeper.state != TRUSTED:
            return light.CLOCK_LOST if self.timekeeper.state == LOST else light.CLOCK_MISSING
        return light.READY

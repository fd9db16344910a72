"""The board under test, and what it has been asked for."""

from ..keyboard.typist import Typist
from ..panel import light
from ..panel.light import Pattern
from ..platform import Platform
from ..ticks import passed
from .watch import Watch
from .wires import Wires

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Board:
    """Its parts, and its state."""

    def __init__(self, platform: Platform) -> None:
        now = platform.ticks()
        self.platform = platform
        self.typist = Typist(platform.keyboard, now)
        self.wires = Wires(platform)
        self.watch = Watch(platform.down_at_start, now)
        #: What the light shows, unless the board waits for a press.
        self.shown: Pattern = light.BLANK
        #: Since when a press begins to type what is loaded; None if none does.
        self.waits: "int | None" = None
        #: What follows the reply.
        self.then: "Callable[[], object] | None" = None

    def edge(self, pressed: bool, at: int) -> None:
        """The button went down or up, `at` ticks."""
        self.watch.edge(pressed, at)
        # A press that began before the request is none for it.
        if pressed and self.waits is not None and not passed(at, self.waits):
            self.waits = None
            self.typist.type(self.platform.ticks())

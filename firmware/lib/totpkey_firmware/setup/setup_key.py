"""The key in its setup face: what it stores can be changed."""

# The unused ones are loaded at once, while memory is whole. Loaded later, they would lie scattered in it, and
# after a few changes no piece might be left that is large enough for a frame.
from .. import restart_notes
from ..heap import forget
from ..key import Key
from ..panel import unlocking  # noqa: F401
from ..platform import Platform, restart
from ..store import page_writer, usage_log  # noqa: F401
from ..store.pool import open_pool
from ..vault import changes, locks  # noqa: F401
from ..vault.vault import Vault
from .grants import Grants
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..spi import Wire
    from ..vault.settings import TypingSettings

#: What recognizes the clock chip.
_CHIPS = ("totpkey_firmware.clock.chips",)
#: What finds the wire to a secure element, and what drives it.
_PINS = ("totpkey_protocol.element_pins",)
_WIRE = ("totpkey_firmware.spi", "totpkey_firmware.element.glance")


class SetupKey(Key):
    """One key in its setup face, until it leaves it."""

    vault: Vault

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        forget(_CHIPS)
        self.grants = Grants(self.vault)
        self.program = Program()
        #: The wire to a secure element, if one answers when setup begins.
        self.wire = self._find_element()
        #: Set to leave setup as soon as the reply in hand is out.
        self.leaving = False
        #: The slot that the next start is to try.
        self.trial = ""
        #: For how long the button has been down, in ms.
        self.held = 0

    @property
    def with_element(self) -> bool:
        """Whether a secure element answers."""
        if self.wire is None:
            return False
        from ..element.glance import answers

        return answers(self.wire)

    def _find_element(self) -> "Wire | None":
        from ..element.glance import answers

        wire = self.platform.element_wire()
        forget(_PINS)
        if wire is not None:
            if answers(wire):
                return wire
            wire.deinit()
        # Most keys have none, and every use for that memory.
        forget(_WIRE)
        return None

    def come_back(self) -> None:
        """Come up again in the everyday face, as open as now; or in setup to try new firmware."""
        if self.trial:
            restart_notes.note_trial(self.trial)
            restart(restart_notes.SETUP)
        super().come_back()

    def sample(self, text: "bytes", typing_settings: "TypingSettings", now: int) -> bool:
        """Type this, with those settings, in place of a code; whether it begins."""
        self.code_cache.forget()
        self._typist.load(text, typing_settings)
        return self._typist.type(now)

    def _make_vault(self, now: int) -> Vault:
        vault = Vault(open_pool(), restart_notes, now)
        # Should the chip's random generator fail, no two keys shall be alike even so.
        vault.reseed(self.platform.uid.encode())
        vault.rest = self.platform.rest
        return vault

"""The key in its setup face, in which its contents can be changed."""

# Import the unused ones now, while the heap is in one piece. Later imports would scatter over it, and after a
# few changes no free block might be large enough for a frame.
from .. import locked, restart_notes  # noqa: F401
from ..heap import forget
from ..key import Key
from ..platform import Platform, restart
from ..store import page_writer  # noqa: F401
from ..store.pool import open_pool
from ..vault import changes, locks  # noqa: F401
from ..vault.vault import Vault
from .channel import Channel
from .grants import Grants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock.ledger import Ledger
    from ..vault.settings import TypingSettings

#: The module that recognizes the clock chip.
_CHIPS = ("totpkey_firmware.clock.chips",)


class SetupKey:
    """One key in its setup face, until setup ends: its parts, and what setup adds to them."""

    def __init__(self, platform: Platform) -> None:
        #: What it is in its everyday face, too.
        self.everyday = key = Key(platform, self._make_vault)
        self.platform = platform
        self.timekeeper = key.timekeeper
        self.light = key.light
        self.presses = key.presses
        self.accounts_changed = key.accounts_changed
        self.presses.ahead = False
        key.keeps_log = False
        forget(_CHIPS)
        self.grants = Grants(self.vault)
        #: Setup always has a port.
        self.channel = Channel(platform.serial, self.vault.entropy.take(32))  # type: ignore[arg-type]
        #: Whether to leave setup as soon as the current reply is sent.
        self.leaving = False
        #: The slot that the next start tries, or a board test (`restart_notes.note_trial`).
        self.trial = ""
        #: For how long the button has been down, in ms.
        self.held = 0

    @property
    def ledger(self) -> "Ledger":
        """What it knows about its clock, read anew."""
        ledger = self.vault.ledger
        # If its page is not sound, the time is not trusted any more.
        self.timekeeper.judge(self.platform.ticks())
        return ledger

    def come_back(self) -> None:
        """Restart in the everyday face, and stay open if the key is open; or in setup to try what is new."""
        if self.trial:
            restart_notes.note_trial(self.trial)
            restart(restart_notes.SETUP)
        self.everyday.come_back()

    def sample(self, text: "bytes", typing_settings: "TypingSettings", now: int) -> bool:
        """Type this text instead of a code, with these settings. Returns whether typing begins."""
        self.presses.codes.forget()
        self.everyday.typist.load(text, typing_settings)
        return self.everyday.typist.type(now)

    def _make_vault(self, platform: Platform, now: int) -> Vault:
        self.vault = Vault(open_pool(platform.feed), restart_notes, now)
        # Even if the chip's random generator fails, no two keys are alike.
        self.vault.entropy.reseed(platform.uid.encode())
        return self.vault

"""The banks of a secure element, which check a PIN (docs/concepts/element.md).

Loaded only if an element answers.
"""

from totpkey_protocol.errors import NO_ELEMENT, Refusal
from totpkey_protocol.limits import TRIES

from ..crypto.hmac import hmac
from ..crypto.siv import BadSeal, open_sealed, seal, wipe
from ..element.factory import PAIRINGS
from ..element.link import ElementError
from ..element.session import Pairing
from ..element.tropic01 import Tropic01
from ..heap import collect
from ..store.format import BANKS, ELEMENT
from .bank_page import Page, known, read_page
from .sealing import associated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..crypto.kdf import Entropy
    from ..crypto.sha512 import Watch
    from ..element.glance import Wire
    from ..store.pool import Pool

#: How many slots of each of two banks may be sound.
_HALF = TRIES // 2
_KEY = 32
_FRESH, _TRY = b"totpkey element fresh", b"totpkey element try"
#: The input that destroys a slot.
_NOTHING = bytes(_KEY)


class _New:
    """The payload of a new bank's page. S is sealed when the page is composed."""

    def __init__(self, data_key: bytearray, bank: int, page: Page, secret: bytes) -> None:
        self._key = data_key
        self._bank = bank
        self._page = page
        self._secret = secret

    def write_into(self, room: memoryview, sequence: int) -> int:
        name = associated(ELEMENT, self._bank, sequence)
        self._page.sealed = bytes(seal(self._key, name, self._secret))
        payload = self._page.pack()
        room[: len(payload)] = payload
        return len(payload)


class Banks:
    """The banks of the element at the end of `wire`. Methods raise Refusal (no_element, storage)."""

    def __init__(self, pool: "Pool", entropy: "Entropy", wire: "Wire") -> None:
        self._pool = pool
        self._entropy = entropy
        #: Called between the slices while a session is opened.
        self.watch: "Watch" = wire.pause
        self._chip = Tropic01(wire, self._watched)
        #: The pairing, and the public key of the session's element.
        self._pairing, self._public = 0, b""

    def _watched(self) -> None:
        if self.watch:
            self.watch()

    # Sessions

    @property
    def is_open(self) -> bool:
        """Whether the key has an open session. The element may have ended it."""
        return self._chip.is_open

    def open_for(self, bank: int) -> None:
        """Open a session with the element that has this bank, unless one is open and alive."""
        page = read_page(self._pool, bank)
        if page is None:
            raise Refusal(NO_ELEMENT)
        if not self._alive(page.public):
            self._open(page.pairing, page.public)

    def meet(self) -> None:
        """Open a session with any element, and mix its random numbers into all later keys."""
        try:
            public = self._chip.public_key()
        except ElementError:
            raise Refusal(NO_ELEMENT) from None
        if not self._alive(public):
            self._open_by_any(public)
        self._entropy.reseed(self._call(self._chip.random, _KEY))

    def close(self) -> None:
        """End the session."""
        try:
            self._chip.close()
        except ElementError:
            # The session is closed on the key's side.
            pass

    def _alive(self, public: bytes) -> bool:
        if not self._chip.is_open or public != self._public:
            return False
        try:
            return self._chip.ping(b"!") == b"!"
        except ElementError:
            return False

    def _open_by_any(self, public: bytes) -> None:
        for pairing in range(len(PAIRINGS)):
            try:
                self._open(pairing, public)
            except Refusal:
                # Try the next pairing.
                pass
            else:
                return
        raise Refusal(NO_ELEMENT)

    def _open(self, pairing: int, public: bytes) -> None:
        private, own = PAIRINGS[pairing]
        try:
            self._chip.open(Pairing(0, private, own, public), self._entropy.take(_KEY))
        except ElementError:
            raise Refusal(NO_ELEMENT) from None
        self._pairing, self._public = pairing, public
        # Collect the session's garbage now, so that the try of a PIN does not take longer.
        collect()

    # Slots

    def attempt(self, bank: int, number: int, pin_key: bytes) -> bytes:
        """Try a PIN. Returns S if it is right. Destroys the slot of this try."""
        page = read_page(self._pool, bank)
        if page is None:
            raise Refusal(NO_ELEMENT)
        answer = self._give(bank, number, _tried(pin_key))
        return _hidden(page.hidden[_KEY * number :][:_KEY], answer, pin_key)

    def renew(self, bank: int, slots: range, data_key: bytearray) -> None:
        """Make slots sound again."""
        page = read_page(self._pool, bank)
        if page is None or page.public != self._public:
            raise Refusal(NO_ELEMENT)
        try:
            secret = open_sealed(data_key, associated(ELEMENT, bank, page.sequence), page.sealed)
        except BadSeal:
            # This is not the page that was last written here.
            raise Refusal(NO_ELEMENT) from None
        self.freshen(bank, slots, bytes(secret))
        wipe(secret)

    def fill(self, pin_key: bytes, data_key: bytearray, old: int) -> "tuple[int, bytes]":
        """Make a bank for this PIN, beside `old`, which is in force (-1: none). Returns the bank, and S.

        Afterwards both banks together have only as many sound slots as the rule allows, and no slot names the
        new bank yet.
        """
        bank = self._next(old)
        secret = bytes(self._entropy.take(_KEY))
        hidden = bytearray()
        for number in range(TRIES):
            self.freshen(bank, range(number, number + 1), secret)
            hidden += _hidden(secret, self._give(bank, number, _tried(pin_key)), pin_key)
        page = Page(self._pairing, self._public, hidden)
        self._pool.write(ELEMENT, _New(data_key, bank, page, secret), bank)
        if old >= 0:
            self._destroy(old, range(_HALF, TRIES))
        self.freshen(bank, range(_HALF if old >= 0 else TRIES), secret)
        return bank, secret

    def leave(self, kept: int, data_key: bytearray) -> None:
        """Destroy all banks of this element but `kept` (-1: none), and make all of `kept` sound.

        The page of a destroyed bank is removed last, because nothing else remembers the bank. The first half
        of `kept` is already sound. Renewing it would make it unsound for a moment.
        """
        for bank in known(self._pool):
            if bank == kept:
                continue
            page = read_page(self._pool, bank)
            if page is not None and page.public != self._public:
                continue
            self._destroy(bank, range(TRIES))
            if kept >= 0:
                self.renew(kept, range(_HALF, TRIES), data_key)
            self._pool.remove(ELEMENT, bank)

    def owns(self, bank: int) -> bool:
        """Whether the session is with the element that has this bank."""
        page = read_page(self._pool, bank)
        return page is not None and page.public == self._public

    def _next(self, old: int) -> int:
        """The next bank in turn that has no page in flash."""
        taken = known(self._pool)
        for step in range(1, BANKS + 1):
            if (old + step) % BANKS not in taken:
                return (old + step) % BANKS
        raise Refusal(NO_ELEMENT)

    def freshen(self, bank: int, numbers: range, secret: bytes) -> None:
        """Make slots sound for S."""
        fresh = hmac("SHA256", secret, _FRESH)
        for number in numbers:
            self._give(bank, number, fresh)

    def _destroy(self, bank: int, numbers: range) -> None:
        for number in numbers:
            self._give(bank, number, _NOTHING)

    def _give(self, bank: int, number: int, data: bytes) -> bytes:
        return self._call(self._chip.mac_and_destroy, TRIES * bank + number, data)

    def _call(self, method: "Callable[..., bytes]", *arguments: object) -> bytes:
        try:
            return method(*arguments)
        except ElementError:
            raise Refusal(NO_ELEMENT) from None


def _tried(pin_key: bytes) -> bytes:
    return hmac("SHA256", pin_key, _TRY)


def _hidden(secret: "bytes | bytearray", answer: bytes, pin_key: bytes) -> bytes:
    """Hide S under slot and PIN, or recover it."""
    mask = int.from_bytes(hmac("SHA256", answer, pin_key), "big")
    return (int.from_bytes(bytes(secret), "big") ^ mask).to_bytes(_KEY, "big")

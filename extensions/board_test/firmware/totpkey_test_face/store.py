"""Whether the flash keeps what is written where accounts will lie. Leaves every place blank, as it was."""

from totpkey_firmware.store.flash_file import Places
from totpkey_protocol.errors import Refusal
from totpkey_protocol.storage import PAGE, PAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_ROW = 256


def bad_places(rest: "Callable[[], None]") -> bytes:
    """The places that did not keep one of three contents: each bit as 0 and as 1, another in each, and blank.

    All are written before any is read, so that nothing is read from a cache, and no place stands for two.
    The second time they are written from the last to the first: what is written disturbs none before it.
    """
    places, page, bad = Places(), bytearray(PAGE), set()
    for turn in range(3):
        for place in range(PAGES - 1, -1, -1) if turn == 1 else range(PAGES):
            page[:] = _row(turn, place) * (PAGE // _ROW)
            try:
                places.write(place, page)
            except Refusal:
                bad.add(place)
            rest()
        for place in range(PAGES):
            places.read_into(place, 0, page)
            if page != _row(turn, place) * (PAGE // _ROW):
                bad.add(place)
            rest()
    return bytes(sorted(bad))


def _row(turn: int, place: int) -> bytes:
    """What a page repeats. It never begins as a page of accounts does."""
    flip = 0xFF if turn == 1 else 0
    return b"\xff" * _ROW if turn == 2 else bytes([(place ^ at ^ flip) for at in range(_ROW)])

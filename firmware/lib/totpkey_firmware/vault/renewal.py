"""A new data key with each lock: every page is sealed under it, one after the other (docs/storage.md)."""

from ..store.format import TYPING
from .changes import BUCKETS
from .sealing import Tagged, is_genuine, read_tagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool
    from .changes import Changes


def seal(changes: "Changes", pool: "Pool", data_key: bytearray, older: bytearray, number: int) -> bool:
    """Seal the page with that number, from 0 on, under the data key; whether it was the last one.

    Raises Refusal (storage).
    """
    if number < BUCKETS:
        changes.seal_again(number)
        return False
    changes.seal_index_again()
    # A forged page is left as it is: it counts under neither key.
    if pool.has(TYPING) and not is_genuine(pool, TYPING, data_key) and is_genuine(pool, TYPING, older):
        pool.write(TYPING, Tagged(data_key, TYPING, read_tagged(pool, TYPING)))
    return True

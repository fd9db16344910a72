"""Arithmetic on `supervisor.ticks_ms`, which wraps at 2**29 ms (about six days)."""

_WRAP = 1 << 29


def since(then: int, now: int) -> int:
    """Milliseconds from `then` to `now`, if that is less than six days. Allocates nothing."""
    return (now - then) % _WRAP


def passed(then: int, now: int) -> int:
    """As `since`, but 0 where `then` is yet to come: what a round sees may be younger than its `now`."""
    gone = (now - then) % _WRAP
    return gone if gone < _WRAP // 2 else 0


def add(ticks: int, milliseconds: int) -> int:
    """The moment `milliseconds` after `ticks`."""
    return (ticks + milliseconds) % _WRAP

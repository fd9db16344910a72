"""Inverses modulo 2^255 - 19, in slices: `pow` of CircuitPython takes twice as long, and all at once."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sha512 import Watch

_P = (1 << 255) - 19


def inverse(number: int, watch: "Watch") -> int:
    """`number` to the power of p - 2: `watch` is called between its slices."""
    nine = _squared(_squared(number, 1), 2) * number % _P
    eleven = nine * _squared(number, 1) % _P
    # To the power of 2^5 - 1; then, by that and by what was found before, of 2^10 - 1 and on to 2^250 - 1.
    power = _squared(eleven, 1) * nine % _P
    length, powers = 5, {5: power}
    for more in (5, 10, 20, 10, 50, 100, 50):
        power = _squared(power, more) * powers[more] % _P
        length += more
        powers[length] = power
        if watch:
            watch()
    return _squared(power, 5) * eleven % _P


def _squared(number: int, times: int) -> int:
    for _ in range(times):
        number = number * number % _P
    return number

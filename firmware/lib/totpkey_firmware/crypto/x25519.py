"""X25519 (RFC 7748 section 5): a shared secret for two keys that communicate through a computer.

Python's integers have any size, so it is short. But it takes 0.6 s on the chip, and not constant time, so use
each scalar only once, or where nobody can measure the time, or with a blind and after a touch. Setup loads it
only for accounts that go from key to key.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sha512 import Watch

#: Bytes of a scalar and of a point.
SIZE = 32
#: The base point.
BASE = b"\x09" + bytes(SIZE - 1)

_P = (1 << 255) - 19
_A24 = 121665


def multiply(
    scalar: "bytes | bytearray", point: bytes, watch: "Watch" = None, sliced: bool = False, blind: int = 1
) -> bytes:
    """`scalar` times `point`, 32 bytes each: the ladder of section 5. `watch` is called every 8 steps, and if
    `sliced` within the inversion, too: a clone has no heap to spare for that.

    `blind`, not a multiple of the prime, changes no result, but all numbers on the way. Random, it hides from
    somebody who measures the time how these depend on the point.
    """
    bits = int.from_bytes(bytes(scalar), "little") & ((1 << 255) - 8) | 1 << 254
    x1 = int.from_bytes(point, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3 = 1, 0, x1 * blind % _P, blind
    swapped = 0
    for at in range(254, -1, -1):
        if watch and not at & 7:
            watch()
        bit = bits >> at & 1
        if bit != swapped:
            x2, z2, x3, z3, swapped = x3, z3, x2, z2, bit
        plus, minus = x2 + z2, x2 - z2
        one, other = (x3 - z3) * plus % _P, (x3 + z3) * minus % _P
        x3, z3 = (one + other) ** 2 % _P, x1 * ((one - other) ** 2 % _P) % _P
        plus, minus = plus * plus % _P, minus * minus % _P
        between = plus - minus
        x2, z2 = plus * minus % _P, between * (plus + _A24 * between) % _P
    if swapped:
        x2, z2 = x3, z3
    if sliced:
        from . import inverse

        return (x2 * inverse.inverse(z2, watch) % _P).to_bytes(SIZE, "little")
    return (x2 * pow(z2, _P - 2, _P) % _P).to_bytes(SIZE, "little")

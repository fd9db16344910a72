"""SHA-512 (FIPS 180-4 section 6.4) in Python: CircuitPython has no native one.

About 0.1 s a block on the chip, so codes with it are computed ahead of their time step.
"""

BLOCK = 128

_MASK = 0xFFFFFFFFFFFFFFFF
_ROUNDS = 80


def _primes(count: int) -> "list[int]":
    found: "list[int]" = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _root(value: int, power: int) -> int:
    """The whole part of the `power`-th root of `value`, bit by bit, for roots below 2**70."""
    root = 0
    for bit in range(69, -1, -1):
        trial = root | (1 << bit)
        if trial**power <= value:
            root = trial
    return root


_K: "list[int]" = []
_H: "list[int]" = []


def _prepare() -> None:
    """Derive the constants once: fractional parts of roots of primes (sections 4.2.3, 5.3.5)."""
    primes = _primes(_ROUNDS)
    _K.extend([_root(prime << 192, 3) & _MASK for prime in primes])
    _H.extend([_root(prime << 128, 2) & _MASK for prime in primes[:8]])


def _compress(state: "list[int]", block: bytes) -> None:
    words = [int.from_bytes(block[at : at + 8], "big") for at in range(0, BLOCK, 8)]
    a, b, c, d, e, f, g, h = state
    for index in range(_ROUNDS):
        if index < 16:
            word = words[index]
        else:
            w15 = words[(index - 15) & 15]
            w2 = words[(index - 2) & 15]
            word = (
                words[index & 15]
                + (((w15 >> 1) | (w15 << 63)) & _MASK ^ ((w15 >> 8) | (w15 << 56)) & _MASK ^ (w15 >> 7))
                + words[(index - 7) & 15]
                + (((w2 >> 19) | (w2 << 45)) & _MASK ^ ((w2 >> 61) | (w2 << 3)) & _MASK ^ (w2 >> 6))
            ) & _MASK
            words[index & 15] = word
        big1 = ((e >> 14) | (e << 50)) ^ ((e >> 18) | (e << 46)) ^ ((e >> 41) | (e << 23))
        t1 = h + (big1 & _MASK) + ((e & f) ^ (~e & g)) + _K[index] + word
        big0 = ((a >> 28) | (a << 36)) ^ ((a >> 34) | (a << 30)) ^ ((a >> 39) | (a << 25))
        t2 = (big0 & _MASK) + ((a & b) ^ (a & c) ^ (b & c))
        h, g, f, e = g, f, e, (d + t1) & _MASK
        d, c, b, a = c, b, a, (t1 + t2) & _MASK
    for index, value in enumerate((a, b, c, d, e, f, g, h)):
        state[index] = (state[index] + value) & _MASK


def digest(message: bytes) -> bytes:
    """The 64-byte digest of `message`."""
    if not _K:
        _prepare()
    padding = (-len(message) - 17) % BLOCK
    padded = message + b"\x80" + bytes(padding + 8) + (8 * len(message)).to_bytes(8, "big")
    state = list(_H)
    for at in range(0, len(padded), BLOCK):
        _compress(state, padded[at : at + BLOCK])
    return b"".join([word.to_bytes(8, "big") for word in state])

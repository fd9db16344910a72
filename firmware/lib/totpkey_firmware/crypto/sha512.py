"""SHA-512 (FIPS 180-4 section 6.4) in Python, since CircuitPython has no native one.

A block takes about 0.05 s on the chip, so codes with it are computed before their time step.

A word of 64 bits is four limbs of 16 bits, the least significant first. Whole words would be objects
on the heap, 60 of them a round. Where the heap is nearly full, finding room for each takes so long that one
code took 7 s. Limbs are small integers, and need no heap.
"""

from array import array
from binascii import unhexlify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: A long computation calls it at short intervals.
    Watch = Callable[[], None] | None

BLOCK = 128

_MASK = 0xFFFF
_ROUNDS, _HALF = 80, 40


def _limbs(line: str) -> "array[int]":
    """The limbs of four big-endian words."""
    words, limbs = unhexlify(line), array("H", bytes(32))
    for at in range(16):
        limbs[at ^ 3] = words[2 * at] << 8 | words[2 * at + 1]
    return limbs


#: First 64 bits of the fractional parts of the cube roots of the first 80 primes (FIPS 180-4 section 4.2.3).
#: Four words each, because the heap may have no piece for all of them.
_K = [
    _limbs(line)
    for line in (
        "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc",
        "3956c25bf348b53859f111f1b605d019923f82a4af194f9bab1c5ed5da6d8118",
        "d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2",
        "72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694",
        "e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c65",
        "2de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5",
        "983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4",
        "c6e00bf33da88fc2d5a79147930aa72506ca6351e003826f142929670a0e6e70",
        "27b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df",
        "650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353b",
        "a2bfe8a14cf10364a81a664bbc423001c24b8b70d0f89791c76c51a30654be30",
        "d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8",
        "19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8",
        "391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373682e6ff3d6b2b8a3",
        "748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec",
        "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532b",
        "ca273eceea26619cd186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed178",
        "06f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b",
        "28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c",
        "4cc5d4becb3e42b6597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817",
    )
]
#: The same for the square roots of the first 8 primes (section 5.3.5).
_H = [
    _limbs(line)
    for line in (
        "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1",
        "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179",
    )
]


def _load(words: "array[int]", block: memoryview) -> None:
    for at in range(64):
        words[at ^ 3] = block[2 * at] << 8 | block[2 * at + 1]


def _extend(words: "array[int]", at: int) -> None:
    """Step 1 of section 6.4.2: the next word replaces the one of 16 rounds ago, from limb `at` on."""
    _add_first(words, at, at + 4 & 63, at + 36 & 63)
    _add_second(words, at, at + 56 & 63)


def _add_first(words: "array[int]", at: int, p: int, r: int) -> None:
    """Add the function sigma 0 of the word at `p`, and the word at `r`."""
    p0, p1, p2, p3 = words[p], words[p + 1], words[p + 2], words[p + 3]
    t = ((p0 >> 1 | (p1 & 1) << 15) ^ (p0 >> 8 | p1 << 8) ^ (p0 >> 7 | p1 << 9)) & _MASK
    t += words[at] + words[r]
    words[at] = t & _MASK
    t = (t >> 16) + (((p1 >> 1 | (p2 & 1) << 15) ^ (p1 >> 8 | p2 << 8) ^ (p1 >> 7 | p2 << 9)) & _MASK)
    t += words[at + 1] + words[r + 1]
    words[at + 1] = t & _MASK
    t = (t >> 16) + (((p2 >> 1 | (p3 & 1) << 15) ^ (p2 >> 8 | p3 << 8) ^ (p2 >> 7 | p3 << 9)) & _MASK)
    t += words[at + 2] + words[r + 2]
    words[at + 2] = t & _MASK
    t = (t >> 16) + (((p3 >> 1 | (p0 & 1) << 15) ^ (p3 >> 8 | p0 << 8) ^ p3 >> 7) & _MASK)
    words[at + 3] = t + words[at + 3] + words[r + 3] & _MASK


def _add_second(words: "array[int]", at: int, q: int) -> None:
    """Add the function sigma 1 of the word at `q`."""
    q0, q1, q2, q3 = words[q], words[q + 1], words[q + 2], words[q + 3]
    t = words[at] + (((q1 >> 3 | q2 << 13) ^ (q3 >> 13 | q0 << 3) ^ (q0 >> 6 | q1 << 10)) & _MASK)
    words[at] = t & _MASK
    t = (t >> 16) + words[at + 1]
    t += ((q2 >> 3 | q3 << 13) ^ (q0 >> 13 | q1 << 3) ^ (q1 >> 6 | q2 << 10)) & _MASK
    words[at + 1] = t & _MASK
    t = (t >> 16) + words[at + 2]
    t += ((q3 >> 3 | q0 << 13) ^ (q1 >> 13 | q2 << 3) ^ (q2 >> 6 | q3 << 10)) & _MASK
    words[at + 2] = t & _MASK
    t = (t >> 16) + words[at + 3]
    words[at + 3] = t + (((q0 >> 3 | q1 << 13) ^ (q2 >> 13 | q3 << 3) ^ q3 >> 6) & _MASK) & _MASK


# A round is two functions, because the heap may have no piece for the code of one.


def _first(
    e: "list[int]",
    f: "list[int]",
    g: "list[int]",
    h: "list[int]",
    constants: "array[int]",
    k: int,
    words: "array[int]",
    at: int,
) -> None:
    """T1 of step 3 of section 6.4.2, in place of h."""
    mask = _MASK
    x0, x1, x2, x3 = e
    y0, y1, y2, y3 = f
    z0, z1, z2, z3 = g
    t = ((x0 >> 14 | x1 << 2) ^ (x1 >> 2 | x2 << 14) ^ (x2 >> 9 | x3 << 7)) & mask
    t += h[0] + (z0 ^ x0 & (y0 ^ z0)) + constants[k] + words[at]
    h[0] = t & mask
    t = (t >> 16) + (((x1 >> 14 | x2 << 2) ^ (x2 >> 2 | x3 << 14) ^ (x3 >> 9 | x0 << 7)) & mask)
    t += h[1] + (z1 ^ x1 & (y1 ^ z1)) + constants[k + 1] + words[at + 1]
    h[1] = t & mask
    t = (t >> 16) + (((x2 >> 14 | x3 << 2) ^ (x3 >> 2 | x0 << 14) ^ (x0 >> 9 | x1 << 7)) & mask)
    t += h[2] + (z2 ^ x2 & (y2 ^ z2)) + constants[k + 2] + words[at + 2]
    h[2] = t & mask
    t = (t >> 16) + (((x3 >> 14 | x0 << 2) ^ (x0 >> 2 | x1 << 14) ^ (x1 >> 9 | x2 << 7)) & mask)
    t += h[3] + (z3 ^ x3 & (y3 ^ z3)) + constants[k + 3] + words[at + 3]
    h[3] = t & mask


def _second(a: "list[int]", b: "list[int]", c: "list[int]", d: "list[int]", h: "list[int]") -> None:
    """The rest of step 3, where h has T1: d becomes the next e, h the next a."""
    mask = _MASK
    t0, t1, t2, t3 = h
    x = d[0] + t0
    d[0] = x & mask
    x = d[1] + t1 + (x >> 16)
    d[1] = x & mask
    x = d[2] + t2 + (x >> 16)
    d[2] = x & mask
    d[3] = d[3] + t3 + (x >> 16) & mask
    x0, x1, x2, x3 = a
    y0, y1, y2, y3 = b
    z0, z1, z2, z3 = c
    t0 += (x0 & y0 | z0 & (x0 | y0)) + (
        ((x1 >> 12 | x2 << 4) ^ (x2 >> 2 | x3 << 14) ^ (x2 >> 7 | x3 << 9)) & mask
    )
    t1 += (x1 & y1 | z1 & (x1 | y1)) + (
        ((x2 >> 12 | x3 << 4) ^ (x3 >> 2 | x0 << 14) ^ (x3 >> 7 | x0 << 9)) & mask
    )
    t2 += (x2 & y2 | z2 & (x2 | y2)) + (
        ((x3 >> 12 | x0 << 4) ^ (x0 >> 2 | x1 << 14) ^ (x0 >> 7 | x1 << 9)) & mask
    )
    t3 += (x3 & y3 | z3 & (x3 | y3)) + (
        ((x0 >> 12 | x1 << 4) ^ (x1 >> 2 | x2 << 14) ^ (x1 >> 7 | x2 << 9)) & mask
    )
    t1 += t0 >> 16
    t2 += t1 >> 16
    h[0] = t0 & mask
    h[1] = t1 & mask
    h[2] = t2 & mask
    h[3] = t3 + (t2 >> 16) & mask


def _compress(state: "array[int]", block: memoryview, words: "array[int]", watch: "Watch") -> None:
    """Steps 1 to 4 of section 6.4.2. `words` is room for the schedule."""
    _load(words, block)
    a, b, c, d, e, f, g, h = [list(state[at : at + 4]) for at in range(0, 32, 4)]
    for index in range(_ROUNDS):
        if watch and index % _HALF == 0:
            watch()
        at = 4 * index & 63
        if index >= 16:
            _extend(words, at)
        _first(e, f, g, h, _K[index >> 2], 4 * index & 15, words, at)
        _second(a, b, c, d, h)
        last = h
        h = g
        g = f
        f = e
        e = d
        d = c
        c = b
        b = a
        a = last
    for index, word in enumerate((a, b, c, d, e, f, g, h)):
        _add(state, 4 * index, word)


def _add(state: "array[int]", at: int, word: "list[int]") -> None:
    """Add a word to that from limb `at` on."""
    carry = 0
    for limb in word:
        carry += state[at] + limb
        state[at] = carry & _MASK
        carry >>= 16
        at += 1


def digest(message: bytes, watch: "Watch" = None) -> bytes:
    """The 64-byte digest of `message`. Calls `watch` twice per block."""
    whole = len(message) // BLOCK * BLOCK
    rest = len(message) - whole
    # Section 5.1.2: a one, zeros, and the length in bits.
    end = bytearray(BLOCK if rest < BLOCK - 16 else 2 * BLOCK)
    end[:rest] = message[whole:]
    end[rest] = 0x80
    end[-8:] = (8 * len(message)).to_bytes(8, "big")
    state, words = array("H", _H[0]), array("H", bytes(BLOCK))
    state.extend(_H[1])
    for part in (memoryview(message)[:whole], memoryview(end)):
        for at in range(0, len(part), BLOCK):
            _compress(state, part[at : at + BLOCK], words, watch)
    return b"".join([state[at ^ 3].to_bytes(2, "big") for at in range(len(state))])

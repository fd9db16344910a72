"""SHA-512 (FIPS 180-4 section 6.4) in Python, since CircuitPython has no native one.

A block takes about 0.05 s on the chip, so codes with it are computed before their time step.

A word of 64 bits is four limbs of 16 bits, the least significant first. Whole words would be objects
on the heap, 60 of them a round. Where the heap is nearly full, finding room for each takes so long that one
code took 7 s. Limbs are small integers, and need no heap.
"""

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: A long computation calls it at short intervals.
    Watch = Callable[[], None] | None

BLOCK = 128

_MASK = 0xFFFF
_ROUNDS, _HALF = 80, 40


# The constants are bytes as the standard prints them, in pieces for which the heap has room. As arrays, with
# the text that they are made of, they took 3 kB of it.

#: First 64 bits of the fractional parts of the cube roots of the first 80 primes (FIPS 180-4 section 4.2.3).
_K = (
    (
        b"\x42\x8a\x2f\x98\xd7\x28\xae\x22\x71\x37\x44\x91\x23\xef\x65\xcd"
        b"\xb5\xc0\xfb\xcf\xec\x4d\x3b\x2f\xe9\xb5\xdb\xa5\x81\x89\xdb\xbc"
        b"\x39\x56\xc2\x5b\xf3\x48\xb5\x38\x59\xf1\x11\xf1\xb6\x05\xd0\x19"
        b"\x92\x3f\x82\xa4\xaf\x19\x4f\x9b\xab\x1c\x5e\xd5\xda\x6d\x81\x18"
        b"\xd8\x07\xaa\x98\xa3\x03\x02\x42\x12\x83\x5b\x01\x45\x70\x6f\xbe"
        b"\x24\x31\x85\xbe\x4e\xe4\xb2\x8c\x55\x0c\x7d\xc3\xd5\xff\xb4\xe2"
        b"\x72\xbe\x5d\x74\xf2\x7b\x89\x6f\x80\xde\xb1\xfe\x3b\x16\x96\xb1"
        b"\x9b\xdc\x06\xa7\x25\xc7\x12\x35\xc1\x9b\xf1\x74\xcf\x69\x26\x94"
        b"\xe4\x9b\x69\xc1\x9e\xf1\x4a\xd2\xef\xbe\x47\x86\x38\x4f\x25\xe3"
        b"\x0f\xc1\x9d\xc6\x8b\x8c\xd5\xb5\x24\x0c\xa1\xcc\x77\xac\x9c\x65"
        b"\x2d\xe9\x2c\x6f\x59\x2b\x02\x75\x4a\x74\x84\xaa\x6e\xa6\xe4\x83"
        b"\x5c\xb0\xa9\xdc\xbd\x41\xfb\xd4\x76\xf9\x88\xda\x83\x11\x53\xb5"
        b"\x98\x3e\x51\x52\xee\x66\xdf\xab\xa8\x31\xc6\x6d\x2d\xb4\x32\x10"
        b"\xb0\x03\x27\xc8\x98\xfb\x21\x3f\xbf\x59\x7f\xc7\xbe\xef\x0e\xe4"
        b"\xc6\xe0\x0b\xf3\x3d\xa8\x8f\xc2\xd5\xa7\x91\x47\x93\x0a\xa7\x25"
        b"\x06\xca\x63\x51\xe0\x03\x82\x6f\x14\x29\x29\x67\x0a\x0e\x6e\x70"
        b"\x27\xb7\x0a\x85\x46\xd2\x2f\xfc\x2e\x1b\x21\x38\x5c\x26\xc9\x26"
        b"\x4d\x2c\x6d\xfc\x5a\xc4\x2a\xed\x53\x38\x0d\x13\x9d\x95\xb3\xdf"
        b"\x65\x0a\x73\x54\x8b\xaf\x63\xde\x76\x6a\x0a\xbb\x3c\x77\xb2\xa8"
        b"\x81\xc2\xc9\x2e\x47\xed\xae\xe6\x92\x72\x2c\x85\x14\x82\x35\x3b"
    ),
    (
        b"\xa2\xbf\xe8\xa1\x4c\xf1\x03\x64\xa8\x1a\x66\x4b\xbc\x42\x30\x01"
        b"\xc2\x4b\x8b\x70\xd0\xf8\x97\x91\xc7\x6c\x51\xa3\x06\x54\xbe\x30"
        b"\xd1\x92\xe8\x19\xd6\xef\x52\x18\xd6\x99\x06\x24\x55\x65\xa9\x10"
        b"\xf4\x0e\x35\x85\x57\x71\x20\x2a\x10\x6a\xa0\x70\x32\xbb\xd1\xb8"
        b"\x19\xa4\xc1\x16\xb8\xd2\xd0\xc8\x1e\x37\x6c\x08\x51\x41\xab\x53"
        b"\x27\x48\x77\x4c\xdf\x8e\xeb\x99\x34\xb0\xbc\xb5\xe1\x9b\x48\xa8"
        b"\x39\x1c\x0c\xb3\xc5\xc9\x5a\x63\x4e\xd8\xaa\x4a\xe3\x41\x8a\xcb"
        b"\x5b\x9c\xca\x4f\x77\x63\xe3\x73\x68\x2e\x6f\xf3\xd6\xb2\xb8\xa3"
        b"\x74\x8f\x82\xee\x5d\xef\xb2\xfc\x78\xa5\x63\x6f\x43\x17\x2f\x60"
        b"\x84\xc8\x78\x14\xa1\xf0\xab\x72\x8c\xc7\x02\x08\x1a\x64\x39\xec"
        b"\x90\xbe\xff\xfa\x23\x63\x1e\x28\xa4\x50\x6c\xeb\xde\x82\xbd\xe9"
        b"\xbe\xf9\xa3\xf7\xb2\xc6\x79\x15\xc6\x71\x78\xf2\xe3\x72\x53\x2b"
        b"\xca\x27\x3e\xce\xea\x26\x61\x9c\xd1\x86\xb8\xc7\x21\xc0\xc2\x07"
        b"\xea\xda\x7d\xd6\xcd\xe0\xeb\x1e\xf5\x7d\x4f\x7f\xee\x6e\xd1\x78"
        b"\x06\xf0\x67\xaa\x72\x17\x6f\xba\x0a\x63\x7d\xc5\xa2\xc8\x98\xa6"
        b"\x11\x3f\x98\x04\xbe\xf9\x0d\xae\x1b\x71\x0b\x35\x13\x1c\x47\x1b"
        b"\x28\xdb\x77\xf5\x23\x04\x7d\x84\x32\xca\xab\x7b\x40\xc7\x24\x93"
        b"\x3c\x9e\xbe\x0a\x15\xc9\xbe\xbc\x43\x1d\x67\xc4\x9c\x10\x0d\x4c"
        b"\x4c\xc5\xd4\xbe\xcb\x3e\x42\xb6\x59\x7f\x29\x9c\xfc\x65\x7e\x2a"
        b"\x5f\xcb\x6f\xab\x3a\xd6\xfa\xec\x6c\x44\x19\x8c\x4a\x47\x58\x17"
    ),
)
#: The same for the square roots of the first 8 primes (section 5.3.5).
_H = (
    b"\x6a\x09\xe6\x67\xf3\xbc\xc9\x08\xbb\x67\xae\x85\x84\xca\xa7\x3b"
    b"\x3c\x6e\xf3\x72\xfe\x94\xf8\x2b\xa5\x4f\xf5\x3a\x5f\x1d\x36\xf1"
    b"\x51\x0e\x52\x7f\xad\xe6\x82\xd1\x9b\x05\x68\x8c\x2b\x3e\x6c\x1f"
    b"\x1f\x83\xd9\xab\xfb\x41\xbd\x6b\x5b\xe0\xcd\x19\x13\x7e\x21\x79"
)


def _load(words: "array[int]", block: "bytes | memoryview") -> None:
    """Write big-endian words as limbs."""
    for at in range(len(block) // 2):
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
    constants: bytes,
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
    t += h[0] + (z0 ^ x0 & (y0 ^ z0)) + (constants[k + 6] << 8 | constants[k + 7]) + words[at]
    h[0] = t & mask
    t = (t >> 16) + (((x1 >> 14 | x2 << 2) ^ (x2 >> 2 | x3 << 14) ^ (x3 >> 9 | x0 << 7)) & mask)
    t += h[1] + (z1 ^ x1 & (y1 ^ z1)) + (constants[k + 4] << 8 | constants[k + 5]) + words[at + 1]
    h[1] = t & mask
    t = (t >> 16) + (((x2 >> 14 | x3 << 2) ^ (x3 >> 2 | x0 << 14) ^ (x0 >> 9 | x1 << 7)) & mask)
    t += h[2] + (z2 ^ x2 & (y2 ^ z2)) + (constants[k + 2] << 8 | constants[k + 3]) + words[at + 2]
    h[2] = t & mask
    t = (t >> 16) + (((x3 >> 14 | x0 << 2) ^ (x0 >> 2 | x1 << 14) ^ (x1 >> 9 | x2 << 7)) & mask)
    t += h[3] + (z3 ^ x3 & (y3 ^ z3)) + (constants[k] << 8 | constants[k + 1]) + words[at + 3]
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
        _first(e, f, g, h, _K[index // _HALF], 8 * (index % _HALF), words, at)
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


def digest(message: "bytes | bytearray", watch: "Watch" = None) -> bytes:
    """The 64-byte digest of `message`. Calls `watch` twice per block."""
    whole = len(message) // BLOCK * BLOCK
    rest = len(message) - whole
    # Section 5.1.2: a one, zeros, and the length in bits.
    end = bytearray(BLOCK if rest < BLOCK - 16 else 2 * BLOCK)
    end[:rest] = message[whole:]
    end[rest] = 0x80
    end[-8:] = (8 * len(message)).to_bytes(8, "big")
    state, words = array("H", bytes(len(_H))), array("H", bytes(BLOCK))
    _load(state, _H)
    for part in (memoryview(message)[:whole], memoryview(end)):
        for at in range(0, len(part), BLOCK):
            _compress(state, part[at : at + BLOCK], words, watch)
    return b"".join([state[at ^ 3].to_bytes(2, "big") for at in range(len(state))])

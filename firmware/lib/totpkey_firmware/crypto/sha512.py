"""SHA-512 (FIPS 180-4 section 6.4) in Python, since CircuitPython has no native one.

A block takes about 0.1 s on the chip, so codes with it are computed before their time step.
"""

from binascii import unhexlify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: A long computation calls it at short intervals.
    Watch = Callable[[], None] | None

BLOCK = 128

_MASK = 0xFFFFFFFFFFFFFFFF
_ROUNDS, _HALF = 80, 40
#: First 64 bits of the fractional parts of the cube roots of the first 80 primes (FIPS 180-4 section 4.2.3).
_K = unhexlify(
    "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc"
    "3956c25bf348b53859f111f1b605d019923f82a4af194f9bab1c5ed5da6d8118"
    "d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2"
    "72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694"
    "e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c65"
    "2de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5"
    "983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4"
    "c6e00bf33da88fc2d5a79147930aa72506ca6351e003826f142929670a0e6e70"
    "27b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df"
    "650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353b"
    "a2bfe8a14cf10364a81a664bbc423001c24b8b70d0f89791c76c51a30654be30"
    "d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8"
    "19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8"
    "391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373682e6ff3d6b2b8a3"
    "748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec"
    "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532b"
    "ca273eceea26619cd186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed178"
    "06f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b"
    "28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c"
    "4cc5d4becb3e42b6597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817"
)
#: The same for the square roots of the first 8 primes (section 5.3.5).
_H = unhexlify(
    "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
    "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179"
)


def _word(table: bytes, index: int) -> int:
    return int.from_bytes(table[8 * index : 8 * index + 8], "big")


def _compress(state: "list[int]", block: bytes, watch: "Watch") -> None:
    words = [_word(block, index) for index in range(16)]
    a, b, c, d, e, f, g, h = state
    for start in range(0, _ROUNDS, _HALF):
        if watch:
            watch()
        for index in range(start, start + _HALF):
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
            t1 = h + (big1 & _MASK) + ((e & f) ^ (~e & g)) + _word(_K, index) + word
            big0 = ((a >> 28) | (a << 36)) ^ ((a >> 34) | (a << 30)) ^ ((a >> 39) | (a << 25))
            t2 = (big0 & _MASK) + ((a & b) ^ (a & c) ^ (b & c))
            h, g, f, e = g, f, e, (d + t1) & _MASK
            d, c, b, a = c, b, a, (t1 + t2) & _MASK
    for index, value in enumerate((a, b, c, d, e, f, g, h)):
        state[index] = (state[index] + value) & _MASK


def digest(message: bytes, watch: "Watch" = None) -> bytes:
    """The 64-byte digest of `message`. Calls `watch` twice per block."""
    padding = (-len(message) - 17) % BLOCK
    padded = message + b"\x80" + bytes(padding + 8) + (8 * len(message)).to_bytes(8, "big")
    state = [_word(_H, index) for index in range(8)]
    for at in range(0, len(padded), BLOCK):
        _compress(state, padded[at : at + BLOCK], watch)
    return b"".join([word.to_bytes(8, "big") for word in state])

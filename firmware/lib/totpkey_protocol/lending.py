"""The texts by which an account is lent: a card, and a file (docs/concepts/lend-file.md).

The key knows neither: command and page write and read them, and `tools/page_definition.py` gives the page the
same definition. Spaces and line ends in them mean nothing, because mail breaks lines.
"""

from . import limits

#: A card is this, its name in percent-encoding (RFC 3986, only unreserved characters stand for themselves), a
#: colon, and in base64url without padding (RFC 4648 section 5) its public half and a checksum.
CARD = "totpkey-card:1:"
#: A file is this, and in base64url without padding the public half of the card that it is for, what the key
#: has sealed, and a checksum.
FILE = "totpkey-lend:1:"
#: The first bytes of SHA-256: over public half and name in UTF-8, or over all of the file before it.
CHECKSUM = 4

#: What a key seals: the public half of a key pair that it made for this file alone (32), a tag (16) and the
#: sealed content: at least the record of a one-letter account with a secret of one byte.
SEALED_LEAST = limits.POINT + 16 + 17 + 1 + 13 + 2 + 5
#: The longest file in characters, with room for line ends.
FILE_MOST = 4096

#: A card's digits, which people compare in any language: the last ones of the number that the first bytes of
#: PBKDF2-HMAC-SHA256 over public half and name are, with this salt and so many rounds, big-endian. So a wrong
#: card with the same digits costs 2^53 times so many rounds; without the rounds, a graphics card would try so
#: many names in days.
DIGITS = 16
DIGITS_BYTES = 8
DIGITS_SALT = b"totpkey card"
DIGITS_ROUNDS = 1 << 20

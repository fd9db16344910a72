"""The version of firmware, host command and wheel, which is set only here."""

__version__ = "0.1.0"

#: When this version was made, in Unix time. A computer that shows an earlier time has a wrong clock.
MADE = 1772323200

#: The version of the protocol over USB serial. A host and a key with different versions do not talk.
PROTOCOL = 2

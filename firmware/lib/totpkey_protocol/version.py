"""The one place that says which version this is: firmware, host command and wheel."""

__version__ = "0.1.0"

#: When this version was made, Unix time: a computer that shows an earlier time has a wrong clock.
MADE = 1772323200

#: Version of the conversation over USB serial. A host and a key that differ do not talk.
PROTOCOL = 1

"""Entries of the journal of codes (docs/concepts/journal.md), and of the book of loans (lend-file.md), as a
key stores and sends them.
"""

#: The account's identifier, Unix time (0 without a clock), and how the code was given. Little-endian.
ENTRY = "<IIB"
ENTRY_SIZE = 9
#: How: an older firmware's mark, or one that nobody with the data key made; typed by a press; told to a
#: program; a mark that is not whole; and marks that are missing, here or before.
UNKNOWN = 0
TYPED = 1
TOLD = 2
TORN = 3
LOST = 4
#: Added to it if the key trusted its time.
TRUSTED_TIME = 0x80
#: Bytes of the hash that follows each entry: the first ones of SHA-256 of the hash before, and the entry.
HASH = 16
#: How many entries a key keeps, and how many it sends at once.
KEPT = 447
SENT = 75
#: A loan: its number, the account's identifier, the first bytes of SHA-256 of the card's public half, when it
#: was lent, until when (`record.END`), when it was taken back (0: never), and the length of the card's name,
#: which follows.
LOAN = "<II8sI12sIB"
LOAN_SIZE = 37
MARK = 8

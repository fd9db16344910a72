"""Words that requests and replies share with the firmware, which can do without the rest of what they are."""

# States of a key
BLANK = "blank"
LOCKED = "locked"
OPEN = "open"
BLOCKED = "blocked"
STATES = (BLANK, LOCKED, OPEN, BLOCKED)

# Key slots: what opens a key
DEVICE = "device"
PIN = "pin"
PASSPHRASE = "passphrase"
SLOTS = (DEVICE, PIN, PASSPHRASE)

# What the key thinks of its clock
TRUSTED = "trusted"
LOST = "lost"
MISSING = "missing"
CLOCKS = (TRUSTED, LOST, MISSING)

ALGORITHMS = ("SHA1", "SHA256", "SHA512")

"""Words that requests and replies share with the firmware, which does not need the rest of the definition."""

# States of a key
BLANK = "blank"
LOCKED = "locked"
OPEN = "open"
BLOCKED = "blocked"
STATES = (BLANK, LOCKED, OPEN, BLOCKED)

# Classes of consent, each with its own light and gesture: none; a code goes to the computer; accounts and
# typing; what opens the key, and its time; all secrets leave the key, or everything is lost
NEVER = "never"
USE = "use"
CHANGE = "change"
ACCESS = "access"
EVERYTHING = "everything"

# Key slots: what opens a key
DEVICE = "device"
PIN = "pin"
PASSPHRASE = "passphrase"
SLOTS = (DEVICE, PIN, PASSPHRASE)

# The key's judgement of its clock
TRUSTED = "trusted"
#: The clock runs, but this key has not set it, it may be too inaccurate by now, or it is still catching up
#: with a later time that it gave before.
DOUBTFUL = "doubtful"
LOST = "lost"
MISSING = "missing"
CLOCKS = (TRUSTED, DOUBTFUL, LOST, MISSING)

# Why a person had to agree to a time: it is further ahead or back than the clock may have drifted, the clock
# had lost its time, or the time came from the codes of another authenticator
FORWARD = "forward"
BACK = "back"
CODES = "codes"
REASONS = (FORWARD, BACK, LOST, CODES)

# Why an account with an end gives no code: the date has come, no code is left (CODES), it is another hour, or
# the clock lost its time or was set back since
DATE = "date"
HOURS = "hours"
CLOCK = "clock"
OVER = ("", DATE, CODES, HOURS, CLOCK)

# Clock chips, and what they report about their battery
DS3231 = "DS3231"
PCF8523 = "PCF8523"
RV3028 = "RV-3028"
RV3032 = "RV-3032"
CHIPS = (DS3231, PCF8523, RV3028, RV3032)
GOOD = "good"
LOW = "low"
OFF = "off"
UNKNOWN = "unknown"
BATTERIES = (GOOD, LOW, OFF, UNKNOWN)

# Types of account: by time (RFC 6238), by counter (RFC 4226), and Steam Guard's five characters by time
TOTP = "totp"
HOTP = "hotp"
STEAM = "steam"
TYPES = (TOTP, HOTP, STEAM)

# The parts of a recipe, which the key types at a press, in order. An empty recipe is only the code.
CODE_PART = "{code}"
USER_PART = "{user}"
TAB_PART = "{TAB}"
ENTER_PART = "{ENTER}"
#: Types nothing itself, but makes the key type this account slowly, for use through a remote desktop.
SLOW_PART = "{SLOW}"
PARTS = (CODE_PART, USER_PART, TAB_PART, ENTER_PART, SLOW_PART)

#: The label in `list` of an account that the flash has lost. It can only be removed.
UNREADABLE = "(unreadable)"

# Modes of typing: with the keypad, with the keypad of a Mac (which has no NumLock), or with a layout's keys
KEYPAD = "keypad"
KEYPAD_MAC = "keypad-mac"
TOP_ROW = "top-row"
MODES = (KEYPAD, KEYPAD_MAC, TOP_ROW)

ALGORITHMS = ("SHA1", "SHA256", "SHA512")

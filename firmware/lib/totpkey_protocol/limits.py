"""Bounds that both sides keep. Sizes are in bytes unless a name says otherwise; times in seconds."""

#: Longest frame either side sends, its newline included: room for the longest account there is, sealed, and
#: for the MAC.
FRAME = 1136
#: Request ids run from 0 to this (a MicroPython small integer, so that none is allocated).
REQUEST_ID = 0x3FFFFFFF

#: Length of an issuer or a label, in characters.
NAME = 64
#: Longest shared secret (RFC 6238 appendix B uses up to 64; one SHA-512 block is 128).
SECRET = 128
#: Digits of a code (RFC 4226 section 5.3 asks for six at least).
DIGITS_LEAST = 6
DIGITS_MOST = 8
#: Characters of a Steam Guard code.
STEAM_DIGITS = 5
#: The counter of RFC 4226; four bytes of its eight are four thousand million presses.
COUNTER_MOST = 0xFFFFFFFF
#: Characters of a recipe.
RECIPE = 64
#: Most characters that a recipe may type.
TYPED = 96
#: A PIN is decimal digits.
PIN_LEAST = 4
PIN_MOST = 12
#: Bytes that the host derives from a passphrase, and of its salt.
DERIVED = 32
SALT = 16
#: Bytes of a public key of X25519.
POINT = 32
#: A secure element gives its certificates in blocks; bytes of one, and how many there are.
CERTIFICATE_BLOCK = 128
CERTIFICATE_BLOCKS = 30
#: Wrong PINs: in one power-up, and in all before the PIN slot is destroyed.
TRIES_A_POWER_UP = 3
TRIES = 8
#: Time step X of RFC 6238.
PERIOD_LEAST = 10
PERIOD_MOST = 300

#: Times that a clock can be set to: from the start of 2026 to the end of 2099, all that a DS3231 holds.
TIME_LEAST = 1767225600
TIME_MOST = 4102444799
#: A proof may be asked for any moment: RFC 6238 appendix B tests one in the year 2603.
PROOF_MOST = 99_999_999_999

#: How far the clock may be moved with no hold of the button, beyond what its chip may have drifted since a
#: person agreed to its time; and the most, however long ago that was.
SLACK = 2
DRIFT_MOST = 300
#: By how many ms a time that is set may be wrong.
WITHIN_MOST = 30_000
#: A clock that was set more exactly than this, in ms, measures its drift.
EXACT = 100
#: How far off the clock may be by its own reckoning before it ought to be set; and when the light says so.
BUDGET = 15
DUE = 12
#: Past which reckoning the key may be told to refuse to type.
LIMIT_LEAST = 15
LIMIT_MOST = 3600
#: Changes of the clock that the key remembers.
CHANGES = 16
#: How far from the supposed time two codes are looked for: a day, or less for SHA-512, which takes longer.
SEARCH = 86400
SEARCH_SHA512 = 600
#: How long the key waits for the touch that a command asks for, and shows that before a touch counts.
PRESS_WAIT = 30
ANNOUNCED = 1
#: The counts of which gestures are made: so many presses. How long the key counts nothing after one that was
#: not its request's.
COUNT_LEAST = 2
COUNT_MOST = 4
CALM = 10
#: How often the key says that it waits; after how long without that somebody else may have ended it.
BEAT = 1
BEAT_LOST = 3
#: Bytes of a session's key.
SESSION = 32
#: How many accounts a program may add, or change what they type around their codes, before a press is asked
#: for; and how long after a press small changes want none.
FREE_CHANGES = 8
CHANGES_LAST = 300
#: Bytes of new firmware in one request: pages are whole numbers of it.
UPDATE = 256
#: How many accounts one press may let in; after how long with no request what a touch allowed has ended.
BATCH = 1000
GRANT_IDLE = 60
#: After this long with no request, setup ends by itself.
SETUP_IDLE = 600
#: After this long without a touch, requests keep setup, and an open key open, no longer.
SETUP_UNTOUCHED = 3600

#: Typing: the layout's table covers ASCII from space to tilde, two bytes each: usage and modifiers.
TABLE_FIRST = 0x20
TABLE_LAST = 0x7E
TABLE = 2 * (TABLE_LAST - TABLE_FIRST + 1)
#: Longest name of a layout.
LAYOUT = 16
#: Milliseconds between two reports, and before the first; seconds that a code is to live after it was typed.
PACE_MOST = 500
#: The pace of an account whose recipe says {SLOW}, if the key's own is not slower.
PACE_SLOW = 80
DELAY_MOST = 5000
MARGIN_MOST = 20

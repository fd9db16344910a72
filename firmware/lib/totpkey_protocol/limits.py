"""Bounds that both sides keep. Sizes are in bytes unless a name says otherwise; times are in seconds."""

#: The longest frame that either side sends, including its newline. It has room for the longest sealed account
#: and the MAC.
FRAME = 1248
#: Request ids are from 0 to this (a small integer of MicroPython, which needs no allocation).
REQUEST_ID = 0x3FFFFFFF

#: The longest issuer or label, in characters.
NAME = 64
#: The longest secret (RFC 6238 appendix B uses up to 64; one SHA-512 block is 128).
SECRET = 128
#: Digits of a code (RFC 4226 section 5.3 requires at least six).
DIGITS_LEAST = 6
DIGITS_MOST = 8
#: Characters of a Steam Guard code.
STEAM_DIGITS = 5
#: The highest counter (RFC 4226). Four of its eight bytes are enough for four thousand million presses.
COUNTER_MOST = 0xFFFFFFFF
#: Characters of a recipe.
RECIPE = 64
#: The most codes that an account with an end may give, and its offset from UTC in minutes, to either side.
CODES_MOST = 9999
ZONE_MOST = 14 * 60
#: The longest name of a card, and of who lends, in characters. How many accounts a key remembers that it has
#: ever borrowed with its card.
LENDER = 32
BORROWED = 200
#: The most characters that a recipe may type.
TYPED = 96
#: Decimal digits of a PIN.
PIN_LEAST = 4
PIN_MOST = 12
#: Bytes that the host derives from a passphrase, and bytes of its salt.
DERIVED = 32
SALT = 16
#: What the owner of an end is known by: bytes of salt, verifier, challenge and answer.
OWNER_SALT = 8
VERIFIER = 16
CHALLENGE = 16
PROOF = 32
#: Bytes of an X25519 public key.
POINT = 32
#: A secure element gives its certificates in blocks: bytes of one block, and the number of blocks.
CERTIFICATE_BLOCK = 128
CERTIFICATE_BLOCKS = 30
#: Wrong PINs: for each power-up, and in total before the PIN slot is destroyed.
TRIES_A_POWER_UP = 3
TRIES = 8
#: Time step X of RFC 6238.
PERIOD_LEAST = 10
PERIOD_MOST = 300

#: A clock can be set to times from the start of 2026 to the end of 2099, where a DS3231 ends.
TIME_LEAST = 1767225600
TIME_MOST = 4102444799
#: The latest moment of a proof: RFC 6238 appendix B tests one in the year 2603.
PROOF_MOST = 99_999_999_999

#: How far the clock may be moved without a person's consent, beyond the drift of its chip since a person last
#: agreed to its time; and the maximum, however long ago that was.
SLACK = 2
DRIFT_MOST = 300
#: The largest error that a program may state for a time, in ms.
WITHIN_MOST = 30_000
#: The key's estimate of its clock's error: up to this no site refuses its codes; and from this on, twice and
#: four times this, the light says that the time is doubtful.
BUDGET = 15
DUE = 30
#: By how much the key may give its codes late: half of that estimate, and no more.
SLOW_MOST = 10
#: The limits that an owner can set for this estimate. Above the limit the key refuses to type.
LIMIT_LEAST = 15
LIMIT_MOST = 3600
#: How many changes of the clock the key's log holds.
CHANGES = 16
#: How far from the supposed time the key searches for two codes: a day, or less for SHA-512, which is slower.
SEARCH = 86400
SEARCH_SHA512 = 600
#: The time limit for a touch, and how long it is announced first.
PRESS_WAIT = 30
ANNOUNCED = 1
#: The number of presses in one count of a gesture, from and to. How long the button is dead after a wrong
#: gesture.
COUNT_LEAST = 2
COUNT_MOST = 4
CALM = 10
#: How often the key reports that it waits; and after how long without a report the request may have ended.
BEAT = 1
BEAT_LOST = 3
#: Bytes of a session's key.
SESSION = 32
#: How many accounts a program may add, or how many recipes it may change, without a press; and how long after
#: a press small changes need none.
FREE_CHANGES = 8
CHANGES_LAST = 300
#: Bytes of new firmware in one request. A page is a whole number of these.
UPDATE = 256
#: How many accounts one touch may allow; and how long without a request ends all grants.
BATCH = 1000
GRANT_IDLE = 60
#: Setup ends by itself after this long without a request.
SETUP_IDLE = 600
#: After this long without a touch, requests no longer keep setup running or an open key open.
SETUP_UNTOUCHED = 3600

#: Typing: the layout's table has two bytes for each ASCII character from space to tilde: usage and modifiers.
TABLE_FIRST = 0x20
TABLE_LAST = 0x7E
TABLE = 2 * (TABLE_LAST - TABLE_FIRST + 1)
#: The longest name of a layout.
LAYOUT = 16
#: Milliseconds between two reports, and before the first.
PACE_MOST = 500
#: The pace of an account with {SLOW} in its recipe, unless the key's own pace is slower.
PACE_SLOW = 80
DELAY_MOST = 5000
#: A press waits for the next code if the present one would end within so many seconds after it was typed.
#: Sites accept a code for some seconds longer, but a person or a slow page may use them up. This is the
#: margin of a new key, and the largest that can be set.
MARGIN = 3
MARGIN_MOST = 20

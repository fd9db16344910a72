"""The error codes in the key's replies. The host has the messages for people (cause, remedy)."""

# The frame itself
FRAME_TOO_LONG = "frame_too_long"
BAD_UTF8 = "bad_utf8"
BAD_JSON = "bad_json"
REPEATED_FIELD = "repeated_field"
BAD_ID = "bad_id"

# The request against the definition
UNKNOWN_COMMAND = "unknown_command"
UNKNOWN_FIELD = "unknown_field"
MISSING_FIELD = "missing_field"
BAD_TYPE = "bad_type"
OUT_OF_RANGE = "out_of_range"
BAD_VALUE = "bad_value"

# The request against the key's state
NOT_ALLOWED = "not_allowed"
BUSY = "busy"
PRESS_TIMEOUT = "press_timeout"
#: The touch was not the gesture of the request.
NOT_AGREED = "not_agreed"
#: It was not, a moment ago: the answer has the seconds until the key takes another.
CALM = "calm"
#: The request does not prove that it belongs to the session, or another program has begun one.
NO_SESSION = "no_session"
NOT_FOUND = "not_found"
FULL = "full"
WRONG_PIN = "wrong_pin"
WRONG_PASSPHRASE = "wrong_passphrase"
TOO_MANY_TRIES = "too_many_tries"
TOO_EARLY = "too_early"
NO_SUCH_SLOT = "no_such_slot"
NO_ELEMENT = "no_element"
EXPORT_OFF = "export_off"
BAD_UPDATE = "bad_update"
CANNOT_TYPE = "cannot_type"
#: The account has an end, which has come.
END_REACHED = "end_reached"
#: The file was accepted before, or the key has a newer one of the same account.
FILE_USED = "file_used"
CLOCK_NOT_SET = "clock_not_set"
CLOCK_DOUBTFUL = "clock_doubtful"
CLOCK_MISSING = "clock_missing"
NO_SUCH_CODES = "no_such_codes"
STORAGE = "storage"
INTERNAL = "internal"

ALL = (
    FRAME_TOO_LONG,
    BAD_UTF8,
    BAD_JSON,
    REPEATED_FIELD,
    BAD_ID,
    UNKNOWN_COMMAND,
    UNKNOWN_FIELD,
    MISSING_FIELD,
    BAD_TYPE,
    OUT_OF_RANGE,
    BAD_VALUE,
    NOT_ALLOWED,
    BUSY,
    PRESS_TIMEOUT,
    NOT_AGREED,
    CALM,
    NO_SESSION,
    NOT_FOUND,
    FULL,
    WRONG_PIN,
    WRONG_PASSPHRASE,
    TOO_MANY_TRIES,
    TOO_EARLY,
    NO_SUCH_SLOT,
    NO_ELEMENT,
    EXPORT_OFF,
    BAD_UPDATE,
    CANNOT_TYPE,
    END_REACHED,
    FILE_USED,
    CLOCK_NOT_SET,
    CLOCK_DOUBTFUL,
    CLOCK_MISSING,
    NO_SUCH_CODES,
    STORAGE,
    INTERNAL,
)


class Refusal(Exception):
    """A request that cannot be served: its error code and, if there is one, the faulty field.

    It contains no value from the request, so that it can never carry a secret.
    """

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field

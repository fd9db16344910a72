"""Descriptions of the classes of consent for people. The key only needs the names."""

from .words import ACCESS, CHANGE, EVERYTHING, USE

#: For each class its gesture, and how the light blinks while such a request waits.
CLASSES = {
    USE: ("one press", "white, quick and even"),
    CHANGE: ("two counts", "blue-green, two short flashes, pause"),
    ACCESS: ("two counts", "amber, a long flash, a short one, pause"),
    EVERYTHING: ("three counts", "red, long flashes"),
}

#: docs/reference/protocol-reference.md says which changes need no touch for a while.
_SMALL = "small"
_ADDITION = "addition"
_TYPES = "always for an account that types more than digits"
#: When a command needs its class of consent, if it does not always need it.
WHEN = {
    "set_time": "for a time that the clock's drift does not explain, or that teaches the key its drift",
    "add": f"{_ADDITION}; {_TYPES}",
    "rename": f"{_SMALL}; always for an account that types its label",
    "move": _SMALL,
    "choose": f"{_SMALL}; never for the account that was added last",
    "recipe": f"{_ADDITION}; {_TYPES}",
    "loan_back": _SMALL,
    "init": "without `export`",
    "set_typing": f"{_SMALL}; always for another table",
    "export": "once for one `derived`",
    "clone_send": "once for one `peer`",
    "clone_receive": f"{_ADDITION}; {_TYPES}",
}

#: The commands that change nothing, so that a lost reply leaves no doubt.
READS = (
    "hello",
    "session",
    "time",
    "clock",
    "clock_change",
    "list",
    "card",
    "owner",
    "uses",
    "journal",
    "loans",
    "slots",
    "element",
    "passphrase",
    "locking",
    "typing",
    "backup",
    "firmware",
    "health",
)

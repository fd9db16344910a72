"""Descriptions of the classes of consent for people. The key only needs the names."""

from . import limits
from .words import ACCESS, CHANGE, EVERYTHING, USE

#: For each class its gesture, and how the light blinks while such a request waits.
CLASSES = {
    USE: ("one press", "white, quick and even"),
    CHANGE: ("two counts", "blue-green, two short flashes, pause"),
    ACCESS: ("two counts", "amber, a long flash, a short one, pause"),
    EVERYTHING: ("three counts", "red, long flashes"),
}

_SMALL = f"unless a touch has allowed a change within the last {limits.CHANGES_LAST // 60} minutes"
_MANY = f"{_SMALL}, after {limits.FREE_CHANGES} of these"
_TYPES = "for an account that types more than digits"
#: When a command needs its class of consent, if it does not always need it.
WHEN = {
    "set_time": "for a time that the clock's drift does not explain, or that teaches the key its drift",
    "add": f"{_TYPES}; {_MANY}, or in a batch",
    "rename": f"for an account that types its label; {_SMALL}",
    "move": _SMALL,
    "choose": f"{_SMALL}, or for the account that was added last",
    "recipe": f"{_TYPES}; {_MANY}",
    "init": "without `export`",
    "set_typing": f"for another table; {_SMALL}",
    "export": "once for one `derived`",
    "clone_send": "once for one `peer`",
    "clone_receive": f"{_TYPES}; {_MANY}, or in a batch",
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
    "slots",
    "element",
    "passphrase",
    "locking",
    "typing",
    "backup",
    "firmware",
    "health",
)

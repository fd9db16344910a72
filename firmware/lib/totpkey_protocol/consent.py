"""What the classes of consent are, for people who read about them. The key needs no more than their names."""

from . import limits
from .words import ACCESS, CHANGE, EVERYTHING, USE

#: For each class its gesture, and how the light blinks while a request of it waits.
CLASSES = {
    USE: ("one press", "white, quick and even"),
    CHANGE: ("two counts", "blue-green, two short flashes, pause"),
    ACCESS: ("two counts", "amber, a long flash, a short one, pause"),
    EVERYTHING: ("three counts", "red, long flashes"),
}

_SMALL = f"unless a touch has allowed a change within the last {limits.CHANGES_LAST // 60} minutes"
_MANY = f"{_SMALL}, after {limits.FREE_CHANGES} of these"
_TYPES = "for an account that types more than digits"
#: When a command wants its class of consent, where that is not always.
WHEN = {
    "set_time": "for a time that the clock's drift does not explain, or to measure that drift",
    "add": f"{_TYPES}; {_MANY}, or in a batch",
    "rename": f"for an account that types its label; {_SMALL}",
    "move": _SMALL,
    "recipe": f"{_TYPES}; {_MANY}",
    "init": "without `export`",
    "set_typing": f"for another table; {_SMALL}",
    "export": "once for one `derived`",
    "clone_send": "once for one `peer`",
    "clone_receive": f"{_TYPES}; {_MANY}, or in a batch",
}

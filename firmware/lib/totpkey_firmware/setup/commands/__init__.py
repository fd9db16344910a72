"""What each command of the protocol does.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. One that may want a touch
is a generator: it yields the class of consent where it needs it, having changed nothing, and goes on once a
person has agreed. Loaded in the setup face alone.
"""

from . import accounts, backup, device, firmware, locks, typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..request import Request, Steps

    Handler = Callable[[Request], dict[str, object] | Steps]


def _cloning(name: str) -> "Handler":
    """A handler of `cloning`, which is loaded when it is first called: its memory is for few."""

    def function(request: "Request") -> "Any":
        from . import cloning

        return getattr(cloning, name)(request)

    return function


def _clock(name: str) -> "Handler":
    """The same of `clock`, which the next command forgets (`heap.forget_spare`)."""

    def function(request: "Request") -> "Any":
        from . import clock

        return getattr(clock, name)(request)

    return function


COMMANDS: "dict[str, Handler]" = {
    "hello": device.hello,
    "session": device.session,
    "done": device.done,
    "wipe": device.wipe,
    "time": _clock("time"),
    "set_time": _clock("set_time"),
    "clock": _clock("clock"),
    "clock_change": _clock("change"),
    "set_limit": _clock("set_limit"),
    "time_from_codes": _clock("time_from_codes"),
    "add": accounts.add,
    "batch": accounts.batch,
    "list": accounts.page,
    "rename": accounts.rename,
    "move": accounts.move,
    "recipe": accounts.recipe,
    "choose": accounts.choose,
    "remove": accounts.remove,
    "code": accounts.code,
    "uses": accounts.uses,
    "export": backup.export,
    "backup": backup.backup,
    "clone_key": _cloning("clone_key"),
    "clone_send": _cloning("clone_send"),
    "clone_receive": _cloning("clone_receive"),
    "init": locks.init,
    "slots": locks.slots,
    "element": locks.element,
    "passphrase": locks.passphrase,
    "set_pin": locks.set_pin,
    "set_passphrase": locks.set_passphrase,
    "remove_slot": locks.remove_slot,
    "unlock_pin": locks.unlock_pin,
    "unlock_passphrase": locks.unlock_passphrase,
    "lock": locks.lock,
    "locking": locks.locking,
    "set_locking": locks.set_locking,
    "firmware": firmware.firmware,
    "update": firmware.update,
    "update_data": firmware.update_data,
    "update_try": firmware.update_try,
    "update_keep": firmware.update_keep,
    "health": firmware.health,
    "typing": typing.typing,
    "set_typing": typing.set_typing,
    "sample": typing.sample,
}
#: Those that a batch goes on over.
OF_A_BATCH = ("add", "clone_receive")

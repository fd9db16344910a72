"""What each command of the protocol does, and what it wants of the person at the key before that.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. Consent is NONE, PRESS, a
hold of so many seconds, or a function of the request that gives one of these and changes nothing. Loaded in
the setup face alone.
"""

from totpkey_protocol.limits import HOLD_TIME, HOLD_UPDATE, HOLD_WIPE

from ..request import NONE, PRESS
from . import accounts, clock, device, firmware, locks, typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..request import Request

    Handler = Callable[[Request], dict[str, object]]
    Consent = int | Callable[[Request], int]


def _cloning(name: str) -> "Callable[[Request], Any]":
    """A function of `cloning`, which is loaded when it is first called: its memory is for few."""

    def function(request: "Request") -> "Any":
        from . import cloning

        return getattr(cloning, name)(request)

    return function


COMMANDS: "dict[str, tuple[Handler, Consent]]" = {
    "hello": (device.hello, NONE),
    "done": (device.done, NONE),
    "wipe": (device.wipe, HOLD_WIPE),
    "time": (clock.time, NONE),
    "set_time": (clock.set_time, clock.consent_to_set_time),
    "clock": (clock.clock, NONE),
    "clock_change": (clock.change, NONE),
    "set_limit": (clock.set_limit, PRESS),
    "time_from_codes": (clock.time_from_codes, HOLD_TIME),
    "add": (accounts.add, accounts.consent_to_add),
    "batch": (accounts.batch, PRESS),
    "list": (accounts.page, NONE),
    "rename": (accounts.rename, accounts.consent_to_rename),
    "move": (accounts.move, NONE),
    "recipe": (accounts.recipe, accounts.consent_to_recipe),
    "choose": (accounts.choose, NONE),
    "remove": (accounts.remove, PRESS),
    "code": (accounts.code, PRESS),
    "uses": (accounts.uses, NONE),
    "export": (accounts.export, accounts.consent_to_export),
    "backup": (accounts.backup, NONE),
    "clone_key": (_cloning("clone_key"), NONE),
    "clone_send": (_cloning("clone_send"), _cloning("consent_to_send")),
    "clone_receive": (_cloning("clone_receive"), _cloning("consent_to_receive")),
    "init": (locks.init, NONE),
    "slots": (locks.slots, NONE),
    "passphrase": (locks.passphrase, NONE),
    "set_pin": (locks.set_pin, PRESS),
    "set_passphrase": (locks.set_passphrase, PRESS),
    "remove_slot": (locks.remove_slot, PRESS),
    "unlock_pin": (locks.unlock_pin, PRESS),
    "unlock_passphrase": (locks.unlock_passphrase, PRESS),
    "lock": (locks.lock, NONE),
    "locking": (locks.locking, NONE),
    "set_locking": (locks.set_locking, PRESS),
    "firmware": (firmware.firmware, NONE),
    "update": (firmware.update, HOLD_UPDATE),
    "update_data": (firmware.update_data, NONE),
    "update_try": (firmware.update_try, NONE),
    "update_keep": (firmware.update_keep, NONE),
    "health": (firmware.health, NONE),
    "typing": (typing.typing, NONE),
    "set_typing": (typing.set_typing, typing.consent_to_set_typing),
    "sample": (typing.sample, PRESS),
}
#: Those that a batch goes on over.
OF_A_BATCH = ("add", "clone_receive")


def wanted(request: "Request") -> int:
    """What this request wants of the person at the key: NONE, PRESS, or for how many seconds a hold."""
    consent = COMMANDS[request.command.name][1]
    return consent if isinstance(consent, int) else consent(request)


def carry_out(request: "Request") -> "dict[str, object]":
    """The fields of the reply. Raises Refusal."""
    return COMMANDS[request.command.name][0](request)

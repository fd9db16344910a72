"""What each command of the protocol does, and what it wants of the person at the key before that.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. Which class of consent a
command wants stands in its definition; beside the handler stands a function, if it does not always want it:
whether it does for this request. It changes nothing. Loaded in the setup face alone.
"""

from totpkey_protocol.words import NEVER

from . import accounts, backup, clock, device, firmware, locks, typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..request import Request

    Handler = Callable[[Request], dict[str, object]]
    Wants = Callable[[Request], bool] | None


def _cloning(name: str) -> "Callable[[Request], Any]":
    """A function of `cloning`, which is loaded when it is first called: its memory is for few."""

    def function(request: "Request") -> "Any":
        from . import cloning

        return getattr(cloning, name)(request)

    return function


COMMANDS: "dict[str, tuple[Handler, Wants]]" = {
    "hello": (device.hello, None),
    "done": (device.done, None),
    "wipe": (device.wipe, None),
    "time": (clock.time, None),
    "set_time": (clock.set_time, clock.set_time_wants),
    "clock": (clock.clock, None),
    "clock_change": (clock.change, None),
    "set_limit": (clock.set_limit, None),
    "time_from_codes": (clock.time_from_codes, None),
    "add": (accounts.add, accounts.add_wants),
    "batch": (accounts.batch, None),
    "list": (accounts.page, None),
    "rename": (accounts.rename, accounts.rename_wants),
    "move": (accounts.move, accounts.move_wants),
    "recipe": (accounts.recipe, accounts.recipe_wants),
    "choose": (accounts.choose, None),
    "remove": (accounts.remove, None),
    "code": (accounts.code, None),
    "uses": (accounts.uses, None),
    "export": (backup.export, backup.export_wants),
    "backup": (backup.backup, None),
    "clone_key": (_cloning("clone_key"), None),
    "clone_send": (_cloning("clone_send"), _cloning("send_wants")),
    "clone_receive": (_cloning("clone_receive"), _cloning("receive_wants")),
    "init": (locks.init, locks.init_wants),
    "slots": (locks.slots, None),
    "element": (locks.element, None),
    "passphrase": (locks.passphrase, None),
    "set_pin": (locks.set_pin, None),
    "set_passphrase": (locks.set_passphrase, None),
    "remove_slot": (locks.remove_slot, None),
    "unlock_pin": (locks.unlock_pin, None),
    "unlock_passphrase": (locks.unlock_passphrase, None),
    "lock": (locks.lock, None),
    "locking": (locks.locking, None),
    "set_locking": (locks.set_locking, None),
    "firmware": (firmware.firmware, None),
    "update": (firmware.update, None),
    "update_data": (firmware.update_data, None),
    "update_try": (firmware.update_try, None),
    "update_keep": (firmware.update_keep, None),
    "health": (firmware.health, None),
    "typing": (typing.typing, None),
    "set_typing": (typing.set_typing, typing.set_typing_wants),
    "sample": (typing.sample, None),
}
#: Those that a batch goes on over.
OF_A_BATCH = ("add", "clone_receive")


def wanted(request: "Request") -> bool:
    """Whether this request wants the consent of the person at the key. Raises Refusal."""
    wants = COMMANDS[request.command.name][1]
    return request.command.consent != NEVER and (wants is None or wants(request))


def carry_out(request: "Request") -> "dict[str, object]":
    """The fields of the reply. Raises Refusal."""
    return COMMANDS[request.command.name][0](request)

"""What each command of the protocol does. A handler takes the key, checked arguments and when it was asked.

That is in ticks; a press may have been waited for since. It returns the fields of the reply, or raises
`Refusal`. Loaded in the setup face alone.
"""

from totpkey_protocol import limits
from totpkey_protocol.fields import HOLD, LARGE_CHANGE, NEVER, TYPED_TEXT, Command

from . import accounts, clock, device, firmware, locks, typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..setup_key import SetupKey as Key

    Handler = Callable[[Key, dict[str, str | int], int], dict[str, object]]


def _clone(name: str) -> "Handler":
    """A command of `cloning`, which is loaded when the first of them comes: its memory is for few."""

    def handler(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
        from . import cloning

        handle: "Handler" = getattr(cloning, name)
        return handle(key, arguments, asked)

    return handler


def _types_text(key: "Key", command: Command, arguments: "dict[str, str | int]") -> bool:
    """Whether this command changes what the key types beside codes, and no press has let that in yet."""
    if command.name == "set_typing":
        return typing.other_keys(key, arguments)
    if key.batch:
        return False
    if command.name == "clone_receive":
        from . import cloning

        return cloning.brings_text(key, arguments)
    return accounts.types_label(key, arguments)


HANDLERS = {
    "hello": device.hello,
    "done": device.done,
    "wipe": device.wipe,
    "time": clock.time,
    "set_time": clock.set_time,
    "clock": clock.clock,
    "clock_change": clock.change,
    "set_limit": clock.set_limit,
    "time_from_codes": clock.time_from_codes,
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
    "export": accounts.export,
    "backup": accounts.backup,
    "clone_key": _clone("clone_key"),
    "clone_send": _clone("clone_send"),
    "clone_receive": _clone("clone_receive"),
    "init": locks.init,
    "slots": locks.slots,
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


def press_wanted(key: "Key", command: Command, arguments: "dict[str, str | int]", asked: int) -> "int | None":
    """For how long the command wants the button held, in seconds: 0 for a press, None for not at all."""
    if command.press == NEVER:
        return None
    if command.press == LARGE_CHANGE:
        return limits.HOLD_TIME if clock.reason(key, arguments, asked) else None
    if command.press == TYPED_TEXT:
        return 0 if _types_text(key, command, arguments) else None
    if command.press == HOLD:
        if command.name == "export":
            return None if accounts.export_allowed(key, arguments) else limits.HOLD_EXPORT
        if command.name == "clone_send":
            return None if key.clone and key.clone.sends_to(arguments) else limits.HOLD_EXPORT
        holds = {"wipe": limits.HOLD_WIPE, "update": limits.HOLD_UPDATE}
        return holds.get(command.name, limits.HOLD_TIME)
    return 0

"""What each command of the protocol does. A handler takes the key, checked arguments and when it was asked.

That is in ticks; a press may have been waited for since. It returns the fields of the reply, or raises
`Refusal`. Loaded in the setup face alone.
"""

from totpkey_protocol.commands import ALWAYS, LARGE_CHANGE, Command

from . import accounts, clock, device

try:
    from ..key import Key
except ImportError:
    pass

HANDLERS = {
    "hello": device.hello,
    "done": device.done,
    "time": clock.time,
    "set_time": clock.set_time,
    "add": accounts.add,
    "list": accounts.page,
    "rename": accounts.rename,
    "remove": accounts.remove,
    "code": accounts.code,
}


def needs_press(key: "Key", command: Command, arguments: "dict[str, str | int]", asked: int) -> bool:
    """Whether the command is to wait for the button."""
    if command.press == LARGE_CHANGE:
        return clock.is_large_change(key, arguments, asked)
    return command.press == ALWAYS

"""What each command of the protocol does.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. One that may want a touch
is a generator: it yields the class of consent where it needs it, having changed nothing, and goes on once a
person has agreed. Loaded in the setup face alone.
"""

from ...heap import collect, forget, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..request import Request, Steps

    Handler = Callable[[Request], dict[str, object] | Steps]

_HERE = "totpkey_firmware.setup.commands."
#: The files of handlers, and the modules that only one of them uses.
_OF: "dict[str, tuple[str, ...]]" = {
    "backup": (),
    "clock": (
        "totpkey_firmware.setup.clock_setting",
        "totpkey_firmware.clock.drift",
        "totpkey_firmware.clock.search",
    ),
    "cloning": ("totpkey_firmware.setup.clone", "totpkey_firmware.crypto.x25519"),
    "firmware": ("totpkey_firmware.setup.firmware_slots",),
    "locks": ("totpkey_firmware.vault.lock_changes",),
    "typing": (),
}
#: What is always there: the commands that come most, and that others use.
_STAY = ("accounts", "device")
_SHA512 = "totpkey_firmware.crypto.sha512"

#: The file of each command's handler, and its name there.
COMMANDS: "dict[str, tuple[str, str]]" = {
    "hello": ("device", "hello"),
    "session": ("device", "session"),
    "done": ("device", "done"),
    "wipe": ("device", "wipe"),
    "time": ("clock", "time"),
    "set_time": ("clock", "set_time"),
    "clock": ("clock", "clock"),
    "clock_change": ("clock", "change"),
    "set_limit": ("clock", "set_limit"),
    "time_from_codes": ("clock", "time_from_codes"),
    "add": ("accounts", "add"),
    "batch": ("accounts", "batch"),
    "list": ("accounts", "page"),
    "rename": ("accounts", "rename"),
    "move": ("accounts", "move"),
    "recipe": ("accounts", "recipe"),
    "choose": ("accounts", "choose"),
    "remove": ("accounts", "remove"),
    "code": ("accounts", "code"),
    "uses": ("accounts", "uses"),
    "export": ("backup", "export"),
    "backup": ("backup", "backup"),
    "clone_key": ("cloning", "clone_key"),
    "clone_send": ("cloning", "clone_send"),
    "clone_receive": ("cloning", "clone_receive"),
    "init": ("locks", "init"),
    "slots": ("locks", "slots"),
    "element": ("locks", "element"),
    "passphrase": ("locks", "passphrase"),
    "set_pin": ("locks", "set_pin"),
    "set_passphrase": ("locks", "set_passphrase"),
    "remove_slot": ("locks", "remove_slot"),
    "unlock_pin": ("locks", "unlock_pin"),
    "unlock_passphrase": ("locks", "unlock_passphrase"),
    "lock": ("locks", "lock"),
    "locking": ("locks", "locking"),
    "set_locking": ("locks", "set_locking"),
    "firmware": ("firmware", "firmware"),
    "update": ("firmware", "update"),
    "update_data": ("firmware", "update_data"),
    "update_try": ("firmware", "update_try"),
    "update_keep": ("firmware", "update_keep"),
    "health": ("firmware", "health"),
    "typing": ("typing", "typing"),
    "set_typing": ("typing", "set_typing"),
    "sample": ("typing", "sample"),
}
#: Those that a batch goes on over.
OF_A_BATCH = ("add", "clone_receive")


class Handlers:
    """Loads the file of a handler when it is wanted, and forgets it when one of another file is.

    Setup's heap has no room for all of them. What a command needs does not depend on what came before it.
    """

    def __init__(self) -> None:
        self._file = ""

    def find(self, command: str) -> "Handler":
        """The handler of that command."""
        file, name = COMMANDS[command]
        if file != self._file:
            self._forget()
            self._file = file
        return getattr(load(_HERE + file), name)  # type: ignore[no-any-return]

    def _forget(self) -> None:
        if self._file and self._file not in _STAY:
            forget((_HERE + self._file,) + _OF[self._file] + (_SHA512,))
        else:
            forget((_SHA512,))
        collect()


def load_names() -> None:
    """Load once what is loaded and forgotten later, before all that stays.

    CircuitPython keeps the names in a module for good. Here they lie close together; where a module came
    later, they would leave the memory that it gives back in pieces.
    """
    for file, modules in _OF.items():
        if file not in _STAY:
            for module in (_HERE + file,) + modules + (_SHA512,):
                load(module)
            forget((_HERE + file,) + modules)
    forget((_SHA512,))
    collect()

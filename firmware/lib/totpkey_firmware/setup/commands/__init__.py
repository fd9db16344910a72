"""The handlers of the protocol's commands.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. A handler that may need a
touch is a generator. It yields the class of consent before it has changed anything, and continues once a
person has agreed. Only the setup face loads them.
"""

from ...heap import collect, forget, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..request import Request, Steps

    Handler = Callable[[Request], dict[str, object] | Steps]

_HERE = "totpkey_firmware.setup.commands."
#: The files with handlers, and for each the modules that no other uses.
_OF: "dict[str, tuple[str, ...]]" = {
    "accounts": (),
    "backup": (),
    "clock": (
        "totpkey_firmware.setup.clock_setting",
        "totpkey_firmware.clock.drift",
        "totpkey_firmware.setup.code_search",
    ),
    "cloning": (
        "totpkey_firmware.setup.clone",
        "totpkey_firmware.crypto.x25519",
        "totpkey_firmware.setup.commands.accounts",
    ),
    "firmware": ("totpkey_firmware.setup.firmware_slots",),
    "journal": (),
    "lending": (),
    "locks": ("totpkey_firmware.vault.lock_changes",),
    "typing": (),
}
#: A file that stays loaded: its commands are the most frequent, and it is small.
_STAY = "device"
#: Modules that several files use now and then.
_OFTEN = (
    "totpkey_firmware.crypto.sha512",
    "totpkey_firmware.ends",
    "totpkey_firmware.store.usage_log",
    "totpkey_firmware.vault.journal",
)

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
    "set_end": ("lending", "set_end"),
    "uses": ("accounts", "uses"),
    "journal": ("journal", "journal"),
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
    "board_test": ("firmware", "board_test"),
    "typing": ("typing", "typing"),
    "set_typing": ("typing", "set_typing"),
    "sample": ("typing", "sample"),
}
#: Commands that do not end a batch.
OF_A_BATCH = ("add", "clone_receive")


class Handlers:
    """Loads the file of a handler when it is needed, and unloads it when another file is needed.

    Setup's heap has no room for all of them. The memory for a command does not depend on earlier commands.
    """

    def __init__(self) -> None:
        self._file = ""

    def find(self, command: str) -> "Handler":
        """The handler of a command."""
        file, name = COMMANDS[command]
        if file not in (self._file, _STAY):
            self._forget()
            self._file = file
        return getattr(load(_HERE + file), name)  # type: ignore[no-any-return]

    def _forget(self) -> None:
        forget((_HERE + self._file,) + _OF[self._file] + _OFTEN if self._file else ())
        collect()


def forget_sha512() -> None:
    """Free the memory of SHA-512, which is loaded again when needed."""
    forget(_OFTEN[:1])
    collect()


def load_names() -> None:
    """Load and unload the handlers once, before anything that stays.

    CircuitPython keeps the names in a module forever. Loaded now, they are close together. Loaded later, they
    would fragment the memory that the module returns.
    """
    for file, modules in _OF.items():
        for module in (_HERE + file,) + modules:
            load(module)
        forget((_HERE + file,) + modules)
    # After the others. Loaded between them, 6 kB stayed in use; a test looks at what is free afterwards.
    for module in _OFTEN:
        load(module)
    forget(_OFTEN)
    load(_HERE + _STAY)
    collect()

"""The handlers of the protocol's commands.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. A handler that may need a
touch is a generator. It yields the class of consent before it has changed anything, and continues once a
person has agreed. Only the setup face loads them.
"""

import sys

from ...heap import collect, forget, load, prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..request import Request, Steps

    Handler = Callable[[Request], dict[str, object] | Steps]

_ALL = "totpkey_firmware."
_HERE = _ALL + "setup.commands."
#: A file that stays loaded: its commands are the most frequent, and it is small.
_STAY = "device"
#: How many modules there is room for. At most some 75 are loaded.
_MODULES = 90

#: The commands of each file. Their handlers have their names there, but for those in _NAMED.
COMMANDS = {
    "accounts": "add batch list rename move recipe choose remove code uses",
    "backup": "export backup",
    "borrowing": "accept",
    "clock": "time set_time clock clock_change set_limit time_from_codes",
    "cloning": "clone_key clone_send clone_receive",
    "device": "hello session done wipe",
    "firmware": "firmware update update_data update_try update_keep health board_test",
    "lending": "card make_card lend",
    "journal": "journal loans loan_back",
    "ends": "owner set_end",
    "locks": "init slots element passphrase set_pin set_passphrase remove_slot unlock_pin unlock_passphrase"
    " lock locking set_locking",
    "typing": "typing set_typing sample",
}
_NAMED = {"list": "page"}
#: Commands that do not end a batch.
OF_A_BATCH = ("add", "clone_receive")


class Handlers:
    """Loads the file of a handler when it is needed. Before another file it unloads that, and all that was
    loaded since.

    Setup's heap has no room for all of them. The memory for a command does not depend on earlier commands.
    """

    def __init__(self) -> None:
        self._file = ""
        self._stay = set(sys.modules)

    def find(self, command: str) -> "Handler":
        """The handler of a command."""
        file = _file_of(command)
        if file not in (self._file, _STAY):
            self._file = file
            forget([name for name, module in sys.modules.items() if self._goes(name, module)])
            collect()
        return getattr(load(_HERE + file), _NAMED.get(command, command))  # type: ignore[no-any-return]

    def _goes(self, name: str, module: object) -> bool:
        """Whether a module is ours, and was loaded since setup began. Packages are slow to find."""
        return name.startswith("totpkey") and name not in self._stay and not hasattr(module, "__path__")


def _file_of(command: str) -> str:
    for file, names in COMMANDS.items():
        if command in names.split():
            return file
    raise KeyError(command)


def begin() -> None:
    """Load what stays, before anything else of setup.

    Collect after the largest steps: a sealed image does not, and what loading leaves would lie between.
    """
    prepare(_MODULES)
    load(_HERE + _STAY)
    for name in ("platform", "vault.keeper", "key", "vault.changes", "setup.setup_key"):
        load(_ALL + name)
        collect()

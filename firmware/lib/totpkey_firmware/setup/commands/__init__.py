"""The handlers of the protocol's commands.

A handler takes a request and returns the fields of the reply, or raises `Refusal`. A handler that may need a
touch is a generator. It yields the class of consent before it has changed anything, and continues once a
person has agreed. Only the setup face loads them.
"""

from ...heap import collect, forget, load, prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..request import Request, Steps

    Handler = Callable[[Request], dict[str, object] | Steps]

_ALL, _PROTOCOL = "totpkey_firmware.", "totpkey_protocol."
_HERE = _ALL + "setup.commands."
#: The files with handlers, and for each the modules that no other uses. A text takes less of the heap than a
#: tuple of texts.
LOADS = {
    "accounts": "",
    "backup": "",
    "borrowing": "setup.foreign setup.exchange crypto.x25519 setup.commands.lending",
    "clock": "setup.clock_setting clock.ledger clock.drift setup.code_search",
    "cloning": "setup.clone setup.foreign setup.exchange crypto.x25519 setup.commands.accounts",
    "firmware": "setup.firmware_slots totpkey_protocol.slots",
    "handover": "setup.exchange crypto.x25519 setup.commands.lending",
    "journal": "",
    "lending": "",
    "locks": "vault.lock_changes element.glance spi totpkey_protocol.element_pins",
    "typing": "totpkey_protocol.layout_digests",
}
#: A file that stays loaded: its commands are the most frequent, and it is small.
_STAY = "device"
#: Modules that several files use now and then.
_SHA512 = "crypto.sha512"
OFTEN = _SHA512 + " ends vault.card store.usage_log vault.journal vault.loans"
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
    "handover": "card make_card lend",
    "journal": "journal loans loan_back",
    "lending": "owner set_end",
    "locks": "init slots element passphrase set_pin set_passphrase remove_slot unlock_pin unlock_passphrase"
    " lock locking set_locking",
    "typing": "typing set_typing sample",
}
_NAMED = {"list": "page"}
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
        file = _file_of(command)
        if file not in (self._file, _STAY):
            self._forget()
            self._file = file
        return getattr(load(_HERE + file), _NAMED.get(command, command))  # type: ignore[no-any-return]

    def _forget(self) -> None:
        if self._file:
            forget([_HERE + self._file] + named(LOADS[self._file] + " " + OFTEN))
        collect()


def _file_of(command: str) -> str:
    for file, names in COMMANDS.items():
        if command in names.split():
            return file
    raise KeyError(command)


def named(modules: str) -> "list[str]":
    """The whole names of modules, which may be given without the firmware's package."""
    return [name if name.startswith(_PROTOCOL) else _ALL + name for name in modules.split()]


def forget_sha512() -> None:
    """Free the memory of SHA-512, which is loaded again when needed."""
    forget(named(_SHA512))
    collect()


def begin() -> None:
    """Load what stays, before anything else of setup.

    Collect after the largest steps: a sealed image does not, and what loading leaves would lie between.
    """
    prepare(_MODULES)
    load(_HERE + _STAY)
    for name in ("platform", "vault.keeper", "key", "vault.changes", "setup.setup_key"):
        load(_ALL + name)
        collect()

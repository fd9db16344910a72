"""Finds the key: on a given port, or the only key in setup among the computer's serial ports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from totpkey import errors
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.link.client import KeyClient
from totpkey.link.conversation import ANSWER_WAIT, OnCalm, OnTouch, nobody_told
from totpkey.link.replies import Hello
from totpkey.link.transport import SerialTransport

#: The USB product name that boot.py gives a key.
PRODUCT = "totpkey"
#: How long a port may take to prove that a key is behind it, in seconds. A key that starts has its port 1.8 s
#: before it listens (`tests.link.test_transport`).
SEARCH_WAIT = 4.5
_SYSFS = "/sys/bus/usb/devices"
_HOLD = _("Hold its button for 3 s until the light changes, then run the command again.")


@dataclass(frozen=True)
class Connection:
    """An open conversation with a key that has said hello."""

    port: str
    client: KeyClient
    hello: Hello

    def fits(self, key: str) -> bool:
        """Whether `key` is the beginning of this key's id, in either case."""
        return self.hello.key.lower().startswith(key.lower())


class _Told(TypedDict):
    on_touch: OnTouch
    on_stranger: Callable[[], None]
    on_calm: OnCalm | None


@dataclass(frozen=True)
class KeyPort:
    """A port that may be a key's, and the key's id as in `hello`, if the system knows it."""

    path: str
    key: str = ""


def key_ports() -> list[KeyPort]:
    """The ports that may be a key's: CircuitPython's data ports, except those of other products."""
    from adafruit_board_toolkit.circuitpython_serial import data_comports

    # CircuitPython's USB serial number is the chip's id in capitals.
    return [
        KeyPort(port.device, (port.serial_number or "").lower())
        for port in data_comports()
        # Windows gives no product name.
        if port.product in (None, "", PRODUCT)
    ]


def data_ports() -> list[str]:
    """The paths of `key_ports`."""
    return [port.path for port in key_ports()]


def connect(
    port: str = "",
    key: str = "",
    on_touch: OnTouch = nobody_told,
    find_ports: Callable[[], Iterable[str]] = data_ports,
    sysfs: str = _SYSFS,
    any_version: bool = False,
    on_stranger: Callable[[], None] = lambda: None,
    on_calm: OnCalm | None = None,
) -> Connection:
    """Open the key on `port`, or the only key in setup whose id begins with `key`.

    `any_version` also accepts another version of the protocol; `on_stranger` and `on_calm` are those of a
    `Conversation`. Raises NoKey, SeveralKeys, and the problem of the only possible port: TransportError,
    NoAnswer, BadReply, VersionMismatch.
    """
    told: _Told = {"on_touch": on_touch, "on_stranger": on_stranger, "on_calm": on_calm}
    if port:
        return _one_of([_open(port, told, ANSWER_WAIT, any_version)], key)
    found, hindrances = _search(find_ports(), told, any_version)
    if not found:
        raise hindrances[0] if hindrances else _no_key(sysfs)
    return _one_of(found, key)


def _search(
    ports: Iterable[str], told: _Told, any_version: bool
) -> tuple[list[Connection], list[errors.TotpkeyError]]:
    found: list[Connection] = []
    hindrances: list[errors.TotpkeyError] = []
    for port in ports:
        try:
            found.append(_open(port, told, SEARCH_WAIT, any_version))
        except (errors.TransportError, errors.ConversationError, errors.KeyRefused) as error:
            # A board under test refuses to say hello.
            hindrances.append(error)
    return found, hindrances


def _open(port: str, told: _Told, wait: float, any_version: bool) -> Connection:
    client = KeyClient(SerialTransport(port), **told)
    try:
        return Connection(port, client, client.hello(wait, any_version))
    except errors.TotpkeyError:
        client.close()
        raise


def _one_of(found: Sequence[Connection], key: str) -> Connection:
    """The only connection that fits. Closes all others."""
    fitting = [connection for connection in found if connection.fits(key)]
    chosen = fitting[0] if len(fitting) == 1 else None
    for connection in found:
        if connection is not chosen:
            connection.client.close()
    if chosen:
        return chosen
    listed = "\n".join(f"  {other.hello.key}  on {other.port}" for other in fitting or found)
    if fitting:
        raise errors.SeveralKeys(tr("There are several keys."), tr("Choose one with --key:") + f"\n{listed}")
    raise errors.NoKey(
        tr("No key's id begins with “{key}”.", key=key), tr("These keys are in setup:") + f"\n{listed}"
    )


def _no_key(sysfs: str) -> errors.NoKey:
    if everyday_keys(sysfs):
        return errors.NoKey(tr("The key is plugged in as a keyboard, so it cannot be set up."), tr(_HOLD))
    return errors.NoKey(tr("No key in setup was found."), joined(tr("Plug the key in."), tr(_HOLD)))


def everyday_keys(sysfs: str = _SYSFS) -> list[str]:
    """The USB devices with a key's product name, by their Linux names such as `1-2`. Empty elsewhere."""
    if not os.path.isdir(sysfs):
        return []
    return sorted(device for device in os.listdir(sysfs) if _product(f"{sysfs}/{device}") == PRODUCT)


def _product(device: str) -> str:
    try:
        with open(f"{device}/product", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        # It has none, or was just unplugged.
        return ""

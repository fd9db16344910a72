"""The keys that the page can choose from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.link.discovery import KeyPort, everyday_keys, key_ports
from totpkey.link.transport import SerialTransport, Transport


@dataclass(frozen=True)
class FoundKey:
    """One key with a serial port, in the words of the bridge (docs/reference/bridge.md)."""

    key: str
    name: str
    port: str
    board: str
    kind: str


@dataclass(frozen=True)
class Found:
    """All keys with a serial port, and whether there is a key in its everyday face."""

    keys: tuple[FoundKey, ...]
    everyday: bool

    def as_message(self) -> dict[str, object]:
        """The fields of the bridge's message `keys`."""
        return {"keys": [asdict(key) for key in self.keys], "everyday": self.everyday}


class Keys(Protocol):
    """A source of keys, for any thread."""

    def found(self) -> Found:
        """The keys that are present now."""

    def open(self, key: str) -> Transport:
        """The port of one of them. Raises TransportError."""


class RealKeys:
    """Keys at this computer's ports: those whose id begins with `key`, or only that on `port`."""

    def __init__(
        self,
        port: str = "",
        key: str = "",
        find_ports: Callable[[], Iterable[KeyPort]] = key_ports,
        find_everyday: Callable[[], Sequence[str]] = everyday_keys,
    ) -> None:
        self._port = port
        self._key = key.lower()
        self._find_ports = find_ports
        self._find_everyday = find_everyday

    def found(self) -> Found:
        keys = tuple(_real(port) for port in self._ports())
        return Found(keys, everyday=not keys and not self._port and bool(self._find_everyday()))

    def open(self, key: str) -> Transport:
        for found in self.found().keys:
            if found.key == key:
                return SerialTransport(found.port)
        raise no_such_key()

    def _ports(self) -> list[KeyPort]:
        if not self._port:
            return [port for port in self._find_ports() if port.key.lower().startswith(self._key)]
        return [KeyPort(self._port)] if _exists(self._port) else []


def _exists(port: str) -> bool:
    if os.name != "nt":
        return os.path.exists(port)
    from serial.tools.list_ports import comports

    return port.upper() in {each.device.upper() for each in comports()}


def _real(port: KeyPort) -> FoundKey:
    handle = port.key or port.path
    return FoundKey(handle, f"totpkey {handle}", port.path, board="", kind="real")


def no_such_key() -> errors.PortMissing:
    """The error that `Keys.open` raises."""
    return errors.PortMissing(tr("There is no such key now."), tr("Plug it in and hold its button for 3 s."))

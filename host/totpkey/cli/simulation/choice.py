"""Creates a virtual key, and stores its contents in a folder."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.install.drive import DriveMissing, drive_folder
from totpkey_protocol import storage
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

#: The default board, which needs no soldering.
DEFAULT_BOARD = "adafruit_qt2040_trinkey"
_SIMULATOR, _CHIP, _CLOCK = "simulator.bin", "chip.bin", "clock.json"


def simulated_key(board: str, state: Path | None = None) -> SimulatedKey:
    """Return a simulated key, new or restored from `state`. Raise TotpkeyError."""
    try:
        key = SimulatedKey(_drive(), board, alone=storage.FILES, unix_time=time.time())
    except ValueError as error:
        raise errors.TotpkeyError(tr("The board cannot be simulated: {error}.", error=error)) from None
    _restore(key, state, _SIMULATOR)
    return key


def chip_key(image: Path, state: Path | None = None) -> ChipKey:
    """Return a key on the emulated chip with that CircuitPython image, new or restored from `state`.

    Raise TotpkeyError.
    """
    try:
        from totpkey_virtual.chip.core_library import NoCompiler
        from totpkey_virtual.chip.key import ChipKey
    except ImportError:
        raise errors.TotpkeyError(
            tr("The emulated chip is not installed."),
            tr("It is in totpkey's source tree alone: run `make setup` there."),
        ) from None
    try:
        key = ChipKey(image, _drive(), alone=storage.FILES, start_time=time.time())
    except (ValueError, NoCompiler) as error:
        raise errors.TotpkeyError(
            tr("The chip cannot run {image}: {error}", image=image, error=error)
        ) from None
    _restore(key, state, _CHIP)
    return key


def _drive() -> Path:
    try:
        return drive_folder()
    except DriveMissing as missing:
        raise errors.TotpkeyError(str(missing)) from None


def keep(key: SimulatedKey | ChipKey, state: Path) -> None:
    """Store an unplugged key in `state`: its flash, and its clock's offset from this computer's."""
    state.mkdir(parents=True, exist_ok=True)
    name = _SIMULATOR if isinstance(key, SimulatedKey) else _CHIP
    (state / name).write_bytes(key.flash)
    clock = key.clock
    # The key's own true time is behind where this computer was too busy to let the key run.
    ahead = None if clock.has_lost_time else clock.unix_time - time.time()
    (state / _CLOCK).write_text(json.dumps({"ahead": ahead}), encoding="utf-8")


def _restore(key: VirtualKey, state: Path | None, name: str) -> None:
    """Load what `keep` stored. The clock has kept running, as with a battery."""
    if state and (state / name).is_file():
        try:
            key.flash = (state / name).read_bytes()
        except ValueError as error:
            raise errors.TotpkeyError(
                tr("{value} does not fit: {error}", value=state / name, error=error)
            ) from None
    if state and (state / _CLOCK).is_file():
        ahead = json.loads((state / _CLOCK).read_text(encoding="utf-8"))["ahead"]
        if ahead is not None:
            key.clock.set_unix(key.true_time + ahead)

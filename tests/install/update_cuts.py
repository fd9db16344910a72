"""An update that is recorded, and what is wrong with a key after a cut in it, on simulator and chip.

The result of each cut is derived from one recorded update, as in `tests.cuts.cutting`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cuts.cutting import Trace
from tests.cuts.kinds import Snapshot
from tests.install.boards import installed
from tests.support.desk import AMAZON, HID, Desk
from tests.support.keys import MORNING
from totpkey.errors import TotpkeyError
from totpkey.install import image, updating
from totpkey.install.drive import drive_files
from totpkey_virtual.key import VirtualKey

#: Makes a new key, laid out as the one-file image does it.
Make = Callable[[], VirtualKey]


@dataclass(frozen=True)
class OnChip:
    """Makes keys on the emulated chip from the one-file image at `file`."""

    file: Path

    @classmethod
    def of(cls, circuitpython: Path, folder: Path) -> OnChip:
        board, content = image.read_circuitpython(circuitpython)
        file = folder / "totpkey.uf2"
        file.write_bytes(image.build(content, drive_files(), board))
        return cls(file)

    def __call__(self) -> VirtualKey:
        from totpkey_virtual.chip.key import ChipKey

        return ChipKey(self.file, None, start_time=MORNING)


def updated(make: Make = installed) -> Trace:
    """Record one complete update of a key in use, from the first byte to the seal.

    The new firmware is identical to the old one, so only the running slot distinguishes them.
    """
    desk = Desk(make())
    desk.provision(AMAZON)
    desk.hold_for_setup()
    with Trace(desk.key) as trace:
        with desk.client() as client:
            updating.send(client, client.hello(), drive_files(), lambda *_: None)
        assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 3)
        desk.await_face(serial=True)
        with desk.client() as client:
            updating.keep(client, client.hello(), drive_files())
        desk.key.run(1.2)
    desk.key.unplug()
    return trace


def plugged(snapshot: Snapshot, make: Make) -> Desk:
    """Plug in a key in the state `snapshot` and return its desk."""
    key = make()
    key.flash = snapshot.flash
    key.wait_unplugged(snapshot.true_time - key.true_time)
    if snapshot.ahead is not None:
        key.clock.set_unix(snapshot.true_time + snapshot.ahead)
    desk = Desk(key)
    desk.plug_in()
    return desk


def verdict(snapshot: Snapshot, again: bool = False, make: Make = installed) -> str:
    """Return what is wrong with a key after a cut, or the slot from which it runs ("a" or "b") if nothing is.

    With `again`, also check that the next update works.
    """
    desk = plugged(snapshot, make)
    try:
        if desk.classes() != [HID]:
            return f"it came up with {desk.classes()}"
        desk.away_from_the_boundary(AMAZON)
        if desk.press() != desk.code(AMAZON):
            return "it typed no right code"
        with desk.setup_client() as client:
            firmware = client.firmware()
            if not (firmware.kept and client.health().intact):
                return "its firmware is not whole"
            if again:
                updating.send(client, client.hello(), drive_files(), lambda *_: None)
        if again:
            desk.key.run(1)
            desk.await_face(serial=True)
            with desk.client() as client:
                updating.keep(client, client.hello(), drive_files())
                return firmware.slot if client.firmware().slot != firmware.slot else "it was not updated"
    except (TotpkeyError, AssertionError) as error:
        return f"{type(error).__name__}: {error}"
    else:
        return firmware.slot
    finally:
        if desk.key.plugged:
            desk.key.unplug()

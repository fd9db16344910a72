"""Cuts the power at every flash operation of an update, on the simulator, and looks at what is left.

    python -m tests.install.update_cuts        (some 3 minutes on two cores)

What each cut leaves follows from one watched update, as in `tests.cuts.cutting`.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys

from tests.cuts.cutting import Left, Trace
from tests.cuts.kinds import Snapshot
from tests.install.keys import installed
from tests.key.desk import AMAZON, HID, Desk
from totpkey.drive import drive_files
from totpkey.errors import TotpkeyError
from totpkey.install import updating


def updated() -> Trace:
    """One whole update of a key in use, watched from the first byte to the seal.

    The firmware is the one that the key has, so which slot runs tells old from new.
    """
    desk = Desk(installed())
    desk.plug_in()
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


def plugged(snapshot: Snapshot) -> Desk:
    """A key that holds `snapshot`, plugged in."""
    key = installed()
    key.flash = snapshot.flash
    key.wait_unplugged(snapshot.true_time - key.true_time)
    if snapshot.ahead is not None:
        key.clock.set_unix(snapshot.true_time + snapshot.ahead)
    desk = Desk(key)
    desk.plug_in()
    return desk


def verdict(snapshot: Snapshot, again: bool = False) -> str:
    """What is wrong with a key after a cut; "a" or "b" if nothing is: the slot it runs from.

    With `again`, whether the next update works is looked at too.
    """
    desk = plugged(snapshot)
    try:
        if desk.classes() != [HID]:
            return f"it came up with {desk.classes()}"
        desk.away_from_the_boundary(AMAZON)
        if desk.press() != desk.code(AMAZON):
            return "it typed no right code"
        desk.hold_for_setup()
        with desk.client() as client:
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


def sample(left: list[Left], count: int) -> list[Left]:
    """Some of them, the first and those of the seal at the end among them."""
    middle = random.Random(1).sample(left[1:-12], count)
    return [left[0], *middle, *left[-12:]]


def main() -> int:
    """0 if every cut was survived."""
    left = updated().left()
    with multiprocessing.Pool(os.cpu_count()) as workers:
        verdicts = workers.map(
            _verdict, [(each.snapshot, number % 50 == 0) for number, each in enumerate(left)]
        )
    survived = {
        slot: sum(len(each.cuts) for each, v in zip(left, verdicts, strict=True) if v == slot)
        for slot in "ab"
    }
    cuts = sum(len(each.cuts) for each in left)
    print(f"{cuts} cuts, {len(left)} different things left; afterwards the key runs from slot: {survived}")
    for each, told in zip(left, verdicts, strict=True):
        if told not in ("a", "b"):
            print(f"   {each.cuts[0]}: {told}")
    return 0 if sum(survived.values()) == cuts else 1


def _verdict(job: tuple[Snapshot, bool]) -> str:
    return verdict(*job)


if __name__ == "__main__":
    sys.exit(main())

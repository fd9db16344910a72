"""The board itself, and what is wired to it: clock, element, a button that is stuck."""

from __future__ import annotations

from totpkey.board_test import registers
from totpkey.board_test.bench import Bench, Measured, Row
from totpkey.doctor import board as board_rows
from totpkey.doctor.case import BAD, GOOD, ODD, Finding
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.board_client import BoardClient, Seen
from totpkey.link.replies import Clock, Firmware, Health, Hello
from totpkey_protocol.boards import BOARDS, Board

_CLOCK, _CELL, _BUTTON, _ELEMENT = _("clock chip"), _("cell"), _("button"), _("element")
#: A clock that runs shows another second after this long on the board's own time; and how often that is
#: looked at, in s.
_SECOND, _LOOK = 3, 0.5
#: A button that is down for so long before anybody was asked to press it, in s.
_STUCK = 3


def firmware(hello: Hello, health: Health, running: Firmware) -> list[Row]:
    """What `doctor` says of the board's CircuitPython, drive and firmware."""
    found = [
        board_rows.circuitpython(hello, running),
        board_rows.sealed(hello, running),
        board_rows.drive(health, running),
        board_rows.whole(running, health),
    ]
    if hello.board not in BOARDS:
        found.insert(0, board_rows.unknown_board(hello))
    return [_as_row(finding) for finding in found]


def _as_row(finding: Finding) -> Row:
    fault = "" if finding.grade == GOOD else finding.name.replace(" ", "-")
    return Row(finding.name, finding.grade, finding.detail, fault, finding.remedy)


def clock(bench: Bench, client: BoardClient, clock: Clock, health: Health, board: Board | None) -> list[Row]:
    """Whether a clock chip answers at its address, and whether it runs."""
    seen = client.seen()
    wires = _wires(seen, health, clock, board)
    if wires.fault or clock.chip not in registers.MAPS:
        return [wires]
    later = seen
    while later.up - seen.up < _SECOND and not registers.runs(clock.chip, seen.registers, later.registers):
        bench.wait(_LOOK)
        later = client.seen()
    return [wires, _running(clock.chip, seen, later)]


def _wires(seen: Seen, health: Health, clock: Clock, board: Board | None) -> Row:
    measured: Measured = {
        "chip": clock.chip,
        "addresses": list(seen.answers),
        "registers": seen.registers.hex(),
    }
    detail, fault, remedy = "", "", ""
    known = board_rows.clock_wires(clock.chip, health, board)
    if not health.pull_ups:
        fault = "clock-no-pull-ups"
    elif seen.exchanged:
        detail = tr(
            "SCL and SDA are exchanged: with the two swapped, {all} answers", all=_listed(seen.exchanged)
        )
        fault, remedy = "clock-wires-exchanged", tr("Swap these two wires, or turn the module round.")
    elif not clock.chip and seen.answers:
        detail = tr("{all} answers, which is no clock that the firmware knows", all=_listed(seen.answers))
        fault, remedy = "clock-wrong-address", tr("Another chip was fitted, or its address pins are set.")
    elif not clock.chip:
        fault = "clock-missing"
    if fault:
        return Row(_CLOCK, BAD, detail or known.detail, fault, remedy or known.remedy, measured)
    return Row(
        _CLOCK, known.grade, known.detail, "" if known.grade == GOOD else "clock-unknown", "", measured
    )


def _listed(addresses: bytes) -> str:
    return ", ".join(f"0x{address:02x}" for address in addresses)


def _running(chip: str, before: Seen, after: Seen) -> Row:
    step = _("oscillator")
    if not registers.runs(chip, before.registers, after.registers):
        detail = tr("the {chip}'s time stands still", chip=chip)
        remedy = tr("Look at its crystal and its solder, or replace the module.")
        return Row(step, BAD, detail, "clock-stands-still", remedy)
    if registers.stopped(chip, after.registers):
        detail = tr("it runs, and its flag says that it has stood still since it was set")
        remedy = tr("A new clock says so once. If it says so again after a cut, the cell is empty.")
        return Row(step, ODD, detail, "clock-stop-flag", remedy)
    return Row(step, GOOD, tr("it runs"))


def cell(clock: Clock) -> Row:
    """What the chip itself says of its cell."""
    measured: Measured = {"battery": clock.battery}
    if clock.battery == "good":
        return Row(_CELL, GOOD, tr("good"), measured=measured)
    if clock.battery == "unknown":
        detail = tr("this chip cannot tell; a cut of power shows it")
        return Row(_CELL, "unknown", detail, "cell-not-measured", measured=measured)
    detail = tr("missing or nearly empty") if clock.battery == "low" else tr("not used by the chip")
    return Row(
        _CELL, BAD, detail, f"cell-{clock.battery}", tr("Put in a new one, then test again."), measured
    )


def stuck(bench: Bench, client: BoardClient) -> Row:
    """Whether the button is down before anybody was asked to press it."""
    down = client.seen().down
    if down:
        bench.wait(_STUCK)
        down = client.seen().down
    if not down:
        return Row(_BUTTON, GOOD, tr("it is up while nobody presses it"))
    detail = tr("it is down, and nobody was asked to press it")
    return Row(_BUTTON, BAD, detail, "button-stuck", tr("It is stuck, or its wire touches ground."))


def element(seen: Seen, expected: bool) -> Row:
    """Whether a secure element answers, where one is expected."""
    measured: Measured = {"answers": int(seen.element)}
    if expected and not seen.element:
        detail = tr("none answers, and this board should have one")
        return Row(
            _ELEMENT, BAD, detail, "element-missing", tr("Check its four wires and its supply."), measured
        )
    answer = tr("one answers") if seen.element else tr("none, as expected")
    return Row(_ELEMENT, GOOD, answer, measured=measured)

"""Checks of the board: its CircuitPython, drive, firmware, the clock's wires and the button."""

from __future__ import annotations

from totpkey.doctor.case import BAD, GOOD, ODD, Finding
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.install import updating
from totpkey.link.client import NEWER_COMMAND
from totpkey.link.replies import Clock, Firmware, Health, Hello
from totpkey_protocol import slots
from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.words import DS3231, PCF8523, RV3028, RV3032
from totpkey_volume.circuitpython import FITTING, SEALED, fits, says_sealed

#: The room that CircuitPython needs for boot_out.txt, which it writes at its first start. In KB.
_ROOM = 4
#: A button that is down for this long, in s, is stuck.
_STUCK = 10
_CLOCK = _("clock chip")
#: On the I2C bus, by chip.
_ADDRESSES = {DS3231: 0x68, PCF8523: 0x68, RV3028: 0x52, RV3032: 0x51}


def rows(hello: Hello, firmware: Firmware, health: Health, clock: Clock) -> list[Finding]:
    """All findings about one board, from its key's replies."""
    board = BOARDS.get(hello.board)
    found = [
        circuitpython(hello, firmware),
        sealed(hello, firmware),
        drive(health, firmware),
        whole(firmware, health),
        clock_wires(clock.chip, health, board),
        button(health, board),
    ]
    return found if board else [unknown_board(hello), *found]


def unknown_board(hello: Hello) -> Finding:
    """The finding for a board that this version does not know. A newer key may have one."""
    detail = tr("this version does not know the board {board}", board=hello.board)
    return Finding(_("board"), ODD, detail, tr(NEWER_COMMAND))


def circuitpython(hello: Hello, firmware: Firmware) -> Finding:
    """Whether the firmware runs on this CircuitPython."""
    version = hello.circuitpython.removesuffix(SEALED)
    detail = f"CircuitPython {version}"
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdigit())
    if fits(numbers):
        return Finding(_("circuitpython"), GOOD, detail)
    needed = tr("The firmware needs {fitting}.", fitting=FITTING)
    return Finding(_("circuitpython"), BAD, detail, joined(needed, updating.remedy(firmware)))


def sealed(hello: Hello, firmware: Firmware) -> Finding:
    """Whether the key says that its CircuitPython is sealed. A changed firmware may say so, too."""
    if says_sealed(hello.circuitpython):
        return Finding(_("sealed"), GOOD, tr("the key says so; `totpkey verify` proves it"))
    detail = tr("in setup any program on the computer can read and replace everything on this key")
    return Finding(_("sealed"), ODD, detail, updating.remedy(firmware))


def drive(health: Health, firmware: Firmware) -> Finding:
    """Whether there is room for CircuitPython's own files."""
    detail = tr("{free} KB free on the key's drive", free=health.free)
    if health.free >= _ROOM:
        return Finding(_("drive"), GOOD, detail)
    cause = tr("Something filled the drive.")
    return Finding(_("drive"), BAD, detail, joined(cause, updating.remedy(firmware)))


def whole(firmware: Firmware, health: Health) -> Finding:
    """Whether each file of the firmware is present and intact."""
    if firmware.slot == slots.NONE:
        detail = tr("the key was installed by copying files: it cannot check or update them")
        return Finding(_("files"), ODD, detail, updating.remedy(firmware))
    if not updating.fits_image(firmware):
        detail = tr("the key's drive has another layout than this version's ({layout})", layout=slots.LAYOUT)
        return Finding(_("files"), ODD, detail, updating.remedy(firmware))
    if not health.intact:
        return Finding(
            _("files"),
            BAD,
            tr("a file of the firmware is missing or damaged"),
            tr("Run `totpkey update --force`."),
        )
    if not firmware.kept:
        detail = tr("new firmware runs on trial, and the next start is the one before")
        return Finding(_("files"), ODD, detail, tr("Run `totpkey update` again."))
    detail = tr(
        "all files of the firmware are whole (copy {slot}, layout {layout})",
        slot=firmware.slot,
        layout=firmware.layout,
    )
    return Finding(_("files"), GOOD, detail)


def clock_wires(chip: str, health: Health, board: Board | None) -> Finding:
    """Which clock chip is wired, with the addresses and pins that were checked."""
    pins = tr("SCL {scl}, SDA {sda}", scl=board.scl, sda=board.sda) if board else tr("SCL, SDA")
    if not health.pull_ups:
        remedy = tr("The wires float: plug the module in, or check its power; clock modules have pull-ups.")
        return Finding(_CLOCK, BAD, tr("no pull-ups on {pins}", pins=pins), remedy)
    if not chip:
        looked = ", ".join(sorted({f"0x{address:02x}" for address in _ADDRESSES.values()}))
        remedy = tr(
            "Check the module's four wires, and that SCL and SDA are not swapped. The firmware knows "
            "{addresses}.",
            addresses=", ".join(_ADDRESSES),
        )
        return Finding(
            _CLOCK,
            BAD,
            tr("none that the firmware knows answers at {looked} on {pins}", looked=looked, pins=pins),
            remedy,
        )
    if chip not in _ADDRESSES:
        detail = tr("this version does not know the clock chip {chip}", chip=chip)
        return Finding(_CLOCK, ODD, detail, tr(NEWER_COMMAND))
    return Finding(
        _CLOCK,
        GOOD,
        tr("{chip} at 0x{addresses:02x} on {pins}", chip=chip, addresses=_ADDRESSES[chip], pins=pins),
    )


def button(health: Health, board: Board | None) -> Finding:
    """Whether the button is stuck."""
    which = tr("the button on {button}", button=board.button) if board else tr("the button")
    if health.held < _STUCK:
        return Finding(
            _("button"), GOOD, tr("{which} works", which=which) if not health.held else tr("it is held")
        )
    detail = tr("{which} has been down for {held} s", which=which, held=health.held)
    return Finding(_("button"), BAD, detail, tr("It is stuck, or its wire touches ground."))

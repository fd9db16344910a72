"""One pin map in the board's schematic and layout, the kits' wiring, the table of boards and the firmware."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from hardware.board import kicad, netlist
from hardware.kits.wiring import HERE, KITS, PICO_PINS, joined
from tests.install.conftest import MakeFirmware, make_firmware
from tests.support.cases import slow
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.errors import TotpkeyError
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.element_pins import ELEMENT_PINS
from totpkey_protocol.words import MISSING
from totpkey_virtual.chip.key import Wiring
from totpkey_virtual.simulator import SimulatedKey
from totpkey_virtual.simulator.wiring import DARK

__all__ = ["make_firmware"]

#: The board whose CircuitPython image our own board runs.
TWIN = "pimoroni_tiny2040"
PURPOSES = ("BUTTON", "LED_R", "LED_G", "LED_B", "SCL", "SDA")


def table() -> dict[str, int]:
    """GPIO numbers by purpose, from the table of boards."""
    wiring = Wiring(TWIN)
    return dict(zip(PURPOSES, (wiring.button, *wiring.light, wiring.scl, wiring.sda), strict=True))


def gpio_of(nets: dict[tuple[str, str], str], pins: dict[str, int]) -> dict[str, int]:
    """GPIO numbers by purpose, from the nets at the controller's pins."""
    at_controller = {net: number for (ref, number), net in nets.items() if ref == "U1"}
    return {purpose: pins.get(at_controller.get("/" + purpose, ""), -1) for purpose in PURPOSES}


def controller_pins() -> dict[str, int]:
    """The GPIO behind each pin of the RP2040 (RP2040 datasheet, 5.2.2: pin 1 of 56 is IOVDD, GPIO0 is pin
    2)."""
    groups = {0: range(2, 10), 8: range(11, 19), 16: range(27, 33), 22: range(34, 42)}
    return {str(pin): first + offset for first, pins in groups.items() for offset, pin in enumerate(pins)}


def test_the_stick_has_an_elements_pins_where_the_firmware_looks() -> None:
    """Clock, out, in and chip select of a Tiny 2040, in schematic and layout."""
    names = dict(zip(("SPI_SCK", "SPI_MOSI", "SPI_MISO", "SPI_CS"), ELEMENT_PINS[TWIN], strict=True))
    for nets in (netlist.nets(kicad.SCHEMATIC), netlist.board_nets(kicad.BOARD)):
        at_controller = {net: controller_pins().get(pin) for (ref, pin), net in nets.items() if ref == "U1"}
        assert {net: f"GP{at_controller['/' + net]}" for net in names} == names


class TestOwnBoard:
    def test_schematic_follows_the_table(self) -> None:
        assert gpio_of(netlist.nets(kicad.SCHEMATIC), controller_pins()) == table()

    def test_layout_follows_the_table(self) -> None:
        assert gpio_of(netlist.board_nets(kicad.BOARD), controller_pins()) == table()

    def test_each_net_reaches_the_part_it_is_for(self) -> None:
        ends = {"BUTTON": "R9", "LED_R": "R10", "LED_G": "R11", "LED_B": "R12", "SCL": "U6", "SDA": "U6"}
        for nets in (netlist.nets(kicad.SCHEMATIC), netlist.board_nets(kicad.BOARD)):
            for purpose, ref in ends.items():
                assert ref in {part for (part, _), net in nets.items() if net == "/" + purpose}

    def test_clock_and_light_are_wired_to_their_own_pins(self) -> None:
        nets = netlist.board_nets(kicad.BOARD)
        # The clock's symbol in dizcza/rv3032-kicad 48728708b584, another than its maker's manual; Kingbright
        # APFA3010: 1 red, 3 green, 4 blue, 2 the common anode.
        theirs = {"VBACKUP": "1", "SDA": "2", "EVI": "4", "SCL": "8"}
        assert {name: nets["U6", pin] for name, pin in theirs.items()} == {n: f"/{n}" for n in theirs}
        assert (nets["U6", "5"], nets["U6", "6"]) == ("GND", "/VCLOCK")
        # By its maker's manual: INT is left open, CLKOUT goes to TP8.
        assert nets["U6", "3"].startswith("unconnected-")
        assert nets["U6", "7"] == nets["TP8", "1"] == "/CLKOUT"
        assert nets["D1", "2"] == "+3V3"
        for pin, resistor in (("1", "R10"), ("3", "R11"), ("4", "R12")):
            assert nets["D1", pin] == nets[resistor, "2"]
        assert {nets["SW1", "1"], nets["SW1", "2"]} == {"GND", nets["R9", "1"]}

    def test_flash_is_as_large_as_the_table_says(self) -> None:
        part = kicad.HERE.joinpath("parts.toml").read_text(encoding="utf-8")
        megabits = int(re.search(r'mpn = "W25Q(\d+)JV', part).group(1))  # type: ignore[union-attr]
        assert megabits == BOARDS[TWIN].flash * 8

    @pytest.mark.needs("hardware")
    @pytest.mark.skipif(not kicad.found(), reason="KiCad 9 is not installed")
    def test_our_reading_of_the_schematic_is_kicads(self) -> None:
        ours, theirs = netlist.nets(kicad.SCHEMATIC), kicad.nets()
        assert ours == {pin: net for pin, net in theirs.items() if pin in ours}
        assert all(net.startswith(("Net-", "unconnected-")) for pin, net in theirs.items() if pin not in ours)


class TestKits:
    @pytest.mark.parametrize("name", KITS)
    def test_wiring_follows_the_table(self, name: str) -> None:
        board, pins = BOARDS[KITS[name]], joined(name)
        assert (pins["SCL"], pins["SDA"], pins["GND"]) == (board.scl, board.sda, "GND")
        assert pins.get("button") == (None if board.own_button else board.button)

    def test_every_diagram_is_of_a_known_board(self) -> None:
        assert {path.stem for path in HERE.glob("*.yml")} == set(KITS)

    def test_the_pico_is_counted_as_its_maker_counts(self) -> None:
        board = yaml.safe_load((HERE / "pico.yml").read_text(encoding="utf-8"))["connectors"]["Board"]
        assert dict(zip(board["pins"], board["pinlabels"], strict=True)) == PICO_PINS

    def test_a_wire_moved_in_a_diagram_is_found(self, tmp_path: Path) -> None:
        text = (HERE / "pico.yml").read_text(encoding="utf-8")
        assert "[3, 36, 6, 7]" in text
        changed = text.replace("[3, 36, 6, 7]", "[3, 36, 7, 6]")
        (tmp_path / "pico.yml").write_text(changed, encoding="utf-8")
        board = BOARDS["raspberry_pi_pico"]
        assert joined("pico", tmp_path)["SCL"] != board.scl


def at_work(drive: Path) -> set[str]:
    """What of our board's wiring the firmware in `drive` makes use of: it is seen from outside."""
    key = SimulatedKey(drive, TWIN)
    found = set()
    try:
        key.plug()
        key.run_until(lambda: key.light != DARK, 5)
        # A blank key in setup shows blue alone.
        if key.light[2] and not any(key.light[:2]):
            found.add("light")
        if key.run_until(lambda: key.usb.enumeration is not None and key.usb.enumeration.has_serial, 5):
            key.run(1)
            key.set_button(True)
            key.run(3)
            with KeyClient(DirectTransport(key), ticks=lambda: key.uptime_ms / 1000) as client:
                found |= {"clock"} if client.hello().clock != MISSING else set()
                found |= {"button"} if client.health().held else set()
    except TotpkeyError:
        found.add("no answer")
    finally:
        key.unplug()
    return found


class TestFirmware:
    def test_light_clock_and_button_are_used_at_our_boards_pins(self) -> None:
        assert at_work(drive_folder()) == {"light", "clock", "button"}

    @pytest.mark.parametrize(
        ("old", "new", "lost"),
        [
            slow("Lamp(definition.light,", "Lamp(tuple(reversed(definition.light)),", "light"),
            slow("self._definition.scl), getattr(board, self._definition.sda)", "'GP7'), board.GP6", "clock"),
            ("getattr(board, definition.button)", "board.GP7", "button"),
        ],
        ids=["light", "clock", "button"],
    )
    @pytest.mark.slow
    def test_a_pin_changed_in_the_firmware_is_found(
        self, old: str, new: str, lost: str, make_firmware: MakeFirmware, tmp_path: Path
    ) -> None:
        for path, content in make_firmware({"totpkey_firmware/platform.py": (old, new)}).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
        assert lost not in at_work(tmp_path)

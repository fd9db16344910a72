"""Finding the key's port among several, and the serial transport on a real terminal."""

from __future__ import annotations

import fcntl
import os
import sys
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from tests.support.terminal import CommandDesk, MakeDesk
from totpkey import errors
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.install.drive import drive_folder
from totpkey.link import discovery
from totpkey.link.client import KeyClient
from totpkey.link.discovery import SEARCH_WAIT, connect, data_ports, everyday_keys
from totpkey.link.transport import SerialTransport
from totpkey_protocol import storage

#: Whether a terminal is exclusive (ioctl_tty(2)).
_TIOCGEXCL = 0x80045440


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """The near end of a pseudo-terminal as a file descriptor, the far end as a path."""
    near, far = os.openpty()
    tty.setraw(near)
    path = os.ttyname(far)
    os.close(far)
    yield near, path
    # A test may have hung up already.
    with suppress(OSError):
        os.close(near)


def test_bytes_go_both_ways(line: tuple[int, str]) -> None:
    near, path = line
    transport = SerialTransport(path)
    transport.write(b"to the key\n")
    assert os.read(near, 100) == b"to the key\n"
    os.write(near, b"\x00\xff\r\nto the host\n")
    came = b""
    while not came.endswith(b"host\n"):
        came += transport.read(5)
    assert came == b"\x00\xff\r\nto the host\n"
    transport.close()


def test_nothing_comes_within_the_time_out(line: tuple[int, str]) -> None:
    transport = SerialTransport(line[1])
    assert transport.read(0) == b""
    transport.close()


def test_a_port_in_use_is_refused(line: tuple[int, str]) -> None:
    transport = SerialTransport(line[1])
    with pytest.raises(errors.PortBusy, match=line[1]):
        SerialTransport(line[1])
    transport.close()
    # Nobody else finds it in use: root may open what is exclusive, and asks.
    far = os.open(line[1], os.O_RDWR | os.O_NOCTTY)
    assert fcntl.ioctl(far, _TIOCGEXCL, bytes(4)) == bytes(4)
    os.close(far)


def test_an_unplugged_key_is_noticed(line: tuple[int, str]) -> None:
    near, path = line
    transport = SerialTransport(path)
    os.close(near)
    with pytest.raises(errors.PortVanished, match=path):
        transport.read(5)
    with pytest.raises(errors.PortVanished):
        transport.write(b"anyone?")
    transport.close()


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.PortMissing):
        SerialTransport(str(tmp_path / "ttyACM0"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every port")
def test_a_port_of_others_names_the_group(line: tuple[int, str]) -> None:
    os.chmod(line[1], 0)
    with pytest.raises(errors.PortForbidden) as raised:
        SerialTransport(line[1])
    assert "dialout" in raised.value.remedy


FIRST, SECOND = bytes.fromhex("AA00000000000001"), bytes.fromhex("AB00000000000002")


@pytest.fixture
def two(make_desk: MakeDesk) -> list[CommandDesk]:
    return [make_desk(uid) for uid in (FIRST, SECOND)]


def ports(desks: list[CommandDesk]) -> Callable[[], list[str]]:
    return lambda: [desk.port for desk in desks]


def test_the_only_key_is_found_beside_other_ports(
    desk: CommandDesk, line: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "SEARCH_WAIT", 0.2)
    connection = connect(find_ports=lambda: [line[1], desk.port])
    with connection.client:
        assert connection.port == desk.port
        assert connection.hello.key == "0001020304050607"


@pytest.mark.chip
@pytest.mark.quick
def test_a_key_that_starts_is_waited_for(image: Path) -> None:
    """Its port is there before it listens. A search waits twice as long, for slower computers."""
    from totpkey_virtual.chip.key import ChipKey

    key = ChipKey(image, drive_folder(), alone=storage.FILES)
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None and key.usb.enumeration.has_serial)
    appeared = key.uptime_ms
    with KeyClient(DirectTransport(key), ticks=lambda: key.uptime_ms / 1000) as client:
        client.hello()
    assert 2 * (key.uptime_ms - appeared) <= 1000 * SEARCH_WAIT


def test_several_keys_are_listed_with_their_ids(two: list[CommandDesk]) -> None:
    with pytest.raises(errors.SeveralKeys) as raised:
        connect(find_ports=ports(two))
    assert all(uid.hex() in raised.value.remedy.lower() for uid in (FIRST, SECOND))
    with pytest.raises(errors.SeveralKeys):
        connect(key="a", find_ports=ports(two))


@pytest.mark.parametrize("start", ["ab", "AB00000000000002"])
def test_a_key_is_chosen_by_the_start_of_its_id(two: list[CommandDesk], start: str) -> None:
    connection = connect(key=start, find_ports=ports(two))
    with connection.client:
        assert connection.port == two[1].port
        # The other one was let go.
        assert two[0].opened is None


def test_an_id_that_no_key_has(two: list[CommandDesk]) -> None:
    with pytest.raises(errors.NoKey) as raised:
        connect(key="ff", find_ports=ports(two))
    assert two[0].port in raised.value.remedy


def test_what_hinders_the_only_port_is_told(desk: CommandDesk) -> None:
    holder = desk.world.opened(desk.port)
    with pytest.raises(errors.PortBusy):
        connect(find_ports=lambda: [desk.port])
    holder.close()


def usb_port(device: str, interface: str | None, product: str | None) -> ListPortInfo:
    port = ListPortInfo(device)
    port.interface, port.product = interface, product
    return port


@pytest.mark.skipif(sys.platform != "linux", reason="the list comes from pyserial itself on Linux only")
def test_only_ports_that_may_be_a_key_s_are_talked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [
        usb_port("/dev/ttyS0", None, None),
        usb_port("/dev/ttyACM0", "CircuitPython CDC control", "totpkey"),
        usb_port("/dev/ttyACM1", "CircuitPython CDC2 control", "totpkey"),
        usb_port("/dev/ttyACM2", "CircuitPython CDC2 control", "Weather station"),
        usb_port("/dev/ttyACM3", "CircuitPython CDC2 control", None),
    ]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: ports)
    assert data_ports() == ["/dev/ttyACM1", "/dev/ttyACM3"]


def sysfs(root: Path, **products: str) -> str:
    """A folder like /sys/bus/usb/devices with these devices."""
    for device, product in products.items():
        (root / device).mkdir()
        (root / device / "product").write_text(product + "\n")
    return str(root)


def test_a_key_in_its_everyday_face_is_recognised(tmp_path: Path) -> None:
    devices = sysfs(tmp_path, **{"1-1": "Mouse", "1-2": "totpkey"})
    assert everyday_keys(devices) == ["1-2"]
    with pytest.raises(errors.NoKey, match="plugged in as a keyboard") as raised:
        connect(find_ports=list, sysfs=devices)
    assert "3 s" in raised.value.remedy


def test_no_key_at_all(tmp_path: Path) -> None:
    with pytest.raises(errors.NoKey, match="No key in setup"):
        connect(find_ports=list, sysfs=sysfs(tmp_path, **{"1-1": "Mouse"}))

"""The serial transport on a real terminal of the operating system."""

import fcntl
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from totpkey import errors
from totpkey.link.transport import SerialTransport

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
    try:
        os.close(near)
    except OSError:
        # A test has hung up already.
        return


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

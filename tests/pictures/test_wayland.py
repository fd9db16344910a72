"""Pictures of a Wayland screen: by grim on a real compositor with two monitors but no screen, and by the
desktop's portal, which the test plays on a real bus if dbus-daemon is available.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readers.tests.pictures.codes import URI, code, page, saved
from tests.support.port import LIMIT
from totpkey import errors, pictures
from totpkey_readers.pictures import qr

jeepney = pytest.importorskip("jeepney")
from jeepney import HeaderFields, new_method_return, new_signal  # noqa: E402
from jeepney.bus_messages import message_bus  # noqa: E402
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection  # noqa: E402
from jeepney.low_level import MessageType  # noqa: E402
from jeepney.wrappers import DBusAddress  # noqa: E402

PORTAL = "org.freedesktop.portal.Desktop"
WAYLAND = {"WAYLAND_DISPLAY": "wayland-1"}


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """What is on a screen."""
    path = tmp_path / "a shot.png"
    path.write_bytes(saved(page((code(), (600, 300)), size=(1280, 1024)), "PNG"))
    return path


@pytest.fixture
def compositor(
    tmp_path: Path, room_for_sockets: Path, shot: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Sway with two monitors, the code on the second one."""
    if not (shutil.which("sway") and shutil.which("swaybg") and shutil.which("grim")):
        pytest.skip("sway, swaybg and grim are not installed")
    ready = tmp_path / "ready"
    lines = [f"output HEADLESS-{n} resolution 1280x1024 position {1280 * (n - 1)} 0" for n in (1, 2)]
    lines += [
        f'output HEADLESS-2 background "{shot}" fill',
        "output HEADLESS-1 background #336699 solid_color",
    ]
    config = tmp_path / "config"
    config.write_text("\n".join([*lines, f'exec touch "{ready}"', ""]))
    headless = {"WLR_BACKENDS": "headless", "WLR_HEADLESS_OUTPUTS": "2", "WLR_RENDERER": "pixman"}
    environment = {
        **os.environ,
        **headless,
        "WLR_LIBINPUT_NO_DEVICES": "1",
        "XDG_RUNTIME_DIR": str(room_for_sockets),
    }
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(room_for_sockets))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    program = ["sway", "-c", str(config)]
    with subprocess.Popen(program, env=environment, stderr=subprocess.DEVNULL) as server:
        while not ready.exists():
            assert server.poll() is None
        yield
        server.terminate()


def test_grim_sees_both_monitors(compositor: None) -> None:
    # What draws the background needs a moment of its own.
    found: list[str] = []
    end = time.monotonic() + LIMIT
    while not found and time.monotonic() < end:
        (picture,) = pictures.grab(WAYLAND, "linux")
        assert picture.size == (2560, 1024)
        found = qr.find(picture)
    assert found == [URI]


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A session bus of our own, and no program that takes pictures."""
    daemon = shutil.which("dbus-daemon")
    if not daemon:
        pytest.skip("dbus-daemon is not installed")
    program = [daemon, "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", server.stdout.readline().strip())
        monkeypatch.setenv("PATH", "/nonexistent")
        yield
        server.terminate()


def answer(connection: DBusConnection, result: int, uri: str) -> None:
    """The portal's part of one Screenshot, as its description says."""
    while True:
        message = connection.receive(timeout=LIMIT)
        fields = message.header.fields
        if (
            message.header.message_type != MessageType.method_call
            or fields.get(HeaderFields.member) != "Screenshot"
        ):
            continue
        _, options = message.body
        sender = fields[HeaderFields.sender].removeprefix(":").replace(".", "_")
        handle = f"/org/freedesktop/portal/desktop/request/{sender}/{options['handle_token'][1]}"
        connection.send(new_method_return(message, "o", (handle,)))
        request = DBusAddress(handle, PORTAL, "org.freedesktop.portal.Request")
        body = (result, {"uri": ("s", uri)} if uri else {})
        connection.send(new_signal(request, "Response", "ua{sv}", body))
        return


@pytest.fixture
def portal(bus: None) -> Iterator[Callable[[int, str], None]]:
    """Begins to play the portal: it will answer with that result and that address."""
    threads: list[threading.Thread] = []
    connection = open_dbus_connection("SESSION")
    Proxy(message_bus, connection).RequestName(PORTAL)

    def play(result: int, uri: str) -> None:
        threads.append(threading.Thread(target=answer, args=(connection, result, uri), daemon=True))
        threads[-1].start()

    yield play
    for thread in threads:
        thread.join(LIMIT)
    connection.close()


def test_the_portal_is_asked_and_its_file_removed(portal: Callable[[int, str], None], shot: Path) -> None:
    portal(0, shot.as_uri())
    (picture,) = pictures.grab(WAYLAND, "linux")
    assert qr.find(picture) == [URI]
    assert not shot.exists()


@pytest.mark.parametrize(("result", "uri"), [(1, ""), (2, ""), (0, "file:///nonexistent"), (0, "http://x/y")])
def test_a_portal_that_gives_nothing(portal: Callable[[int, str], None], result: int, uri: str) -> None:
    portal(result, uri)
    with pytest.raises(errors.NoPicture) as raised:
        pictures.grab(WAYLAND, "linux")
    assert "--qr FILE" in raised.value.remedy


def test_no_portal_on_the_bus(bus: None) -> None:
    with pytest.raises(errors.NoPicture):
        pictures.grab(WAYLAND, "linux")

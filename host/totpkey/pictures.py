"""Pictures of all monitors and of the clipboard on each system, and QR codes before a camera.

Under Wayland, GNOME and KDE allow screenshots without other software through the desktop's portal, which asks
the person first. See
https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Screenshot.html
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_readers.pictures import qr

#: How long the person may take to agree, in seconds.
_PATIENCE = 60
_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"


def shot() -> bytes:
    """A picture file of all monitors; empty without a portal, or if the person declines.

    The portal creates the file. It may show a secret, so it is deleted at once.
    """
    try:
        from jeepney.io.blocking import open_dbus_connection
        from jeepney.wrappers import DBusErrorResponse
    except ImportError:
        return b""
    try:
        with open_dbus_connection("SESSION") as bus:
            address = _asked(bus)
    except (OSError, KeyError, TimeoutError, DBusErrorResponse):
        return b""
    return _taken(address)


def _asked(bus) -> str:  # type: ignore[no-untyped-def]
    """The address of the portal's file; "" if the person declines."""
    from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
    from jeepney.io.blocking import Proxy
    from jeepney.wrappers import unwrap_msg

    token = f"totpkey{os.getpid()}"
    sender = bus.unique_name.removeprefix(":").replace(".", "_")
    answer = MatchRule(
        type="signal",
        interface="org.freedesktop.portal.Request",
        member="Response",
        path=f"{_PATH}/request/{sender}/{token}",
    )
    # Subscribe before the request, because the answer may come at once.
    Proxy(message_bus, bus).AddMatch(answer)
    with bus.filter(answer) as answers:
        portal = DBusAddress(_PATH, _NAME, "org.freedesktop.portal.Screenshot")
        options = {"handle_token": ("s", token), "interactive": ("b", False)}
        unwrap_msg(
            bus.send_and_get_reply(new_method_call(portal, "Screenshot", "sa{sv}", ("", options)), timeout=20)
        )
        code, results = bus.recv_until_filtered(answers, timeout=_PATIENCE).body
    return results["uri"][1] if code == 0 else ""


def _taken(address: str) -> bytes:
    """Read and delete the file."""
    parts = urlsplit(address)
    if parts.scheme != "file":
        return b""
    path = Path(unquote(parts.path))
    try:
        return path.read_bytes()
    except OSError:
        return b""
    finally:
        path.unlink(missing_ok=True)


if TYPE_CHECKING:
    from PIL.Image import Image

#: Screenshot programs for Wayland. They write to standard output (`-`), or to a file whose name comes last.
_WAYLAND = (("grim", "-"), ("spectacle", "-b", "-n", "-f", "-o"), ("gnome-screenshot", "-f"))
#: How many file names macOS gets. It writes one file per monitor.
_MAC_MONITORS = 8
_TIMEOUT = 20
_FROM_A_FILE = _("Take a screenshot with the system's own tool, then run `totpkey add --qr FILE`.")


def grab(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[Image]:
    """Pictures of all monitors. Raises NoPicture, LibraryMissing.

    Temporary files may show a secret, so they are deleted at once.
    """
    if platform == "darwin":
        return _found(_through_files(("screencapture", "-x"), _MAC_MONITORS))
    if platform.startswith("linux") and environment.get("WAYLAND_DISPLAY"):
        return _by_program()
    try:
        from PIL import ImageGrab
    except ImportError:
        raise _missing() from None
    try:
        # On Windows this option includes the other monitors. X11 has one screen for all.
        return [ImageGrab.grab(all_screens=True)]
    except (OSError, ValueError, subprocess.SubprocessError):
        raise _unreadable() from None


def clipboard(platform: str = sys.platform) -> Image | str | None:
    """The picture or the text in the clipboard; None if it holds neither. Raises LibraryMissing."""
    try:
        from PIL import Image, ImageGrab
    except ImportError:
        raise _missing() from None
    try:
        held = ImageGrab.grabclipboard()
    except (NotImplementedError, OSError, ValueError, subprocess.SubprocessError):
        held = None
    if isinstance(held, Image.Image):
        return held
    if isinstance(held, list) and held:
        try:
            return Image.open(held[0])
        except OSError:
            return None
    return _clipboard_text(platform)


def _clipboard_text(platform: str) -> str | None:
    """The text from the first available program that has one."""
    for program in _CLIPBOARD_PROGRAMS.get(platform, _CLIPBOARD_PROGRAMS["linux"]):
        if shutil.which(program[0]):
            text = _output(program)
            if text:
                return text.decode(errors="replace")
    return None


_CLIPBOARD_PROGRAMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "linux": (
        ("wl-paste", "--no-newline"),
        ("xclip", "-selection", "clipboard", "-o"),
        ("xsel", "-b", "-o"),
    ),
    "darwin": (("pbpaste",),),
    "win32": (("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"),),
}


def _by_program() -> list[Image]:
    for program in _WAYLAND:
        if shutil.which(program[0]):
            pictures = [_output(program)] if program[-1] == "-" else _through_files(program, 1)
            if any(pictures):
                return _found(pictures)
    if asked := shot():
        return _found([asked])
    raise errors.NoPicture(
        tr(
            "Under Wayland no program may look at the screen by itself. The desktop was asked and gave no"
            " picture, and no program for screenshots was found."
        ),
        tr("Install grim, gnome-screenshot or spectacle.") + " " + tr(_FROM_A_FILE),
    )


def _through_files(program: tuple[str, ...], count: int) -> list[bytes]:
    """The output of a program that only writes files. It uses a private folder, which is deleted."""
    with tempfile.TemporaryDirectory(prefix="totpkey-") as folder:
        paths = [Path(folder) / f"screen{number}.png" for number in range(count)]
        _output((*program, *map(str, paths)))
        return [path.read_bytes() for path in paths if path.exists()]


def _output(program: tuple[str, ...]) -> bytes:
    """A program's standard output; empty if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - one of ours above
            program, capture_output=True, timeout=_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout


def _found(pictures: list[bytes]) -> list[Image]:
    try:
        from PIL.Image import open as open_image
    except ImportError:
        raise _missing() from None
    images: list[Image] = []
    for data in filter(None, pictures):
        try:
            image = open_image(BytesIO(data))
            image.load()
        except OSError:
            raise _unreadable() from None
        images.append(image)
    if not images:
        raise _unreadable()
    return images


def _unreadable() -> errors.NoPicture:
    return errors.NoPicture(tr("The screen cannot be read."), tr(_FROM_A_FILE))


def _missing() -> errors.LibraryMissing:
    return errors.LibraryMissing(
        tr("The screen cannot be read: the Python package pillow is missing."),
        tr("Install it with `pip install pillow`.") + " " + tr(_FROM_A_FILE),
    )


#: How long it looks for a code, in seconds.
_CAMERA_WAIT = 60


def from_camera(number: int = 0, wait: float = _CAMERA_WAIT) -> list[str]:
    """The texts of the first QR codes that camera `number` sees. Raises NoPicture, LibraryMissing."""
    try:
        import cv2
    except ImportError:
        raise errors.LibraryMissing(
            tr("The camera cannot be used: OpenCV is missing."),
            tr(
                "Install it with `{python} -m pip install opencv-python-headless`, or use a photo:"
                " `totpkey add --qr FILE`.",
                python=sys.executable,
            ),
        ) from None
    from PIL import Image

    camera = cv2.VideoCapture(number)
    try:
        if not camera.isOpened():
            raise errors.NoPicture(
                tr("There is no camera, or another program is using it."), tr("Close that program.")
            )
        end = time.monotonic() + wait
        while time.monotonic() < end:
            taken, frame = camera.read()
            texts = qr.find(Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))) if taken else []
            if texts:
                return texts
    finally:
        camera.release()
    raise errors.NoPicture(
        tr("No QR code was seen in {seconds} s.", seconds=round(wait)),
        tr("Hold it closer, flat and in good light; or use --qr FILE."),
    )

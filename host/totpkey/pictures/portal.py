"""Screenshots through the desktop's portal (org.freedesktop.portal.Screenshot), which asks the person first.

Under Wayland, GNOME and KDE allow screenshots this way without other software. See
https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Screenshot.html
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

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

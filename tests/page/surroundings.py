"""Where the tests' browsers run: in namespaces, where ports come and go as on a USB bus; or just here."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from totpkey.web import PORT

_AGENT = Path(__file__).with_name("agent.py")
#: What Debian's Chromium reads its settings and policies from.
_ETC = Path("/etc/chromium")


class Surroundings(Protocol):
    """What browsers and the servers that they visit need."""

    def command(self, *program: str) -> list[str]:
        """What runs `program` there."""

    def listen(self) -> socket.socket:
        """A listening socket at the page's fixed address, as seen there."""


class Here:
    """This computer as it is: without serial ports, and with one address for all."""

    def command(self, *program: str) -> list[str]:
        return list(program)

    def listen(self) -> socket.socket:
        return socket.create_server(("127.0.0.1", PORT))


class Apart:
    """Namespaces of our own. Nothing in them is seen by anybody else, and root is not needed."""

    def __init__(self, pid: int, agent: socket.socket) -> None:
        self._pid = pid
        self._agent = agent

    def command(self, *program: str) -> list[str]:
        spaces = ("--user", "--net", "--mount", "--preserve-credentials")
        return ["nsenter", f"--target={self._pid}", *spaces, "--", *program]

    def listen(self) -> socket.socket:
        self._agent.send(b"L%d" % PORT)
        _, descriptors, _, _ = socket.recv_fds(self._agent, 64, 1)
        return socket.socket(fileno=descriptors[0])

    def send_as_udev(self, message: bytes) -> None:
        """Tell all who listen to udev there."""
        self._agent.send(b"U" + message)
        assert self._agent.recv(64) == b"sent"


def hindrance() -> str:
    """Why there can be no namespaces here; empty if there can."""
    if sys.platform != "linux" or not (shutil.which("unshare") and shutil.which("nsenter")):
        return "namespaces need Linux with unshare and nsenter (util-linux)"
    if not _ETC.is_dir():
        return f"there is no {_ETC}: install Debian's chromium"
    tried = subprocess.run(["unshare", "-Urnm", "true"], capture_output=True, text=True, check=False)
    return f"no namespaces allowed: {tried.stderr.strip()}" if tried.returncode else ""


@contextmanager
def apart(folder: Path, pages: Sequence[str], vendors: Sequence[int]) -> Iterator[Apart]:
    """New namespaces, whose Chromium lets `pages` (URL patterns) have the ports of these USB vendors."""
    etc = folder / "etc-chromium"
    shutil.copytree(_ETC, etc)
    managed = etc / "policies" / "managed"
    managed.mkdir(parents=True, exist_ok=True)
    devices = [{"vendor_id": vendor} for vendor in vendors]
    policy = {"SerialAllowUsbDevicesForUrls": [{"devices": devices, "urls": list(pages)}]}
    (managed / "totpkey.json").write_text(json.dumps(policy), encoding="utf-8")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = ["unshare", "-Urnm", sys.executable, str(_AGENT), str(theirs.fileno()), str(etc)]
    with subprocess.Popen(program, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        with ours:
            assert ours.recv(64) == b"ready", "the agent did not start"
            yield Apart(process.pid, ours)

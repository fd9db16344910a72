"""Where the tests' browsers run: in namespaces, where ports appear as on a USB bus, or on this computer."""

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

_AGENT = Path(__file__).with_name("agent.py")
#: The folder from which Debian's Chromium reads its settings and policies.
_ETC = Path("/etc/chromium")


class Surroundings(Protocol):
    """The environment of the browsers and the servers that they visit."""

    def command(self, *program: str) -> list[str]:
        """Return the command that runs `program` there."""

    def listen(self) -> socket.socket:
        """Return a listening socket at a free port there."""


class ThisComputer:
    """This computer itself, without serial ports."""

    def command(self, *program: str) -> list[str]:
        return list(program)

    def listen(self) -> socket.socket:
        return socket.create_server(("127.0.0.1", 0))


class Namespaces:
    """Separate namespaces that are invisible from outside and need no root."""

    def __init__(self, pid: int, agent: socket.socket) -> None:
        self._pid = pid
        self._agent = agent

    def command(self, *program: str) -> list[str]:
        spaces = ("--user", "--net", "--mount", "--preserve-credentials")
        return ["nsenter", f"--target={self._pid}", *spaces, "--", *program]

    def listen(self) -> socket.socket:
        self._agent.send(b"L")
        _, descriptors, _, _ = socket.recv_fds(self._agent, 64, 1)
        return socket.socket(fileno=descriptors[0])

    def send_as_udev(self, message: bytes) -> None:
        """Send a message to everything that listens to udev there."""
        self._agent.send(b"U" + message)
        assert self._agent.recv(64) == b"sent"


def why_no_namespaces() -> str:
    """Return why namespaces cannot be used here, or an empty string."""
    if sys.platform != "linux" or not (shutil.which("unshare") and shutil.which("nsenter")):
        return "namespaces need Linux with unshare and nsenter (util-linux)"
    if not _ETC.is_dir():
        return f"there is no {_ETC}: install Debian's chromium"
    tried = subprocess.run(["unshare", "-Urnm", "true"], capture_output=True, text=True, check=False)
    return f"no namespaces allowed: {tried.stderr.strip()}" if tried.returncode else ""


@contextmanager
def new_namespaces(folder: Path, pages: Sequence[str], vendors: Sequence[int]) -> Iterator[Namespaces]:
    """Yield new namespaces whose Chromium grants `pages` (URL patterns) the ports of these USB vendors."""
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
            yield Namespaces(process.pid, ours)

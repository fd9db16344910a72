"""What Playwright starts for Firefox's program, so that it can drive an unchanged Firefox.

Playwright speaks WebDriver BiDi to Firefox, and asks for all that the newest one can do. An older one (ESR)
answers `unknown command` to what it does not know yet, at which Playwright would give up. Here such answers
become empty successes; all else passes unchanged.

Started as `firefox_relay.py PREFIX-LENGTH PREFIX... FIREFOX ARGUMENT...`, where the prefix runs a program in
the tests' surroundings. The socket for Playwright is made before they are entered.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

_INSIDE = "--inside"
_READY = "WebDriver BiDi listening on "


def enter(prefix: list[str], firefox: list[str]) -> None:
    """Go into the surroundings with a socket from out here."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    program = [*prefix, sys.executable, __file__, _INSIDE, str(listener.fileno()), *firefox]
    os.execvp(program[0], program)


def relay(listener: socket.socket, firefox: list[str]) -> int:
    """Run Firefox, and carry messages between it and whoever connects."""
    with subprocess.Popen(firefox, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(_READY + r"(ws://\S+)", line):
                break
        else:
            return process.wait()
        address = found[1]
        server = serve(lambda near: _carry(near, address), sock=listener, max_size=None, compression=None)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = listener.getsockname()
        print(f"{_READY}ws://{host}:{port}", file=sys.stderr, flush=True)
        for _line in process.stderr:
            pass
        code = process.wait()
        server.shutdown()
        return code


def _carry(near: ServerConnection, address: str) -> None:
    assert near.request is not None
    with connect(address + near.request.path, max_size=None, compression=None, proxy=None) as far:
        back = threading.Thread(target=_bring_back, args=(far, near), daemon=True)
        back.start()
        for message in near:
            far.send(message)
    back.join()


def _bring_back(far: object, near: ServerConnection) -> None:
    try:
        for message in far:  # type: ignore[attr-defined]
            near.send(_lenient(message))
    except ConnectionClosed:
        return


def _lenient(message: str) -> str:
    answer = json.loads(message)
    if answer.get("error") != "unknown command":
        return message
    return json.dumps({"type": "success", "id": answer["id"], "result": {}})


if __name__ == "__main__":
    if sys.argv[1] == _INSIDE:
        sys.exit(relay(socket.socket(fileno=int(sys.argv[2])), sys.argv[3:]))
    count = int(sys.argv[1])
    enter(sys.argv[2 : 2 + count], sys.argv[2 + count :])

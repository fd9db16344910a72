"""The program that Playwright starts instead of Firefox, to drive an unmodified Firefox.

Playwright speaks WebDriver BiDi to Firefox and uses the features of the newest version. An older one (ESR)
answers `unknown command` to what it does not support, and Playwright would give up. This relay turns such
answers into empty successes and passes everything else unchanged.

It is started as `firefox_relay.py PREFIX-LENGTH PREFIX... FIREFOX ARGUMENT...`, where the prefix runs a
program in the tests' surroundings. It opens the socket for Playwright before it enters them.
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
    """Enter the surroundings, taking along a socket that was opened outside."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    program = [*prefix, sys.executable, __file__, _INSIDE, str(listener.fileno()), *firefox]
    os.execvp(program[0], program)


def relay(listener: socket.socket, firefox: list[str]) -> int:
    """Run Firefox and relay messages between it and its client."""
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

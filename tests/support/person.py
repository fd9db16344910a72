"""A person at a real terminal of this computer, and the keys' real ports for the program that runs there."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.terminal import CommandDesk, World
from totpkey_virtual.pty import LIMIT, SerialBridge

#: How long the keys stand still while the person looks at the screen, in s.
_LOOK = 0.001


class Person:
    """Someone who reads what is there before they answer. Time passes for the keys as they read."""

    def __init__(self, terminal: int, bridges: Sequence[SerialBridge] = ()) -> None:
        self._terminal = terminal
        self._bridges = bridges
        self.seen = ""
        self._unread = b""

    def reads(self, words: str) -> str:
        """Wait until these words are on the screen. Return what came up to their end."""
        while words.encode() not in self._unread:
            came = self._read()
            assert came, f"{words!r} never came; last: {self._unread.decode(errors='replace')[-500:]!r}"
            self._unread += came
        before, found, self._unread = self._unread.partition(words.encode())
        read = (before + found).decode(errors="replace")
        self.seen += read
        return read

    def answers(self, text: str) -> None:
        os.write(self._terminal, text.encode() + b"\n")

    def replies(self, words: str, text: str) -> None:
        """Read the question with these words, and answer it."""
        self.reads(words)
        self.answers(text)

    def reads_the_rest(self) -> None:
        while came := self._read():
            self._unread += came
        self.seen += self._unread.decode(errors="replace")

    def _read(self) -> bytes:
        end = time.monotonic() + LIMIT
        while not select.select([self._terminal], [], [], _LOOK)[0]:
            assert time.monotonic() < end, "the program stands still"
            for bridge in self._bridges:
                bridge.turn()
        try:
            return os.read(self._terminal, 4096)
        except OSError:
            # Linux says so when the program has ended.
            return b""


@contextmanager
def at_a_terminal(
    desk: CommandDesk, *arguments: str, language: str = "en_US.UTF-8"
) -> Iterator[tuple[Person, subprocess.Popen[bytes]]]:
    """Run `totpkey --port PORT ARGUMENTS` as a program of its own. All keys of this world have ports."""
    ours, theirs = os.openpty()
    program = [sys.executable, "-m", "totpkey", "--port", desk.port, *arguments]
    environment = {**os.environ, "LANGUAGE": "", "LC_ALL": language, "PYTHONUTF8": "1"}
    with (
        _at_real_ports(desk.world) as bridges,
        subprocess.Popen(
            program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment
        ) as process,
    ):
        os.close(theirs)
        try:
            yield Person(ours, bridges), process
        finally:
            # A test that fails in the middle must not wait for answers.
            process.kill()
    os.close(ours)


@contextmanager
def _at_real_ports(world: World) -> Iterator[Sequence[SerialBridge]]:
    """Yield what joins each key to a port that any program can open, and lets its time pass in turns."""
    world.catch_up()
    bridges = [SerialBridge(desk.key, Path(desk.port)) for desk in world.desks.values()]
    for bridge in bridges:
        bridge.turn()
    yield bridges
    for bridge in bridges:
        while bridge.client_present:
            bridge.turn()
        bridge.close()

"""Keys without hardware: `simulate` runs one in this terminal, `demo` shows the whole way with one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import click
from rich.console import Console
from rich.text import Text

from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.accounts.account import read as read_account
from totpkey.cli import exits
from totpkey.cli.simulation.choice import DEFAULT_BOARD, chip_key, keep, simulated_key
from totpkey.cli.simulation.controls import run_key
from totpkey.cli.simulation.live_key import EVERYDAY, HOLD, PRESS, SETUP, LiveKey
from totpkey.cli.simulation.view import lamp
from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import tr
from totpkey_protocol import limits
from totpkey_protocol.boards import BOARDS
from totpkey_readers.records import base32
from totpkey_virtual.computer import Keys
from totpkey_virtual.key import Enumeration

_board = click.Choice(sorted(BOARDS))
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)


@click.command("simulate")
@click.option("--board", type=_board, metavar="ID", help="CircuitPython's id of a board.")
@click.option("--chip", type=_file, metavar="IMAGE", help="CircuitPython image for an emulated RP2040.")
@click.option("--state", type=_folder, metavar="DIR", help="Keep what the key holds in this folder.")
@click.option("--desktop", is_flag=True, help="Type into the window in front, as a real key would (X11).")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON, take commands line by line.")
def simulate(board: str | None, chip: Path | None, state: Path | None, desktop: bool, as_json: bool) -> None:
    """Run a simulated key, a Trinkey QT2040 if no other board is named.

    Talk to it from another terminal: `totpkey --port PATH ...`. What it types is shown here; with --desktop
    it also goes through this computer's own keyboard layout, lock keys and input method.

    Without a terminal, or with --json, commands are read from standard input, one a line: press, hold
    SECONDS, wait SECONDS, unplug, plug, quit. Events are printed, one a line.
    """
    if board and chip:
        raise click.UsageError(tr("The image says which board it is for: leave out --board."))
    key = chip_key(chip, state) if chip else simulated_key(board or DEFAULT_BOARD, state)
    try:
        with _keys(desktop) as keys, LiveKey(key, keys) as live:
            live.plug()
            run_key(live, tr("emulated chip") if chip else tr("simulated"), as_json)
    finally:
        if state:
            keep(key, state)


@contextmanager
def _keys(desktop: bool) -> Iterator[Keys | None]:
    """Yield what receives the key's reports: this desktop, or None for a simulated computer."""
    if not desktop:
        yield None
        return
    from totpkey_virtual.hosts import DesktopKeys, NoDesktop

    try:
        keys = DesktopKeys()
    except NoDesktop as problem:
        raise TotpkeyError(
            tr("The key cannot type into this desktop: {problem}.", problem=problem),
            tr("It needs Linux with X11; or leave --desktop out."),
        ) from None
    try:
        yield keys
    finally:
        keys.close()


#: Returns the code of an account at a Unix time.
Oracle = Callable[[Account, int], str]


def find_oracle() -> tuple[str, Oracle]:
    """Return the name of the most independent oracle available, and the oracle."""
    try:
        import pyotp  # noqa: F401
    except ImportError:
        return ("oathtool", by_oathtool) if which("oathtool") else ("totpkey's own host code", by_this_host)
    return "pyotp", by_pyotp


def by_pyotp(account: Account, time: int) -> str:
    import hashlib

    import pyotp

    digest = getattr(hashlib, account.algorithm.lower())
    secret = base32.encode(account.secret)
    return pyotp.HOTP(secret, digits=account.digits, digest=digest).at(time // account.period)


def by_oathtool(account: Account, time: int) -> str:
    # The secret goes through standard input, since a process list shows arguments.
    options = [f"--digits={account.digits}", f"--time-step-size={account.period}s", f"--now=@{time}"]
    program = ["oathtool", f"--totp={account.algorithm.lower()}", *options, "-"]
    secret = account.secret.hex()
    done = subprocess.run(program, input=secret, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def by_this_host(account: Account, time: int) -> str:
    return codes.totp(account.secret, time, account.algorithm, account.digits, account.period)


#: How late the key may take a press on a busy computer, in seconds.
_LATE = 3
#: The longest duration of a step in seconds, on a busy computer too.
_LIMIT = 60
#: A pause between two touches in seconds, so that viewers can follow.
_REST = 0.6


@click.command("demo")
@click.pass_context
def demo(context: click.Context) -> None:
    """Set up a simulated key through this very command line, press its button, and check what it types."""
    console = Console(highlight=False)
    with LiveKey(simulated_key("adafruit_qt2040_trinkey")) as live:
        passed = Demo(live, console).run()
    context.exit(exits.OK if passed else exits.ERROR)


class Failed(Exception):
    """A step gave the wrong result."""


@dataclass
class Demo:
    """One run of the demo. Its accounts are generated for it, and their secrets are never printed."""

    live: LiveKey
    console: Console
    accounts: list[Account] = field(default_factory=list[Account])

    def run(self) -> bool:
        """Show every step. Return whether all succeeded."""
        try:
            self._set_up()
            matches = self._use()
        except Failed as failure:
            self.console.print(tr("\n[bold red]Failed:[/] {failure}", failure=failure))
            return False
        if matches:
            self.console.print(
                tr("\n[bold green]All well:[/] the key typed exactly the codes that it should.")
            )
        else:
            self.console.print(tr("\n[bold red]Failed:[/] the key typed a wrong code."))
        return matches

    def _set_up(self) -> None:
        self._heading(tr("A new key is plugged in"))
        self.live.plug()
        self._show_face(SETUP)
        self._print(Text(f"  PORT={self.live.port}", style="dim"))
        self._heading(tr("It is set up through its serial port"))
        self._totpkey("time", "sync")
        self._add(tr("an otpauth:// link"), *_sample_uri())
        self._add(tr("52 base32 characters in groups, as Amazon shows them"), *_amazon_style())
        self._totpkey("list")
        self._totpkey("done")

    def _use(self) -> bool:
        self._heading(tr("From now on it is a keyboard and nothing else"))
        self._show_face(EVERYDAY)
        name, code_of = find_oracle()
        self._heading(tr("Its button is pressed; {name} computes the same codes", name=name))
        matches: list[bool] = []
        # A press types the account that was added last; the first one is next.
        for account in (*self.accounts[-1:], *self.accounts[:-1]):
            if matches:
                self._touch(HOLD, tr("held 0.7 s: the next account"))
            matches.append(self._compare(account, code_of))
        return all(matches)

    def _add(self, what: str, name: str, text: str) -> None:
        self.accounts.append(read_account(text, name).account)
        self._totpkey("add", "--stdin", *([name] if name else []), text=text, what=what)

    def _totpkey(self, *arguments: str, text: str = "", what: str = "") -> None:
        """Run the real command on the key's port while the key keeps running. Raise Failed."""
        line = Text("  $ ", "dim").append(f"totpkey --port $PORT {' '.join(arguments)}", "bold")
        self._print(line.append(f"  ← {what}", "dim") if what else line)
        program = [sys.executable, "-m", "totpkey", "--port", str(self.live.port), *arguments]
        with subprocess.Popen(  # noqa: S603 - our own command
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        ) as process:
            answer = self._converse(process, text)
        for shown in answer.splitlines():
            self._print(Text(f"    {shown}"))
        if process.returncode:
            raise Failed(tr("the command ended with exit code {returncode}.", returncode=process.returncode))

    def _converse(self, process: subprocess.Popen[str], text: str) -> str:
        """Send `text` to a command and return its output. Both are too short to fill a pipe."""
        if not process.stdin or not process.stdout:
            raise Failed(tr("the command has no pipes."))
        process.stdin.write(text)
        process.stdin.close()
        if not self.live.wait_until(lambda: process.poll() is not None, _LIMIT):
            process.kill()
            raise Failed(tr("the command took more than {limit} s.", limit=_LIMIT))
        return process.stdout.read()

    def _compare(self, account: Account, code_of: Oracle) -> bool:
        """Press the button and show the typed and the computed code. Return whether they are equal."""
        self._wait_for_a_lasting_code(account.period)
        expected = code_of(account, int(time.time()))
        self._touch(PRESS, tr("pressed"))
        typed = self.live.await_typed(_LIMIT).strip()
        line = Text(f"    {account.name:<24}")
        line.append(" ✓ " if typed == expected else " ✗ ", "bold green" if typed == expected else "bold red")
        line.append(tr("typed {code}", code=typed or tr("nothing")), "bold")
        line.append("   " + tr("computed {code}", code=expected))
        self._print(line)
        return typed == expected

    def _touch(self, seconds: float, what: str) -> None:
        self.live.touch(seconds)
        self.live.wait_until(lambda: not self.live.touched, _LIMIT)
        self._print(Text("  ").append_text(lamp(self._rest())).append(f" {what}", "dim"))

    def _wait_for_a_lasting_code(self, period: int) -> None:
        """Wait until this computer and the key are well within the same time step."""

        def both_are() -> bool:
            ours, of_key = time.time(), self.live.clock
            return ours // period == of_key // period and lasting(ours, period) and lasting(of_key, period)

        self.live.wait_until(both_are, period)

    def _show_face(self, face: str) -> None:
        """Wait for a face and show which USB interfaces the computer sees. Raise Failed."""
        if not self.live.wait_until(lambda: self.live.face == face, _LIMIT):
            raise Failed(tr("the key did not start in time ({face}).", face=face))
        # Right after it has found a keyboard, a computer loses what is typed.
        light = self._rest()
        enumeration = self.live.key.usb.enumeration
        if enumeration:
            self._print(Text("  ").append_text(lamp(light)).append(f" USB: {_interfaces(enumeration)}"))

    def _rest(self) -> tuple[int, int, int]:
        """Pause, and return the brightest colour of the light meanwhile."""
        end = time.monotonic() + _REST
        brightest = self.live.light
        while time.monotonic() < end:
            self.live.wait()
            brightest = max(brightest, self.live.light, key=sum)
        return brightest

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)

    def _heading(self, text: str) -> None:
        self.console.print(tr("\n[bold blue]{text}[/]", text=text))


def lasting(moment: float, period: int) -> bool:
    """Whether a press at this Unix time types the code of its time step, even one that the key takes late."""
    return _LATE < moment % period < period - limits.MARGIN - _LATE


def _interfaces(enumeration: Enumeration) -> str:
    kinds = {0x03: tr("keyboard"), 0x02: tr("serial port")}
    found = [kinds[each.usb_class] for each in enumeration.interfaces if each.usb_class in kinds]
    return f"{enumeration.product} ({' + '.join(sorted(found))})"


def _sample_uri() -> tuple[str, str]:
    """Return an empty name and a key URI that contains one."""
    secret = base32.encode(os.urandom(20))
    return "", f"otpauth://totp/Example:me%40example.com?secret={secret}&issuer=Example"


def _amazon_style() -> tuple[str, str]:
    """Return a name and 52 base32 characters without padding, in groups of four."""
    text = base32.encode(os.urandom(32))
    return "Amazon:shop@example.com", " ".join(text[at : at + 4] for at in range(0, len(text), 4))

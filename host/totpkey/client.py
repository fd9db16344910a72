"""A typed conversation with a key in setup, over any transport.

with KeyClient(SerialTransport("/dev/ttyACM0")) as key:
    print(key.hello().board)
    key.add(otpauth.read(uri).account)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from totpkey import errors, names, wire
from totpkey.transport import Transport
from totpkey_protocol import commands, limits, version

if TYPE_CHECKING:
    from totpkey.otpauth import Account

#: How long a key may take for any answer but one that waits for a press, in seconds.
ANSWER_WAIT = 5.0
#: `hello` is repeated after this, in seconds: the first may end a line that someone else began.
HELLO_AGAIN = 0.5


@dataclass(frozen=True)
class Hello:
    """What a key says about itself. `key` is its unique id, `accounts` how many it holds."""

    protocol: int
    firmware: str
    circuitpython: str
    board: str
    key: str
    face: str
    state: str
    clock: str
    accounts: int


@dataclass(frozen=True)
class KeyTime:
    """A key's clock: whether it is trusted, Unix seconds (UTC) and milliseconds."""

    clock: str
    time: int
    milliseconds: int

    @property
    def trusted(self) -> bool:
        return self.clock == commands.TRUSTED

    @property
    def seconds(self) -> float:
        return self.time + self.milliseconds / 1000


@dataclass(frozen=True)
class StoredAccount:
    """An account on a key, by its id; the key keeps the secret to itself."""

    account: str
    issuer: str
    label: str
    algorithm: str
    digits: int
    period: int

    @property
    def name(self) -> str:
        return names.join(self.issuer, self.label)


@dataclass(frozen=True)
class Added:
    """An account just stored, and the code with which the key proved it."""

    account: str
    code: str


@dataclass(frozen=True)
class Code:
    """A code, and the key's time (Unix seconds) that it was computed for."""

    code: str
    time: int


def _ignore(seconds: int) -> None:
    """Nobody is told that the key waits for a press."""


class KeyClient:
    """One conversation. Begin with `hello`, which also finds the start of the key's next line.

    `on_press(seconds)` is called when the key waits for its button; `now` gives Unix time, `ticks` a steady
    clock, both in seconds. Every method may raise TransportError, NoAnswer, BadReply and KeyRefused.
    """

    def __init__(
        self,
        transport: Transport,
        on_press: Callable[[int], None] = _ignore,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._on_press = on_press
        self._now = now
        self._ticks = ticks
        self._lines = wire.LineReader(transport, ticks)
        # A random start, so that replies to an earlier program are not taken for ours.
        self._request_id = int.from_bytes(os.urandom(4), "big") & limits.REQUEST_ID

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def hello(self, wait: float = ANSWER_WAIT) -> Hello:
        """Who the key is. Raises NoAnswer after `wait` seconds, VersionMismatch for another protocol."""
        deadline = self._ticks() + wait
        # Ends a partial line that an earlier program left with the key; a blank line is no request.
        self._transport.write(b"\n")
        while True:
            request_id = self._send("hello", {})
            reply = self._receive(request_id, min(deadline, self._ticks() + HELLO_AGAIN), anonymous=False)
            if reply:
                return Hello(**self._hello_fields(reply["ok"]))
            if self._ticks() >= deadline:
                raise _no_answer()

    def time(self) -> KeyTime:
        """The key's clock."""
        return KeyTime(**self._ask("time"))

    def set_time(self, time: int) -> KeyTime:
        """Set the key's clock to `time`, Unix seconds; a large change waits for a press."""
        return KeyTime(**self._ask("set_time", time=time))

    def add(self, account: Account, moment: int | None = None) -> Added:
        """Store an account and prove it: the key's code for `moment` must be the one computed here.

        `moment` is in Unix seconds, now if left out. Raises ProofFailed if the codes differ; the account is
        then on the key, under the id that the error names.
        """
        from totpkey import codes

        if moment is None:
            moment = int(self._now())
        added = Added(
            **self._ask(
                "add",
                issuer=account.issuer,
                label=account.label,
                algorithm=account.algorithm,
                digits=account.digits,
                period=account.period,
                secret=account.secret.hex(),
                proof=moment,
            )
        )
        expected = codes.totp(account.secret, moment, account.algorithm, account.digits, account.period)
        if added.code != expected:
            raise errors.ProofFailed(
                "The key stored the account, but computes another code than this computer.",
                f"Remove it with `totpkey remove {added.account}` and do not enrol it at the site.",
            )
        return added

    def list(self) -> tuple[StoredAccount, ...]:
        """All accounts in the key's order, from as many pages as it takes."""
        accounts: list[StoredAccount] = []
        start = 0
        while True:
            page = self._ask("list", start=start)
            accounts += [StoredAccount(**entry) for entry in page["accounts"]]
            if page["next"] >= page["total"]:
                return tuple(accounts)
            if page["next"] <= start:
                raise errors.BadReply("The key's list of accounts never ends.", "Update the key's firmware.")
            start = page["next"]

    def rename(self, account: str, issuer: str, label: str) -> None:
        """Give the account of that id another name."""
        self._ask("rename", account=account, issuer=issuer, label=label)

    def remove(self, account: str) -> None:
        """Delete the account of that id for good, after a press."""
        self._ask("remove", account=account)

    def code(self, account: str) -> Code:
        """The present code of the account of that id, after a press."""
        return Code(**self._ask("code", account=account))

    def done(self) -> None:
        """End setup: the key goes back to its everyday face, and its port goes away."""
        try:
            self._ask("done")
        except errors.PortVanished:
            # The port may go before its last bytes are read.
            return

    def _ask(self, name: str, **arguments: str | int) -> dict[str, Any]:
        """Send a request and give the checked fields of its reply."""
        request_id = self._send(name, arguments)
        reply = self._receive(request_id, self._ticks() + ANSWER_WAIT)
        if not reply:
            raise _no_answer()
        return wire.check_reply(_command(name), reply["ok"])

    def _send(self, name: str, arguments: dict[str, str | int]) -> int:
        self._request_id = (self._request_id + 1) & limits.REQUEST_ID
        self._transport.write(wire.encode(_command(name), self._request_id, arguments))
        return self._request_id

    def _receive(self, request_id: int, deadline: float, anonymous: bool = True) -> dict[str, object] | None:
        """The reply to a request, which has an "ok"; None if the deadline passes first.

        Skips what belongs to others: noise, echoes, stale replies. With `anonymous`, an error that the key
        could give no id to counts as the answer.
        """
        while True:
            line = self._lines.next(deadline)
            if line is None:
                return None
            message = wire.decode(line) or {}
            if message.get("id") == request_id and "ok" in message:
                return message
            if message.get("id") == request_id and message.get("notice") == commands.NOTICE_PRESS:
                deadline = self._announce(message)
            elif "error" in message and (
                message.get("id") == request_id or (anonymous and _unnamed(message))
            ):
                raise errors.KeyRefused(str(message["error"]), str(message.get("field", "")))

    def _announce(self, notice: dict[str, object]) -> float:
        """Tell that the key waits for a press; gives the new deadline."""
        seconds = notice.get("seconds")
        wait = min(seconds, limits.SETUP_IDLE) if isinstance(seconds, int) else limits.PRESS_WAIT
        self._on_press(wait)
        return self._ticks() + wait + ANSWER_WAIT

    @staticmethod
    def _hello_fields(fields: object) -> dict[str, Any]:
        """The fields of `hello`; the version first, since other versions may have other fields."""
        protocol = fields.get("protocol") if isinstance(fields, dict) else None
        if isinstance(protocol, int) and protocol != version.PROTOCOL:
            raise errors.VersionMismatch(
                f"The key speaks protocol version {protocol}, this computer version {version.PROTOCOL}.",
                "Update the older of the two: the key's firmware or the totpkey command.",
            )
        return wire.check_reply(_command("hello"), fields)


def _command(name: str) -> commands.Command:
    command = commands.find(name)
    if command is None:
        raise LookupError(name)
    return command


def _unnamed(message: dict[str, object]) -> bool:
    return message.get("id") is None


def _no_answer() -> errors.NoAnswer:
    return errors.NoAnswer(
        "Nothing on the port answers as a key does.",
        "Check that it is the key's port, unplug the key and hold its button for 3 s.",
    )

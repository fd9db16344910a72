"""A typed conversation with a key in setup, over any transport.

with KeyClient(SerialTransport("/dev/ttyACM0")) as key:
    print(key.hello().board)
    key.add(key_uri.read(uri).account)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link import wire
from totpkey.link.conversation import ANSWER_WAIT, REWRITE_WAIT, command, no_answer, random
from totpkey.link.lock_requests import LockRequests
from totpkey.link.replies import (
    Added,
    BackupNote,
    Clock,
    ClockChange,
    Code,
    Hello,
    KeyTime,
    StoredAccount,
    Typing,
    Uses,
)
from totpkey.link.update_requests import UpdateRequests
from totpkey_protocol import answers, version

if TYPE_CHECKING:
    from totpkey.accounts.account import Account

#: `hello` is repeated after this, in seconds: the first may end a line that someone else began.
HELLO_AGAIN = 0.5
#: What to do about a key that is newer than this command.
NEWER_COMMAND = _(
    "Bring this computer's command up to date: `git pull`, then `make setup drive`, where its sources are; or"
    " `pip install` the file of a newer release."
)


class KeyClient(LockRequests, UpdateRequests):
    """A method for each command, here or in a base. Begin with `hello`: it finds the start of the next line.

    Every method may raise TransportError, NoAnswer, BadReply and KeyRefused. A touch of the button is waited
    for where the method says so, and announced by `on_press`.
    """

    def hello(self, wait: float = ANSWER_WAIT, any_version: bool = False) -> Hello:
        """Who the key is. Raises NoAnswer after `wait` seconds, VersionMismatch for another protocol.

        With `any_version` that is no error: what its hello lacks is empty. An update must reach every key.
        """
        deadline = self._ticks() + wait
        # Ends a partial line that an earlier program left with the key; a blank line is no request.
        self._transport.write(b"\n")
        while True:
            request_id = self.send("hello")
            reply = self._receive(request_id, min(deadline, self._ticks() + HELLO_AGAIN), anonymous=False)
            if reply:
                return Hello(**self._hello_fields(reply["ok"], any_version))
            if self._ticks() >= deadline:
                raise no_answer()

    def time(self) -> KeyTime:
        """The key's clock."""
        return KeyTime(**self._ask("time"))

    def set_time(self, time: int, within: int = 1000, measure: bool = False) -> KeyTime:
        """Set the key's clock to `time`, Unix seconds, which may be wrong by `within` ms.

        What the clock cannot have drifted by waits for a hold of the button. So does `measure`: if this
        setting and the one before are exact (`limits.EXACT`), the key learns its drift.
        """
        return KeyTime(**self._ask("set_time", time=time, within=within, measure=int(measure)))

    def clock(self) -> Clock:
        """What the key knows of its clock."""
        return Clock(**self._ask("clock"))

    def clock_changes(self) -> tuple[ClockChange, ...]:
        """The changes of its time that a person agreed to, oldest first."""
        return tuple(self.clock_change(index) for index in range(self.clock().changes))

    def clock_change(self, change: int) -> ClockChange:
        """One of those changes, from 0."""
        return ClockChange(**self._ask("clock_change", change=change))

    def set_limit(self, limit: int) -> None:
        """Set by how many seconds the clock may be off before the key types nothing more (0: none).

        Waits for a press.
        """
        self._ask("set_limit", limit=limit)

    def time_from_codes(self, account: str, codes: tuple[str, str], near: int, age: int) -> KeyTime:
        """Set the clock by two codes in a row that another authenticator shows, after a hold of the button.

        `near`: what time it may be, Unix seconds; `age`: for how many ms the second code had been shown.
        """
        first, second = codes
        return KeyTime(
            **self._ask(
                "time_from_codes",
                REWRITE_WAIT,
                account=account,
                first=first,
                second=second,
                near=near,
                age=age,
            )
        )

    def add(self, account: Account, moment: int | None = None) -> Added:
        """Store an account and prove it: the key's code for `moment` must be the one computed here.

        `moment` is in Unix seconds, now if left out. Raises ProofFailed if the codes differ; the account is
        then on the key, under the id that the error names.
        """
        from totpkey.accounts import codes

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
                type=account.type,
                counter=account.counter,
                recipe=account.recipe,
                secret=account.secret.hex(),
                proof=moment,
            )
        )
        if added.code != codes.of(account, moment):
            raise errors.ProofFailed(
                tr("The key stored the account, but computes another code than this computer."),
                tr(
                    "Remove it with `totpkey remove {account}` and do not enrol it at the site.",
                    account=added.account,
                ),
            )
        return added

    def batch(self, count: int) -> None:
        """Let `count` calls of `add` come by one press, and be written in groups.

        Until the last of them, or any other command, was answered, what was added may still get lost.
        """
        self._ask("batch", count=count, random=random())

    def list(self) -> tuple[StoredAccount, ...]:
        """All accounts in the key's order, from as many pages as it takes."""
        pages = self._pages("list")
        return tuple(StoredAccount(**entry) for page in pages for entry in page["accounts"])

    def rename(self, account: str, issuer: str, label: str) -> None:
        """Give the account of that id another name."""
        self._ask("rename", account=account, issuer=issuer, label=label)

    def recipe(self, account: str, recipe: str) -> None:
        """Have a press type `recipe` for the account of that id: see `totpkey_protocol.words.PARTS`."""
        self._ask("recipe", account=account, recipe=recipe)

    def typing(self) -> Typing:
        """How the key types."""
        return Typing(**self._ask("typing"))

    def set_typing(self, typing: Typing, table: bytes = b"") -> None:
        """Set how the key types; `table` is that of the layout (`totpkey.keyboard.layouts.Layout.table`)."""
        self._ask("set_typing", **asdict(typing), table=table.hex())

    def sample(self, text: str, mode: str, pace: int = 0, table: bytes = b"") -> None:
        """Have the key type the sample "digits" or "letters", as a keyboard, after a press."""
        self._ask("sample", text=text, mode=mode, pace=pace, table=table.hex())

    def move(self, account: str, position: int) -> None:
        """Put the account of that id at `position`, from 0, in the key's order."""
        self._ask("move", REWRITE_WAIT, account=account, position=position)

    def choose(self, account: str) -> None:
        """Have the account of that id typed until `done`."""
        self._ask("choose", account=account)

    def remove(self, account: str) -> None:
        """Delete the account of that id for good, after a press."""
        self._ask("remove", account=account)

    def code(self, account: str) -> Code:
        """The present code of the account of that id, after a press."""
        return Code(**self._ask("code", account=account))

    def uses(self, account: str) -> Uses:
        """How often the code of the account of that id was given, and when last."""
        return Uses(**self._ask("uses", account=account))

    def export(self, derived: bytes) -> Iterator[bytes]:
        """Every account in the key's order, sealed by AES-SIV (RFC 5297) under the 32 bytes `derived`.

        One hold of the button allows them all. Raises BadReply.
        """
        for page in self._pages("export", derived=derived.hex()):
            if page["next"]:
                yield _from_base64(page["sealed"])

    def note_backup(self, derived: bytes, count: int) -> None:
        """Tell the key that the `count` accounts it has just exported under `derived` are kept and whole."""
        self._ask("export", derived=derived.hex(), start=count)

    def backup(self) -> BackupNote:
        """When the last backup was made."""
        told = self._ask("backup")
        return BackupNote(told["time"], bool(told["changed"]))

    def clone_key(self, peer: bytes = b"") -> bytes:
        """The public half (32 bytes) of a key pair that the key has made for one clone.

        Ask the sending key first, then the receiving one with the sender's public key as `peer`.
        """
        return bytes.fromhex(self._ask("clone_key", REWRITE_WAIT, peer=peer.hex())["public"])

    def clone_send(self, peer: bytes, account: str) -> str:
        """The account of that id, sealed for the key whose public key is `peer`: base64, to be handed on.

        One hold of the button allows them all.
        """
        return str(self._ask("clone_send", REWRITE_WAIT, peer=peer.hex(), account=account)["sealed"])

    def clone_receive(self, sealed: str) -> str:
        """Store what another key has sealed for this one; the id that it gets here."""
        return str(self._ask("clone_receive", sealed=sealed)["account"])

    def wipe(self) -> None:
        """Make the key blank again, after a hold of the button. All accounts are gone for good."""
        self._ask("wipe", REWRITE_WAIT)

    def done(self) -> None:
        """End setup: the key goes back to its everyday face, and its port goes away."""
        try:
            self._ask("done")
        except errors.PortVanished:
            # The port may go before its last bytes are read.
            return

    def _pages(self, name: str, **arguments: str) -> Iterator[dict[str, Any]]:
        """The replies to a command that answers in pages. Raises BadReply for pages without an end."""
        start = 0
        while True:
            page = self._ask(name, start=start, **arguments)
            yield page
            if page["next"] >= page["total"]:
                return
            if page["next"] <= start:
                raise errors.BadReply("The key's list of accounts never ends.", "Update the key's firmware.")
            start = page["next"]

    @staticmethod
    def _hello_fields(fields: object, any_version: bool) -> dict[str, Any]:
        """The fields of `hello`; the version first, since other versions may have other fields."""
        protocol = fields.get("protocol") if isinstance(fields, dict) else None
        if not isinstance(fields, dict) or not isinstance(protocol, int) or protocol == version.PROTOCOL:
            return wire.check_reply(command("hello"), fields)
        if not any_version:
            raise _mismatch(protocol)
        texts = {field.name: str(fields.get(field.name, "")) for field in answers.of(command("hello"))}
        return {**texts, "protocol": protocol, "accounts": 0}


def _mismatch(protocol: int) -> errors.VersionMismatch:
    older = protocol < version.PROTOCOL
    return errors.VersionMismatch(
        tr(
            "The key speaks protocol version {key}, this computer version {computer}.",
            key=protocol,
            computer=version.PROTOCOL,
        ),
        tr("Bring the key up to date: `totpkey update`; its accounts stay.") if older else tr(NEWER_COMMAND),
    )


def _from_base64(text: str) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise errors.BadReply(
            "The key's sealed account is not base64.", "Update the key's firmware."
        ) from None

"""A typed conversation with a key in setup, over any transport.

with KeyClient(SerialTransport("/dev/ttyACM0")) as key:
    print(key.hello().board)
    key.add(key_uri.read(uri).account)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link import wire
from totpkey.link.conversation import ANSWER_WAIT, Conversation, command, no_answer
from totpkey.link.replies import (
    Added,
    BackupNote,
    Clock,
    ClockChange,
    Code,
    Firmware,
    Health,
    Hello,
    KeyTime,
    Locking,
    Slots,
    StoredAccount,
    Typing,
    Uses,
)
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import answers, version

if TYPE_CHECKING:
    from totpkey.accounts.account import Account

#: A key that rewrites or wipes all of its pages may take this long, in seconds.
REWRITE_WAIT = 30.0
#: `hello` is repeated after this, in seconds: the first may end a line that someone else began.
HELLO_AGAIN = 0.5
#: What to do about a key that is newer than this command.
NEWER_COMMAND = _(
    "Bring this computer's command up to date: `git pull`, then `make setup drive`, where its sources are; or"
    " `pip install` the file of a newer release."
)


class KeyClient(Conversation):
    """A method for each command. Begin with `hello`, which also finds the start of the key's next line.

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

    def set_time(self, time: int, within: int = 1000) -> KeyTime:
        """Set the key's clock to `time`, Unix seconds, which may be wrong by `within` ms.

        What the clock cannot have drifted by waits for a hold of the button. Two settings that are exact
        (`limits.EXACT`) let the key measure its drift.
        """
        return KeyTime(**self._ask("set_time", time=time, within=within))

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
        self._ask("batch", count=count)

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
        """Have the account of that id typed from now on."""
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

    def init(self, export: bool = True) -> None:
        """Make a blank key ready; whoever holds it can type. Without `export` accounts never leave it."""
        self._ask("init", export=int(export))

    def slots(self) -> Slots:
        """What opens the key."""
        told = self._ask("slots")
        tries, wait = told.pop("tries"), told.pop("wait")
        return Slots(tries=tries, wait=wait, **{name: bool(value) for name, value in told.items()})

    def passphrase(self) -> Parameters:
        """What the key's passphrase is derived with: see `totpkey.locks.passphrase.derive`."""
        told = self._ask("passphrase")
        return Parameters(bytes.fromhex(told.pop("salt")), **told)

    def set_pin(self, pin: str) -> None:
        """Set or change the PIN (decimal digits), after a press. From then on the key locks."""
        self._ask("set_pin", pin=pin)

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> None:
        """Set or change the passphrase, after a press. From then on the key locks.

        `derived` is what Argon2id makes of it with the other four: `totpkey.locks.passphrase.Parameters`.
        """
        self._ask(
            "set_passphrase",
            derived=derived.hex(),
            salt=salt.hex(),
            memory=memory,
            passes=passes,
            lanes=lanes,
        )

    def remove_slot(self, slot: str) -> None:
        """Remove the PIN or passphrase, after a press. With the last of them gone the key locks no more."""
        self._ask("remove_slot", slot=slot)

    def unlock_pin(self, pin: str) -> None:
        """Open the key, after a press. A wrong PIN costs one of the tries."""
        self._ask("unlock_pin", pin=pin)

    def unlock_passphrase(self, derived: bytes) -> None:
        """Open the key with the key derived from its passphrase, after a press."""
        self._ask("unlock_passphrase", derived=derived.hex())

    def lock(self) -> None:
        """Lock the key."""
        self._ask("lock")

    def locking(self) -> Locking:
        """When the key locks itself."""
        told = self._ask("locking")
        return Locking(told["idle"], bool(told["suspend"]))

    def set_locking(self, locking: Locking) -> None:
        """Set when the key locks itself."""
        self._ask("set_locking", idle=locking.idle, suspend=int(locking.suspend))

    def firmware(self) -> Firmware:
        """From which slot the key's firmware runs."""
        told = self._ask("firmware")
        return Firmware(**told | {"kept": bool(told["kept"])})

    def update(self, length: int, digest: bytes) -> str:
        """Begin an update with `length` bytes of that SHA-256, after a hold; the slot they are for."""
        return str(self._ask("update", length=length, digest=digest.hex())["slot"])

    def update_data(self, at: int, data: bytes) -> None:
        """The next bytes of an update, from `at` on."""
        self._ask("update_data", at=at, data=data.hex())

    def update_try(self) -> None:
        """All has been sent: have the key check it and restart into it, once. The port goes away."""
        with contextlib.suppress(errors.PortVanished):
            # Before its last bytes are read, perhaps. What the key runs then is asked when it is back.
            self._ask("update_try", REWRITE_WAIT)

    def update_keep(self) -> None:
        """Have the firmware that runs now start from now on."""
        self._ask("update_keep", REWRITE_WAIT)

    def health(self) -> Health:
        """How the board is."""
        told = self._ask("health", REWRITE_WAIT)
        return Health(**told | {"intact": bool(told["intact"]), "pull_ups": bool(told["pull_ups"])})

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

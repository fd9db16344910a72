"""A typed conversation with a key in setup, over any transport.

with KeyClient(SerialTransport("/dev/ttyACM0")) as key:
    print(key.hello().board)
    key.add(key_uri.read(uri).account)
"""

from __future__ import annotations

import contextlib
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link import wire
from totpkey.link.conversation import (
    ANSWER_WAIT,
    Conversation,
    Sent,
    Silent,
    command,
    no_answer,
    random,
)
from totpkey.link.replies import (
    Accepted,
    Added,
    BackupNote,
    Card,
    Clock,
    ClockChange,
    Code,
    Element,
    Firmware,
    Health,
    Hello,
    JournalReply,
    KeyTime,
    LoansReply,
    Locking,
    Slots,
    StoredAccount,
    Typing,
    Uses,
)
from totpkey.locks.passphrase import Parameters, proof_of, verifier_of
from totpkey_protocol import answers, commands, limits, version

if TYPE_CHECKING:
    from totpkey.accounts.account import Account

#: `hello` is repeated after this many seconds, since another program's partial line may spoil the first.
HELLO_AGAIN = 0.5
#: How often the journal is read, if codes are given meanwhile.
_JOURNAL_TRIES = 5
#: What to do about a key that is newer than this command.
NEWER_COMMAND = _(
    "Update this computer's command: `git pull`, then `make setup drive`, where its sources are; or"
    " `pip install` the file of a newer release."
)


class KeyClient(Conversation):
    """A method for each command. Call `hello` first: it synchronises the lines.

    Every method may raise TransportError, ConversationError and KeyRefused. Methods that wait for the button
    say so; `on_touch` announces the wait.
    """

    def hello(self, wait: float = ANSWER_WAIT, any_version: bool = False) -> Hello:
        """The key's identity, which it has proved. Begins the session, if there is none.

        Raises NoAnswer after `wait` seconds, VersionMismatch for another protocol. With `any_version`, that
        is no error, and missing fields are empty. Updates need that.
        """
        if self._session:
            return Hello(**self._ask("hello"))
        greeted = self._greet(wait)
        told: dict[str, Any] = greeted if isinstance(greeted, dict) else {}
        protocol = told.get("protocol")
        if not isinstance(protocol, int) or protocol == version.PROTOCOL:
            return self.begin_session()
        if not any_version:
            raise _mismatch(protocol)
        texts: dict[str, Any] = {
            field.name: str(told.get(field.name, "")) for field in answers.of(command("hello"))
        }
        return Hello(**{**texts, "protocol": protocol, "accounts": 0})

    def send(self, name: str, /, **arguments: wire.Argument) -> Sent:
        """As in any conversation. A key answers little outside a session, so one begins first."""
        if not self._session and name not in commands.UNPROVED:
            # What the key would refuse is noticed before anything is sent.
            wire.encode(command(name), self._request_id, arguments)
            self.begin_session()
        return super().send(name, **arguments)

    def _greet(self, wait: float) -> object:
        """Ask who is there until it answers. It proves nothing yet."""
        # A slow key may answer the first after the second was sent, and so on.
        while True:
            self._greetings.add(self.send("hello").id)
            piece = min(wait, HELLO_AGAIN)
            with contextlib.suppress(Silent):
                return self._receive(self._greetings, piece)
            wait -= piece
            if wait <= 0:
                raise no_answer()

    # The clock

    def time(self) -> KeyTime:
        """The key's clock."""
        return KeyTime(**self._ask("time"))

    def set_time(self, time: int | Callable[[], int], within: int = 1000) -> KeyTime:
        """Set the key's clock to `time`, Unix seconds, with an error of at most `within` ms.

        A change beyond the clock's possible drift waits for a touch, as does one that teaches the key its
        drift.
        """
        return KeyTime(**self._ask("set_time", time=time, within=within))

    def clock(self) -> Clock:
        """The state of the key's clock."""
        return Clock(**self._ask("clock"))

    def clock_changes(self) -> tuple[ClockChange, ...]:
        """The changes of the time that a person approved, oldest first."""
        return tuple(self.clock_change(index) for index in range(self.clock().changes))

    def clock_change(self, change: int) -> ClockChange:
        """One of those changes, counted from 0."""
        return ClockChange(**self._ask("clock_change", change=change))

    def set_limit(self, limit: int) -> None:
        """Set the clock error, in seconds, beyond which the key types nothing (0: no limit).

        Waits for a press.
        """
        self._ask("set_limit", limit=limit)

    def time_from_codes(
        self, account: str, codes: tuple[str, str], near: int, age: Callable[[], int]
    ) -> KeyTime:
        """Set the clock by two consecutive codes of another authenticator, after a touch of the button.

        `near`: the approximate time, Unix seconds. `age`: for how many ms the second code has been shown.
        """
        first, second = codes
        return KeyTime(
            **self._ask(
                "time_from_codes",
                account=account,
                first=first,
                second=second,
                near=near,
                age=age,
            )
        )

    # Accounts

    def add(self, account: Account, moment: int | None = None) -> Added:
        """Store an account and verify it: the key's code for `moment` must equal the one computed here.

        `moment` is in Unix seconds, by default now. Raises ProofFailed if the codes differ. The account is on
        the key then, under the id that the error names.
        """
        from totpkey.accounts import codes

        if moment is None:
            moment = int(self._now())
        reply = self._ask(
            "add",
            issuer=account.issuer,
            label=account.label,
            algorithm=account.algorithm,
            digits=account.digits,
            period=account.period,
            type=account.type,
            counter=account.counter,
            recipe=account.recipe,
            secret=account.secret,
            proof=moment,
        )
        added = Added(reply["account"], self._uncovered(reply["sealed"]))
        if added.code != codes.of(account, moment):
            raise errors.ProofFailed(
                tr("The key stored the account, but its code differs from this computer's."),
                tr(
                    "Remove it with `totpkey remove {account}`, and do not use it at the site.",
                    account=added.account,
                ),
            )
        return added

    def batch(self, count: int) -> None:
        """Allow `count` calls of `add` with one gesture. The key writes them in groups.

        Accounts may be lost until the key has answered the last of them, or any other command.
        """
        self._ask("batch", count=count, random=random())

    def list(self) -> tuple[StoredAccount, ...]:
        """All accounts in the key's order."""
        found = []
        for page in self._pages("list"):
            found += [StoredAccount(**entry) for entry in page["accounts"]]
            chosen = page["chosen"]
        self._names = {account.account: account.name for account in found}
        return tuple(replace(each, chosen=place == chosen) for place, each in enumerate(found))

    def rename(self, account: str, issuer: str, label: str) -> None:
        """Rename the account of that id."""
        self._ask("rename", account=account, issuer=issuer, label=label)

    def recipe(self, account: str, recipe: str) -> None:
        """Set what a press types for the account of that id: see `totpkey_protocol.words.PARTS`."""
        self._ask("recipe", account=account, recipe=recipe)

    def move(self, account: str, position: int) -> None:
        """Put the account of that id at `position`, from 0, in the key's order."""
        self._ask("move", account=account, position=position)

    def choose(self, account: str) -> None:
        """Let a press type the code of the account of that id from now on."""
        self._ask("choose", account=account)

    def remove(self, account: str) -> None:
        """Delete the account of that id permanently, after a press."""
        self._ask("remove", account=account)

    def set_end(self, account: str, end: bytes, derive: Callable[[bytes], bytes]) -> None:
        """Give the account of that id an end (`totpkey.accounts.ends`), or take it away if that is empty.

        Waits for a touch. `derive` gives the 32 bytes of `passphrase.derive_for_owner` for a salt: of the
        first end, whose salt is drawn here, or of a later one. What is sent is worth nothing to a key that
        only looks like this one, but for this change. Raises KeyRefused if it is another passphrase.
        """

        def asked(what: str) -> bytes:
            return bytes.fromhex(self._ask("owner", account=account)[what])

        salt = asked("salt")
        if salt:
            verifier = verifier_of(derive(salt))
            # A challenge is for one request.
            prove = lambda: proof_of(verifier, asked("challenge"), account, end)  # noqa: E731
            self._ask("set_end", account=account, end=end, proof=prove)
        else:
            salt = os.urandom(limits.OWNER_SALT)
            verifier = verifier_of(derive(salt))
            self._ask("set_end", account=account, end=end, salt=salt, verifier=verifier)

    # Accounts that are lent by a file

    def card(self) -> Card:
        """The key's card. Raises KeyRefused (not_found) if it has none."""
        reply = self._ask("card")
        return Card(reply["name"], bytes.fromhex(reply["public"]))

    def make_card(self, name: str) -> Card:
        """Make a card, after a touch. It replaces the one before, whose files open no more."""
        reply = self._ask("make_card", name=name, random=random())
        return Card(name, bytes.fromhex(reply["public"]))

    def lend(self, account: str, card: Card, end: bytes, lender: str) -> bytes:
        """Seal the account of that id, after a touch, for the key with that card, and enter it into the book.

        `end`: as in `set_end`; `lender`: what the other key's `list` shows.
        """
        asked: dict[str, wire.Argument] = {"account": account, "card": card.public, "end": end}
        reply = self._ask("lend", **asked, receiver=card.name, lender=lender)
        return _from_base64(reply["sealed"])

    def loans(self) -> LoansReply:
        """The book of what the key has lent. Older firmware has none: KeyRefused (unknown_command)."""
        pages = list(self._pages("loans"))
        packed = b"".join(_from_base64(page["loans"]) for page in pages)
        return LoansReply(bool(pages[0]["lost"]), pages[0]["count"], packed)

    def loan_back(self, loan: int) -> None:
        """Note in the book that the loan of that number was taken back, after a touch."""
        self._ask("loan_back", loan=loan)

    def accept(self, sealed: bytes) -> Accepted:
        """Store what another key has sealed for this one, after a touch. Raises KeyRefused (file_used) if it
        was accepted before, or is not newer than the account's present end.
        """
        return Accepted(**self._ask("accept", sealed=b64encode(sealed).decode()))

    def code(self, account: str) -> Code:
        """The present code of the account of that id, after a press."""
        reply = self._ask("code", account=account)
        return Code(self._uncovered(reply["sealed"]), reply["time"])

    def uses(self, account: str) -> Uses:
        """How often the account's code was given, and when last."""
        return Uses(**self._ask("uses", account=account))

    def journal(self) -> JournalReply:
        """The last codes that the key gave. Raises BadReply."""
        for _try in range(_JOURNAL_TRIES):
            pages = list(self._pages("journal"))
            # Somebody may press while it is read.
            if len({(page["dropped"], page["total"]) for page in pages}) == 1:
                first = pages[0]
                entries = b"".join(_from_base64(page["entries"]) for page in pages)
                name, before = bytes.fromhex(first["journal"]), bytes.fromhex(first["before"])
                return JournalReply(name, before, first["dropped"], entries)
        raise errors.BadReply(
            tr("The key's journal changed again and again while it was read."), tr("Run the command again.")
        )

    # Accounts on their way to another place

    def export(self, derived: bytes) -> Iterator[bytes]:
        """Every account without an end, in the key's order, encrypted by AES-SIV (RFC 5297) with the 32 bytes
        `derived`.

        One touch allows them all. Raises BadReply.
        """
        for page in self._pages("export", derived=derived):
            if page["sealed"]:
                yield _from_base64(page["sealed"])

    def note_backup(self, derived: bytes, count: int) -> None:
        """Confirm to the key, which lists `count` accounts, that those just exported are stored intact."""
        self._ask("export", derived=derived, start=count)

    def backup(self) -> BackupNote:
        """When the last backup was made."""
        return BackupNote(**self._ask("backup"))

    def clone_key(self, peer: bytes = b"") -> bytes:
        """The public half (32 bytes) of a key pair that the key has made for one clone.

        Ask the sending key first, then the receiving one with the sender's public key as `peer`.
        """
        return bytes.fromhex(self._ask("clone_key", peer=peer)["public"])

    def clone_send(self, peer: bytes, account: str) -> str:
        """The account of that id, encrypted for the key with the public key `peer`, in base64.

        One touch allows them all.
        """
        return str(self._ask("clone_send", peer=peer, account=account)["sealed"])

    def clone_receive(self, sealed: str) -> str:
        """Store an account that another key has encrypted for this one. Returns its id here."""
        return str(self._ask("clone_receive", sealed=sealed)["account"])

    # Typing

    def typing(self) -> Typing:
        """How the key types."""
        return Typing(**self._ask("typing"))

    def set_typing(self, typing: Typing, table: bytes = b"") -> None:
        """Set how the key types. `table` is the layout's (`totpkey.keyboard.layouts.Layout.table`)."""
        self._ask("set_typing", **asdict(typing), table=table)

    def sample(self, text: str, mode: str, pace: int = 0, table: bytes = b"") -> None:
        """Have the key type the sample "digits" or "letters", as a keyboard, after a press."""
        self._ask("sample", text=text, mode=mode, pace=pace, table=table)

    # What opens the key

    def init(self, export: bool = True) -> None:
        """Initialise a blank key without a lock. Without `export`, its accounts can never leave it; that
        waits for a touch.
        """
        self._ask("init", export=export, random=random())

    def slots(self) -> Slots:
        """What opens the key."""
        return Slots(**self._ask("slots"))

    def element(self) -> Element:
        """What the secure element says of itself. Raises NotGenuine for what cannot be certificates."""
        # It needs the package cryptography, which would slow the start of every command.
        from totpkey.locks import certificates

        reply = self._ask("element", block=0)
        store, key = bytes.fromhex(reply["certificates"]), bytes.fromhex(reply["key"])
        for block in range(1, -(-certificates.length(store) // limits.CERTIFICATE_BLOCK)):
            if block < limits.CERTIFICATE_BLOCKS:
                store += bytes.fromhex(self._ask("element", block=block)["certificates"])
        return Element(store, key)

    def passphrase(self) -> Parameters:
        """The parameters for deriving the passphrase's key: see `totpkey.locks.passphrase.derive`."""
        reply = self._ask("passphrase")
        return Parameters(bytes.fromhex(reply.pop("salt")), **reply)

    def set_pin(self, pin: str) -> bool:
        """Set or change the PIN (decimal digits), after a touch. It locks the key from then on.

        Like `set_passphrase` and `remove_slot`, returns whether the accounts get a new data key: then no
        older copy of the key's flash opens them as they are from now on.
        """
        return self._renewed("set_pin", pin=pin)

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bool:
        """Set or change the passphrase, after a touch. It locks the key from then on.

        `derived` is its Argon2id with the other four, which are `totpkey.locks.passphrase.Parameters`.
        """
        return self._renewed(
            "set_passphrase", derived=derived, salt=salt, memory=memory, passes=passes, lanes=lanes
        )

    def remove_slot(self, slot: str) -> bool:
        """Remove the PIN or passphrase, after a touch. Without either, the key does not lock."""
        return self._renewed("remove_slot", slot=slot)

    def _uncovered(self, sealed: str) -> str:
        """The code that the last reply has covered."""
        return self._session.uncovered(self._request_id, sealed) if self._session else ""

    def _renewed(self, name: str, /, **arguments: wire.Argument) -> bool:
        return bool(self._ask(name, **arguments)["renewed"])

    def unlock_pin(self, pin: str) -> None:
        """Open the key, after a touch. A wrong PIN uses up one try."""
        self._ask("unlock_pin", pin=pin)

    def unlock_passphrase(self, derived: bytes) -> None:
        """Open the key by what is derived from its passphrase, after a touch."""
        self._ask("unlock_passphrase", derived=derived)

    def lock(self) -> None:
        """Lock the key."""
        self._ask("lock")

    def locking(self) -> Locking:
        """When the key locks itself."""
        return Locking(**self._ask("locking"))

    def set_locking(self, locking: Locking) -> None:
        """Set when the key locks itself."""
        self._ask("set_locking", **asdict(locking))

    # The firmware and the board

    def firmware(self) -> Firmware:
        """The state of the key's firmware."""
        return Firmware(**self._ask("firmware"))

    def update(self, length: int, digest: bytes) -> str:
        """Begin an update of `length` bytes with that SHA-256, after a touch. Returns the slot for them."""
        return str(self._ask("update", length=length, digest=digest)["slot"])

    def update_data(self, at: int, data: bytes) -> None:
        """Send the next bytes of an update, at offset `at`."""
        self._ask("update_data", at=at, data=data)

    def update_try(self) -> None:
        """Have the key check the update and restart into it, once. The port vanishes."""
        # The port may vanish before the reply is read. The firmware is checked after the restart.
        with contextlib.suppress(errors.PortVanished):
            self._ask("update_try")

    def update_keep(self) -> None:
        """Keep the running firmware for future starts."""
        self._ask("update_keep")

    def health(self) -> Health:
        """The board's condition."""
        return Health(**self._ask("health"))

    def board_test(self) -> None:
        """Restart a key without accounts in its test face (`extensions/board_test`)."""
        self._ask("board_test")

    # The end

    def wipe(self) -> None:
        """Erase the key, after a touch of the button. All accounts are lost."""
        self._ask("wipe")

    def done(self) -> None:
        """End setup: the key goes back to its everyday face, and its port goes away."""
        # The port may go before its last bytes are read.
        with contextlib.suppress(errors.PortVanished):
            self._ask("done")

    def _pages(self, name: str, **arguments: wire.Argument) -> Iterator[dict[str, Any]]:
        """The replies to a command that answers in pages. Raises BadReply if they do not end."""
        start = 0
        while True:
            page = self._ask(name, start=start, **arguments)
            yield page
            if page["next"] >= page["total"]:
                return
            if page["next"] <= start:
                raise errors.BadReply(
                    tr("The key's list of accounts never ends."), tr("Update the key's firmware.")
                )
            start = page["next"]


def _mismatch(protocol: int) -> errors.VersionMismatch:
    older = protocol < version.PROTOCOL
    return errors.VersionMismatch(
        tr(
            "The key speaks protocol version {key}, this computer version {computer}.",
            key=protocol,
            computer=version.PROTOCOL,
        ),
        tr("Update the key: `totpkey update`. Its accounts stay.") if older else tr(NEWER_COMMAND),
    )


def _from_base64(text: str) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise errors.BadReply(
            tr("The account that the key gave is not base64."), tr("Update the key's firmware.")
        ) from None

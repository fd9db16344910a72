"""What opens the key: `init` of a new one, `pin`, `passphrase`, `unlock` and `lock`."""

from __future__ import annotations

import contextlib
from dataclasses import astuple

import click

from totpkey import errors
from totpkey.cli.input import prompts
from totpkey.cli.input.no_secrets_in_argv import RedactingCommand, RedactingGroup
from totpkey.cli.input.prompts import confirmed, new_passphrase, new_pin, present_passphrase, present_pin
from totpkey.cli.keys.connect import Selection, connected, refusal, require_open
from totpkey.cli.output import say, warn
from totpkey.clock.synchronise import synchronise
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.link.client import KeyClient
from totpkey.link.replies import Slots
from totpkey.locks import passphrase as passphrases
from totpkey_protocol.errors import NO_ELEMENT, TOO_EARLY, TOO_MANY_TRIES, WRONG_PIN
from totpkey_protocol.words import BLANK, BLOCKED, DEVICE, LOCKED, OPEN, PASSPHRASE, PIN, SLOTS

#: What unlocks a key, as users call it.
NAMES = {"pin": _("PIN"), PASSPHRASE: _("passphrase")}
OTHER = {"pin": PASSPHRASE, PASSPHRASE: "pin"}

_SHORT = {"pin": _("Remove the PIN."), PASSPHRASE: _("Remove the passphrase.")}
_HELP = {
    "pin": _("Remove the PIN of the unlocked key, after a gesture at its button."),
    PASSPHRASE: _("Remove the passphrase of the unlocked key, after a gesture at its button."),
}


def give_passphrase(client: KeyClient, text: str) -> bool:
    """Set the passphrase, derived with a fresh salt. Return whether the accounts get a new data key."""
    parameters = passphrases.new_parameters()
    return client.set_passphrase(passphrases.derive(text, parameters), *astuple(parameters))


def tell_of_older_copies(renewed: bool, other: str, to_set: str) -> None:
    """Say what an older copy of the flash opens where the accounts keep their data key.

    `other`: the lock that stays, and was not used to unlock. `to_set`: the one to set for a new data key.
    """
    if not renewed:
        warn(
            tr(
                "The accounts keep their encryption key, since the {other} was not entered. Somebody with an"
                " old copy of the key's memory and the lock of that time can read a new copy, too.",
                other=tr(NAMES[other]),
            )
        )
        warn(
            tr(
                "To end that, unlock the key with its {other}, then set the {name} again.",
                other=tr(NAMES[other]),
                name=tr(NAMES[to_set]),
            )
        )


def tell_of_new_card(client: KeyClient, renewed: bool) -> None:
    """After a change of locks that has `renewed` the data key: say that the key's card is a new one."""
    # Most keys have none.
    with contextlib.suppress(errors.KeyRefused):
        if renewed and client.card():
            warn(tr("The key's card is a new one: files for the one before open no more."))
            warn(tr("Send it again to whoever lends you accounts: `totpkey card` shows it."))


def _remove(client: KeyClient, slot: str, force: bool) -> bool:
    """Remove the PIN or passphrase. Without `force`, ask before removing the last lock.

    Return whether the accounts get a new data key. Raise KeyNotReady or Declined.
    """
    slots = client.slots()
    require(slots, slot)
    if not force and not (slots.pin and slots.passphrase):
        question = tr(
            "Remove the {names}? Anyone who holds the key can then type your codes", names=tr(NAMES[slot])
        )
        if not confirmed(question):
            raise errors.Declined(tr("The {names} is unchanged.", names=tr(NAMES[slot])))
    return client.remove_slot(slot)


def removing(slot: str) -> click.Command:
    """Return the command `remove` of `pin` and of `passphrase`."""
    name = NAMES[slot]

    @click.command("remove", short_help=_SHORT[slot], help=_HELP[slot])
    @click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its gesture.")
    @click.pass_obj
    def command(selection: Selection, force: bool) -> None:
        with connected(selection) as connection:
            require_open(connection.hello.state)
            renewed = _remove(connection.client, slot, force)
            tell_of_new_card(connection.client, renewed)
        say(tr("The {names} is removed.", names=tr(name)))
        tell_of_older_copies(renewed, OTHER[slot], OTHER[slot])

    return command


def require(slots: Slots, slot: str) -> None:
    """Raise KeyNotReady if the key has no such slot."""
    if not getattr(slots, slot):
        raise errors.KeyNotReady(
            tr("The key has no {names}.", names=tr(NAMES[slot])),
            tr("Set one with `totpkey {slot} set`; `totpkey info` shows more.", slot=slot),
        )


_CHOICES = (DEVICE, PIN, PASSPHRASE)
_QUESTION = _(
    "Protect this key?\n  1  no lock: anyone who holds it can type your codes\n  2  a PIN, entered with the"
    " key's button: stops anyone who finds or borrows the key\n  3  a passphrase, entered on a computer: also"
    " stops those who can read its chip\nYou can change it later"
)
_EXPORT = _(
    "Allow encrypted backups? They are encrypted with a passphrase you choose, and need the button. If you"
    " say no, this key can never be backed up, and only erasing it takes that back"
)
_READY = {
    DEVICE: _("The key is ready. Anyone who holds it can type your codes; `totpkey pin set` changes that."),
    PIN: _(
        "The key is ready. It asks for the PIN after it is plugged in: docs/guide/pin.md shows how to enter"
        " it."
    ),
    PASSPHRASE: _(
        "The key is ready. After plugging it in, hold its button for 3 s, then run `totpkey "
        "unlock` and `totpkey done`."
    ),
}


@click.command("init", cls=RedactingCommand)
@click.option("--lock", type=click.Choice(SLOTS), help="What unlocks the key; without it you are asked.")
@click.option("--no-export", is_flag=True, help="Never let accounts leave the key, not even for a backup.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN or passphrase from standard input.")
@click.pass_obj
def init(selection: Selection, lock: str | None, no_export: bool, from_stdin: bool) -> None:
    """Choose a lock for a new key, and whether it may ever be backed up.

    Its clock is set, too. A PIN or passphrase is set after a gesture at its button.
    """
    if from_stdin and lock not in (PIN, PASSPHRASE):
        raise click.UsageError(tr("--stdin goes with --lock pin or --lock passphrase."))
    with connected(selection) as connection:
        _require_blank(connection.hello.state)
        chosen = lock or _ask_for_lock()
        export = not no_export and (lock is not None or _ask_for_export())
        secret = _ask_for_secret(chosen, from_stdin)
        _set_clock(connection.client)
        connection.client.init(export)
        _set_lock(connection.client, chosen, secret)
    say(tr(_READY[chosen]))
    say(tr("Next: `totpkey enroll` sets it up at a site, step by step."))


def _require_blank(state: str) -> None:
    if state != BLANK:
        require_open(state)
        raise errors.KeyNotReady(
            tr("The key is set up already."),
            tr("`totpkey pin set` and `totpkey passphrase set` lock it; `totpkey wipe` erases it."),
        )


def _set_clock(client: KeyClient) -> None:
    """Its first time needs no gesture. Without a time the key is set up all the same."""
    try:
        synchronise(client)
    except (errors.HostClockWrong, errors.KeyRefused) as problem:
        warn(problem.cause)


def _ask_for_lock() -> str:
    say(tr(_QUESTION))
    return _CHOICES[prompts.choose(tr("1, 2 or 3"), len(_CHOICES)) - 1]


def _ask_for_export() -> bool:
    say(tr(_EXPORT))
    return prompts.agreed(tr("Allow it"))


def _ask_for_secret(lock: str, from_stdin: bool) -> str:
    if lock == PIN:
        return new_pin(from_stdin)
    return new_passphrase(from_stdin) if lock == PASSPHRASE else ""


def _set_lock(client: KeyClient, lock: str, secret: str) -> None:
    try:
        if lock == PIN:
            client.set_pin(secret)
        elif lock == PASSPHRASE:
            give_passphrase(client, secret)
    except (errors.KeyRefused, errors.NotDone):
        warn(
            tr(
                "The key is set up, but without a {names}: anyone who holds it can type. `totpkey {lock} "
                "set` sets one.",
                names=tr(NAMES[lock]),
                lock=lock,
            )
        )
        raise


@click.command("unlock", cls=RedactingCommand)
@click.option("--passphrase", "by_passphrase", is_flag=True, help="Open it by its passphrase, not its PIN.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN or passphrase from standard input.")
@click.pass_obj
def unlock(selection: Selection, by_passphrase: bool, from_stdin: bool) -> None:
    """Open the key by its PIN, or by its passphrase where it has no PIN, after a gesture at its button.

    It stays open through `totpkey done`, until it is unplugged or locks itself.
    """
    with connected(selection) as connection:
        state, client = connection.hello.state, connection.client
        if state == OPEN:
            say(tr("The key is unlocked already."))
            return
        if state == BLANK:
            raise errors.KeyNotReady(
                tr("The key is new: it has no lock."), tr("Run `totpkey enroll`, or `totpkey init`.")
            )
        slots = client.slots()
        if slots.with_element and not by_passphrase:
            # Before a PIN is asked for that the key would not take here.
            raise errors.KeyRefused(NO_ELEMENT)
        if slots.pin and not by_passphrase:
            _by_pin(client, slots, from_stdin)
        else:
            _by_passphrase(client, slots, state, from_stdin)
    say(
        tr(
            "The key stays unlocked until it is unplugged or locks itself. `totpkey done` makes it a"
            " keyboard again."
        )
    )


def _by_pin(client: KeyClient, slots: Slots, from_stdin: bool) -> None:
    say(_tries(slots.tries))
    entered = present_pin(from_stdin)
    try:
        client.unlock_pin(entered)
    except errors.KeyRefused as refused:
        if refused.code not in (WRONG_PIN, TOO_MANY_TRIES, TOO_EARLY):
            raise
        raise _still_locked(client, refused) from None


def _still_locked(client: KeyClient, refused: errors.KeyRefused) -> errors.TotpkeyError:
    """Return the error for a rejected PIN, with the remaining tries."""
    if client.hello().state == BLOCKED:
        return refusal(BLOCKED) or refused
    slots = client.slots()
    early = refused.code == TOO_EARLY and slots.wait
    remedy = tr("Wait {wait} s, then try again.", wait=slots.wait) if early else refused.remedy
    return errors.KeyLocked(joined(refused.cause, _tries(slots.tries)), remedy)


def _tries(count: int) -> str:
    return tr("1 try left.") if count == 1 else tr("{count} tries left.", count=count)


def _by_passphrase(client: KeyClient, slots: Slots, state: str, from_stdin: bool) -> None:
    if not slots.passphrase:
        if state == BLOCKED:
            raise errors.KeyLocked(
                tr("The PIN is erased, and the key has no passphrase: nothing unlocks it any more."),
                tr(
                    "`totpkey wipe` erases it; the accounts come back from a backup, or by setting them up"
                    " again at the sites."
                ),
            )
        require(slots, PASSPHRASE)
    parameters = client.passphrase()
    client.unlock_passphrase(passphrases.derive(present_passphrase(from_stdin), parameters))


@click.command("lock", cls=RedactingCommand)
@click.pass_obj
def lock(selection: Selection) -> None:
    """Lock the key now, as unplugging it does."""
    with connected(selection) as connection:
        state, client = connection.hello.state, connection.client
        if state in (LOCKED, BLOCKED):
            say(tr("The key is locked already."))
            return
        if state != OPEN or client.slots().device:
            raise errors.KeyNotReady(
                tr(
                    "Nothing could unlock this key again: it has neither PIN nor passphrase, so it does not "
                    "lock."
                ),
                tr(
                    "Give it one with `totpkey init` while it is new, else with `totpkey pin set` or "
                    "`totpkey passphrase set`."
                ),
            )
        client.lock()
    say(tr("The key is locked."))


_stdin = click.option("--stdin", "from_stdin", is_flag=True, help="Read the new PIN from standard input.")


@click.group("pin", cls=RedactingGroup)
def pin() -> None:
    """Set, change or remove the PIN that opens the key, on its button or by `totpkey unlock`."""


@pin.command("set", short_help="Set a PIN.")
@_stdin
@click.pass_obj
def set_pin(selection: Selection, from_stdin: bool) -> None:
    """Give the key a PIN, after a gesture at its button. From then on it starts locked."""
    with connected(selection) as connection:
        require_open(connection.hello.state)
        if connection.client.slots().pin:
            raise errors.KeyNotReady(
                tr("The key has a PIN already."), tr("Change it with `totpkey pin change`.")
            )
        renewed, slots, fault = _set_pin(connection.client, new_pin(from_stdin))
    say(
        tr(
            "The PIN is set. The key asks for it after it is plugged in: docs/guide/pin.md shows how to"
            " enter it."
        )
    )
    tell_of_older_copies(renewed, PASSPHRASE, PIN)
    _tell_of_element(slots, fault)


@pin.command(short_help="Change the PIN.")
@_stdin
@click.pass_obj
def change(selection: Selection, from_stdin: bool) -> None:
    """Give the open key another PIN, after a gesture at its button."""
    with connected(selection) as connection:
        require_open(connection.hello.state)
        require(connection.client.slots(), PIN)
        renewed, slots, fault = _set_pin(connection.client, new_pin(from_stdin))
    say(tr("The PIN is changed."))
    tell_of_older_copies(renewed, PASSPHRASE, PIN)
    _tell_of_element(slots, fault)


def _set_pin(client: KeyClient, pin: str) -> tuple[bool, Slots, str]:
    """Whether the accounts get a new data key, what opens the key then, and what is wrong with the secure
    element that answers, if one does.
    """
    from totpkey.doctor import of_key

    renewed = client.set_pin(pin)
    tell_of_new_card(client, renewed)
    slots = client.slots()
    return renewed, slots, of_key.element_fault(client) if slots.element else ""


def _tell_of_element(slots: Slots, fault: str) -> None:
    """What its owner has to do before a secure element counts the tries, where there is one."""
    from totpkey.doctor import of_key

    if fault:
        warn(tr("The secure element is not to be trusted: {fault}.", fault=fault))
        warn(tr(of_key.NOT_TRUSTED))
    elif slots.element:
        say(
            tr(
                "Now unplug the key, plug it in and enter the PIN once with its button; the key takes ten"
                " seconds for it. From then on the secure element counts the PIN's tries."
            )
        )
    if slots.element and not slots.passphrase:
        warn(
            tr(
                "Without the element, such a PIN opens nothing. So the key makes use of it only where it has"
                " a passphrase, or all of its accounts are in a backup."
            )
        )


pin.add_command(removing(PIN))


@click.group("passphrase", cls=RedactingGroup)
def passphrase() -> None:
    """Set, change or remove the passphrase that unlocks the key, by `totpkey unlock`."""


@passphrase.command("set", short_help="Set or change the passphrase.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the new passphrase from standard input.")
@click.pass_obj
def set_passphrase(selection: Selection, from_stdin: bool) -> None:
    """Set or change the passphrase of the unlocked key, after a gesture at its button.

    From then on it starts locked.
    """
    with connected(selection) as connection:
        require_open(connection.hello.state)
        renewed = give_passphrase(connection.client, new_passphrase(from_stdin))
        tell_of_new_card(connection.client, renewed)
    say(tr("The passphrase is set. It cannot be recovered: keep a copy of it in a safe place."))
    tell_of_older_copies(renewed, PIN, PASSPHRASE)


passphrase.add_command(removing(PASSPHRASE))

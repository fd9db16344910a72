"""Checks of a key, and of the secure element beside it."""

from __future__ import annotations

import re
import sys

from totpkey.clock import phrases
from totpkey.clock.host_clock import UNSYNCHRONISED
from totpkey.doctor.case import BAD, GOOD, ODD, UNKNOWN, Case, Finding, KeyCase
from totpkey.errors import NotGenuine
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.link.client import KeyClient
from totpkey_protocol import limits, words
from totpkey_protocol.version import __version__

#: Offsets below this, in s, do not matter for a code of 30 s.
_SMALL = 2.0
NOT_TRUSTED = _("Take it off, or wire one from a seller that you trust; then set the PIN again.")
_BACKUP = _("`totpkey backup FILE` makes one")


def firmware(key: KeyCase, case: Case) -> Finding:
    """Whether key and command have the same version."""
    detail = tr(
        "{firmware}, and this command is {version__}", firmware=key.hello.firmware, version__=__version__
    )
    if key.hello.firmware == __version__:
        return Finding(_("firmware"), GOOD, key.hello.firmware)
    if _numbers(key.hello.firmware) < _numbers(__version__):
        return Finding(
            _("firmware"), ODD, detail, tr("`totpkey update` brings the key to the command's version.")
        )
    newer = tr("`git pull`, then `make setup drive`, where the command's sources are, bring it to the key's.")
    return Finding(_("firmware"), ODD, detail, newer)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def oscillator(key: KeyCase, case: Case) -> Finding | None:
    if not key.clock.chip:
        return None
    if key.hello.clock == words.LOST:
        remedy = tr("Run `totpkey time sync`. If it comes back after unplugging, put in a new battery.")
        return Finding(_("oscillator"), BAD, tr("it has stopped since the clock was set"), remedy)
    return Finding(_("oscillator"), GOOD, tr("it has run since the clock was set"))


def battery(key: KeyCase, case: Case) -> Finding | None:
    if not key.clock.chip:
        return None
    if key.clock.battery == words.LOW:
        return Finding(
            _("battery"), BAD, tr("nearly empty"), tr("Put in a new one, then run `totpkey time sync`.")
        )
    if key.clock.battery == words.OFF:
        return Finding(
            _("battery"),
            BAD,
            tr("not used by the chip"),
            tr("Run `totpkey time sync`, which switches it on."),
        )
    if key.clock.battery == words.UNKNOWN:
        detail = tr(
            "a {chip} cannot tell; an empty one shows as a lost time after unplugging", chip=key.clock.chip
        )
        return Finding(_("battery"), UNKNOWN, detail)
    return Finding(_("battery"), GOOD, tr("good"))


def offset(key: KeyCase, case: Case) -> Finding | None:
    if key.offset is None:
        return None
    detail = phrases.offset(key.offset)
    if abs(key.offset.seconds) < _SMALL:
        return Finding(_("time"), GOOD, detail)
    if case.host_clock == UNSYNCHRONISED:
        remedy = tr("Nothing keeps this computer's clock right: look which of the two is wrong.")
        return Finding(_("time"), ODD, detail, remedy)
    grade = BAD if abs(key.offset.seconds) > limits.BUDGET else ODD
    return Finding(_("time"), grade, detail, tr("Run `totpkey time sync`."))


def budget(key: KeyCase, case: Case) -> Finding | None:
    if key.offset is None:
        return None
    detail = phrases.budget(key.clock, case.now)
    if key.hello.clock == words.DOUBTFUL:
        return Finding(
            _("budget"), BAD, detail, tr("The key types nothing until `totpkey time sync` was run.")
        )
    if key.clock.off > 1000 * limits.DUE or key.clock.again <= case.now:
        return Finding(_("budget"), ODD, detail, tr("Run `totpkey time sync`."))
    return Finding(_("budget"), GOOD, joined(detail, phrases.next_setting(key.clock)))


def changes(key: KeyCase, case: Case) -> Finding | None:
    if not key.clock.changes:
        return None
    detail = tr("somebody agreed to {changes} at the button", changes=key.clock.changes)
    return Finding(
        _("changes of time"), GOOD, detail, tr("`totpkey time log` lists them: see whether it was you.")
    )


def lock(key: KeyCase, case: Case) -> Finding | None:
    if key.slots is None:
        return Finding(_("lock"), GOOD, tr("new: nothing to protect yet"))
    if key.hello.state == words.BLOCKED:
        return Finding(
            _("lock"),
            BAD,
            tr("the PIN is erased"),
            tr("`totpkey unlock` with the passphrase, or `totpkey wipe`."),
        )
    if key.slots.device:
        remedy = tr("`totpkey pin set` or `totpkey passphrase set` locks it.")
        return Finding(_("lock"), ODD, tr("none: anyone who holds the key can type its codes"), remedy)
    if key.slots.pin and key.slots.tries < limits.TRIES:
        return Finding(
            _("lock"),
            ODD,
            tr("{tries} of {tries_2} wrong PINs are left", tries=key.slots.tries, tries_2=limits.TRIES),
            tr("The right one gives all back."),
        )
    return Finding(_("lock"), GOOD, tr("a PIN or a passphrase opens it"))


def element(key: KeyCase, case: Case) -> Finding | None:
    """A secure element: nothing is said of a key that has none and needs none."""
    if key.slots is None or not (key.slots.element or key.slots.with_element):
        return None
    if not key.slots.element:
        remedy = tr("Check its wires. Until it answers, only the passphrase opens the key.")
        return Finding(_("element"), BAD, tr("does not answer, and the PIN needs it"), remedy)
    if key.element_fault:
        return Finding(_("element"), BAD, key.element_fault, tr(NOT_TRUSTED))
    if key.slots.with_element:
        return Finding(_("element"), GOOD, tr("made by Tropic Square, and counts the PIN's tries"))
    remedy = tr("Set a passphrase or make a backup; then enter the PIN once with the key's button.")
    if not key.slots.pin:
        remedy = tr("`totpkey pin set` sets a PIN, whose tries it can count.")
    return Finding(_("element"), ODD, tr("there, but no PIN uses it"), remedy)


def typing(key: KeyCase, case: Case) -> Finding | None:
    """How codes are typed, and whether that suits this computer."""
    if key.typing is None:
        return None
    letters = (
        tr("letters in {layout}", layout=key.typing.layout)
        if key.typing.layout
        else tr("digits, Tab and Enter alone")
    )
    detail = f"{key.typing.mode}, {letters}"
    if key.typing.mode == words.KEYPAD and sys.platform == "darwin":
        remedy = tr("A Mac has no NumLock: `totpkey typing set --mode keypad-mac`, or `totpkey calibrate`.")
        return Finding(_("typing"), ODD, detail, remedy)
    return Finding(_("typing"), GOOD, detail)


def backup(key: KeyCase, case: Case) -> Finding | None:
    """How old the last backup is, and whether it still has all accounts."""
    if key.backup is None or not key.hello.accounts or (key.slots and not key.slots.export):
        return None
    if not key.backup.time:
        return Finding(
            _("backup"),
            ODD,
            tr("none was made"),
            tr("{backup}, or `totpkey add --also` onto a spare key.", backup=tr(_BACKUP)),
        )
    age = phrases.age(max(case.now - key.backup.time, 0))
    detail = tr("made {age} ago, on {time}", age=age, time=phrases.moment(key.backup.time)[:10])
    if key.backup.changed:
        return Finding(
            _("backup"),
            ODD,
            tr("{detail}; accounts have come or gone since", detail=detail),
            f"{tr(_BACKUP)}.",
        )
    return Finding(_("backup"), GOOD, tr("{detail}, of the accounts that are on the key", detail=detail))


CHECKS = (firmware, oscillator, battery, offset, budget, changes, lock, element, typing, backup)


def element_fault(client: KeyClient) -> str:
    """Why the element that answers is not to be trusted, empty if it is. Raises KeyRefused (no_element).

    That it has the private key to its certificate it proves to the key, in each session.
    """
    # It needs the package cryptography, which would slow the start of `totpkey pin`.
    from totpkey.locks import certificates

    try:
        told = client.element()
        public = certificates.public_key(told.certificates)
    except NotGenuine as error:
        return error.cause
    if told.key and told.key != public:
        return tr("it is not the one that the PIN was set with")
    return ""

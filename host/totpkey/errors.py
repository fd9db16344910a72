"""What can go wrong on the host's side, each with a cause and a remedy for the person who reads it.

No error carries a secret, nor any text that a secret could be in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from totpkey.i18n import key_words, reader_words
from totpkey_readers.records.problem import Problem


class TotpkeyError(Exception):
    """Any error that a person may see: `cause`, and a `remedy` that may be empty."""

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy


class Unreadable(TotpkeyError):
    """A text, a file or a picture in which there is not what was asked for, or damaged."""


class InvalidBackup(TotpkeyError):
    """A file that is no backup, or a damaged one."""


class InvalidSheets(TotpkeyError):
    """Words of sheets that do not give a passphrase: wrong ones, too few, or of two sets."""


class DoneInPart(TotpkeyError):
    """Some of what was asked for is done, and the rest is not."""


class WrongFilePassword(TotpkeyError):
    """A file does not open with the password that was entered, or is damaged."""


class NoPicture(TotpkeyError):
    """The screen, the clipboard or the camera gives no picture."""


class LibraryMissing(TotpkeyError):
    """This installation lacks a library that what was asked for needs."""


class NoSuchRecipe(TotpkeyError):
    """No site of that name is known, or several are."""


class InvalidLock(TotpkeyError):
    """What cannot be a PIN or a passphrase, or is too short to protect anything."""


class DerivationFailed(TotpkeyError):
    """This computer cannot derive a key from a passphrase."""


class NotGenuine(TotpkeyError):
    """A secure element that does not prove to be of its maker; the message says why."""


class TransportError(TotpkeyError):
    """The bytes do not flow."""


class PortMissing(TransportError):
    """There is no such port."""


class PortBusy(TransportError):
    """Another program holds the port."""


class PortForbidden(TransportError):
    """The user may not open the port."""


class PortVanished(TransportError):
    """The key was unplugged, or went back to its everyday face, while the port was open."""


class ConversationError(TotpkeyError):
    """The bytes flow, but no conversation comes of it."""


class NoAnswer(ConversationError):
    """What is on this port does not answer as a key does."""


class NotDone(ConversationError):
    """The key has proved that it did not do what it was asked for."""


class DoneUnheard(ConversationError):
    """The key has proved that it did what it was asked for, but its answer is lost."""


class OutcomeUnknown(ConversationError):
    """Whether the key did what it was asked for is not known."""


class BadReply(ConversationError):
    """A reply that breaks the protocol."""


class VersionMismatch(ConversationError):
    """Key and computer speak different versions of the protocol."""


class KeyRefused(TotpkeyError):
    """The key, or the check before sending, says no, with a code of `totpkey_protocol.errors`.

    `calm`: for how many seconds the key takes no gesture, because its button was pressed in another way.
    """

    def __init__(self, code: str, field: str = "", calm: int = 0) -> None:
        cause, remedy = key_words.explain(code, field)
        super().__init__(cause, remedy)
        self.code = code
        self.field = field
        self.calm = calm


class KeyLocked(TotpkeyError):
    """The key is locked, or stays so after a PIN or passphrase that was wrong."""


class KeyNotReady(TotpkeyError):
    """The key is in a state, other than locked, in which this makes no sense."""


class ProofFailed(TotpkeyError):
    """The key computes another code than this computer for the account it has just stored."""


class NoKey(TotpkeyError):
    """No key in setup was found."""


class SeveralKeys(TotpkeyError):
    """More than one key fits, and none was chosen."""


class NotOneAccount(TotpkeyError):
    """No account on the key has that name, or several fit it."""


class AlreadyThere(TotpkeyError):
    """The key already has an account of that issuer and label."""


class HostClockWrong(TotpkeyError):
    """This computer's own clock shows a time that cannot be."""


class Declined(TotpkeyError):
    """The person said no when asked."""


class UnfitImage(TotpkeyError):
    """A CircuitPython image that no key can be made of."""


class CannotWrite(TotpkeyError):
    """A file or a drive on this computer that takes nothing, or not all."""


class NoBoard(TotpkeyError):
    """No board, or more than one, that could be made a key."""


class UpdateFailed(TotpkeyError):
    """The key has the firmware it had before."""


class BoardUnreadable(TotpkeyError):
    """A board in its boot loader is there, and its flash cannot be read."""


class InvalidManifest(TotpkeyError):
    """A file that is no manifest of a release, or whose signature does not fit."""


class UnfitRelease(TotpkeyError):
    """Files that are not a release as it was published, or that nothing vouches for, or that are older."""


class VerifyFailed(TotpkeyError):
    """A board does not hold what the release puts there."""


def of_reader(problem: Problem) -> TotpkeyError:
    """What readers raise, in words."""
    kind: type[TotpkeyError] = Unreadable
    if problem.code in reader_words.LACKS:
        kind = LibraryMissing
    elif problem.code in reader_words.PASSWORDS:
        kind = WrongFilePassword
    return kind(*reader_words.explain_file(problem.note))


@contextmanager
def in_words() -> Iterator[None]:
    """Puts what readers raise into words."""
    try:
        yield
    except Problem as problem:
        raise of_reader(problem) from None

"""Opens a session with the key that the options select, and refuses what its state forbids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from totpkey import errors
from totpkey.cli.output import redraw, say, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.conversation import OnTouch, Touch
from totpkey.link.discovery import Connection, connect
from totpkey.system import times
from totpkey_protocol import limits
from totpkey_protocol.commands import NOTICE_AGREED
from totpkey_protocol.errors import NOT_ALLOWED
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED


def refusal(state: str) -> errors.TotpkeyError | None:
    """Return the error for a key in that state, or None for an unlocked one."""
    if state == LOCKED:
        return errors.KeyLocked(
            tr("The key is locked."), tr("Run `totpkey unlock`, then this command again.")
        )
    if state == BLOCKED:
        return errors.KeyLocked(
            tr("The PIN was entered wrong {tries} times and is erased.", tries=limits.TRIES),
            tr(
                "If the key has a passphrase, `totpkey unlock` opens it. Otherwise nothing does: erase"
                " the key with `totpkey wipe`, then restore a backup, or set the accounts up again at"
                " the sites."
            ),
        )
    if state == BLANK:
        return errors.KeyNotReady(
            tr("The key is not set up yet."),
            tr("Run `totpkey init`, which asks whether you want a lock, or `totpkey add`."),
        )
    return None


def require_ready(state: str) -> None:
    """Raise KeyLocked. A blank key is initialised by its first account, or its card."""
    if state != BLANK:
        require_open(state)


def require_open(state: str) -> None:
    """Raise KeyLocked or KeyNotReady for any state but open, before the user has to enter anything."""
    problem = refusal(state)
    if problem:
        raise problem


@dataclass(frozen=True)
class Selection:
    """The selected key: a serial port, the beginning of an id, or neither."""

    port: str = ""
    key: str = ""

    @classmethod
    def of(cls, text: str) -> Selection:
        """Select by a port (`/dev/ttyACM0`, `COM3`) or by the beginning of an id, which is hexadecimal."""
        is_port = "/" in text or text.upper().startswith("COM")
        return cls(port=text) if is_port else cls(key=text)


#: How a gesture of so many counts is said. Each has at most twelve words, in each language.
_GESTURES = (
    _("{which}: press once."),
    _("{which}: press {one} times, wait for the blue light, press {two} times."),
    _("{which}: press {one} times, blue light, {two} times, blue light, {three} times."),
)
#: The same on a locked key, where presses alone are digits of its PIN.
_AFTER_A_HOLD = (
    _("{which}: hold 1 s, blue light, press once."),
    _("{which}: hold 1 s, blue light, press {one} times, blue light, {two} times."),
    _("{which}: hold, blue light, {one} times, blue, {two} times, blue, {three} times."),
)
_DONE, _TO_DO = "●", "○"


def asking(which: str) -> OnTouch:
    """Return a function that says what a key waits for, and draws how far it has come.

    `which` names the key, so that people touch the right one of two.
    """

    before = ""

    def ask(touch: Touch) -> None:
        nonlocal before
        if touch.begins:
            say(touch.why)
            say(said(touch, tr(which)))
        now = progress(touch)
        redraw(f"{drawn(touch)}   {now}", ends=touch.notice == NOTICE_AGREED, rings=now not in ("", before))
        before = now

    return ask


def said(touch: Touch, which: str) -> str:
    """Return the gesture in words."""
    forms = _AFTER_A_HOLD if touch.hold else _GESTURES
    counts = dict(zip(("one", "two", "three"), touch.gesture, strict=False))
    return tr(forms[max(min(len(touch.gesture), 3), 1) - 1], which=which, **counts)


def drawn(touch: Touch) -> str:
    """Return the gesture as a drawing: a dot for each press, full once it was made."""
    groups = []
    for place, count in enumerate(touch.gesture):
        made = int(count) if place < len(touch.counted) or touch.notice == NOTICE_AGREED else 0
        if place == len(touch.counted):
            made = made or min(touch.presses, int(count))
        groups.append(_DONE * made + _TO_DO * (int(count) - made))
    return ("━━━   " if touch.hold else "") + "   ".join(groups)


def progress(touch: Touch) -> str:
    """Return how far a gesture has come, in words: what the page says with each press."""
    place, left = len(touch.counted), touch.gesture[len(touch.counted) :]
    if touch.notice == NOTICE_AGREED or not left or not (place or touch.presses):
        return ""
    values = {"made": touch.presses, "count": left[0], "next": left[1:2]}
    if not touch.presses:
        return tr("blue light: now {count} times", **values)
    if str(touch.presses) != left[0]:
        return tr("{made} of {count}", **values)
    if not left[1:]:
        return tr("{made} of {count}: wait for the green light", **values)
    return tr("{made} of {count}: wait for the blue light, then {next} times", **values)


#: For a single key.
ask_for_touch = asking(_("The key"))


def tell_of_stranger() -> None:
    """Say that another program speaks on the port. It can end requests, and nothing else."""
    warn(
        tr("Another program speaks on the key's port; close it. It can end what you ask for, but not use it.")
    )


def let_calm(seconds: int) -> None:
    """Say that a gesture failed, and count down until the key takes another."""
    say(
        tr(
            "Not agreed: the button was pressed in another way, or too early. Nothing was done. Leave the"
            " button alone: the key asks again in {seconds} s.",
            seconds=seconds,
        )
    )
    for left in range(seconds, 0, -1):
        redraw(tr("{seconds} s", seconds=left), ends=left == 1)
        times.wait(1)


def opened(selection: Selection, ask: OnTouch = ask_for_touch, any_version: bool = False) -> Connection:
    """Connect to the chosen key, and tell in the terminal what it waits for."""
    return connect(
        selection.port,
        selection.key,
        ask,
        any_version=any_version,
        on_stranger=tell_of_stranger,
        on_calm=let_calm,
    )


@contextmanager
def connected(selection: Selection, ask: OnTouch = ask_for_touch) -> Iterator[Connection]:
    """Connect to the chosen key until the block ends. If its state makes it refuse, raise that error."""
    connection = opened(selection, ask)
    with connection.client:
        try:
            yield connection
        except errors.KeyRefused as refused:
            if refused.code != NOT_ALLOWED:
                raise
            raise refusal(connection.client.hello().state) or refused from None


@contextmanager
def both(selection: Selection, other: str) -> Iterator[tuple[Connection, Connection]]:
    """Connect to the chosen key and to the second one that `other` selects until the block ends.

    With only two keys, naming the second is enough. Raise SeveralKeys if both are the same.
    """
    second = Selection.of(other)
    same = errors.SeveralKeys(
        tr("That is the same key twice."), tr("Say which is the first: `totpkey --key ID COMMAND …`.")
    )
    if selection.port and selection.port == second.port:
        raise same
    # Open the second first, so that the search for the other skips its port.
    with (
        connected(second, asking(_("The second key"))) as two,
        connected(selection, asking(_("The first key"))) as one,
    ):
        if one.hello.key == two.hello.key:
            raise same
        yield one, two

"""Opens a session with the key that the command line's options select."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from totpkey import errors
from totpkey.cli.keys import light_pictures
from totpkey.cli.keys.states import refusal
from totpkey.cli.output import say
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.conversation import OnPress
from totpkey.link.discovery import Connection, connect
from totpkey_protocol.errors import NOT_ALLOWED
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE


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


#: What a key's light shows while a request of that class waits (docs/light.md).
LIGHTS = {
    USE: _("white, quick and even"),
    CHANGE: _("blue-green, two short flashes and a pause"),
    ACCESS: _("amber, a long flash, a short one and a pause"),
    EVERYTHING: _("red, long flashes: all secrets can leave the key, or all on it can be replaced or lost"),
}


def asking(which: str) -> OnPress:
    """Return a function that says what a key waits for and how its light must blink.

    A touch agrees to whichever program asked last, so people must compare the light. `which` names the key,
    so that they touch the right one of two.
    """

    def ask(seconds: int, hold: int, consent: str) -> None:
        if hold:
            say(
                tr(
                    "Hold {which} for {hold} s, within {seconds} s.",
                    which=tr(which),
                    hold=hold,
                    seconds=seconds,
                )
            )
        else:
            say(tr("Press {which} within {seconds} s.", which=tr(which), seconds=seconds))
        if consent in LIGHTS:
            say(
                tr(
                    "Its light must blink like this: {light}. If it looks different, unplug the key:"
                    " another program is asking.",
                    light=tr(LIGHTS[consent]),
                )
            )
            light_pictures.draw(consent)
        if hold:
            say(tr("Let go when the light is steady green."))

    return ask


#: For a single key.
ask_for_touch = asking(_("the key's button"))


@contextmanager
def connected(selection: Selection, ask: OnPress = ask_for_touch) -> Iterator[Connection]:
    """Connect to the chosen key until the block ends. If its state makes it refuse, raise that error."""
    connection = connect(selection.port, selection.key, ask)
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
        connected(second, asking(_("the button of the second key"))) as two,
        connected(selection, asking(_("the button of the first key"))) as one,
    ):
        if one.hello.key == two.hello.key:
            raise same
        yield one, two

"""A person who reads what the owner's program shows, and makes the gesture of its request."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.led import is_plain
from tests.support.records import message
from totpkey_protocol import limits
from totpkey_protocol.commands import NOTICE_TOUCH
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.traffic import Channel, Stream, watch_traffic

#: The colours in docs/guide/light.md on a NeoPixel, by class of consent. No other pattern uses them.
COLOURS = {(50, 50, 50): USE, (0, 45, 35): CHANGE, (60, 22, 0): ACCESS, (70, 0, 0): EVERYTHING}
#: How long the light is lit, dark and lit again there, in ms: the beginnings of the rhythms on one plain LED.
RHYTHMS = {
    USE: (120, 120, 120),
    CHANGE: (120, 180, 120),
    ACCESS: (800, 250, 150),
    EVERYTHING: (1200, 400, 1200),
}
#: How exactly a length is seen, in ms.
_LOOK = 10
#: Between two long flashes a key may write, so the dark phase there may be so much longer, in ms.
_WRITES = 150
#: How long a person presses, waits between two presses, and holds on a locked key, in s.
PRESS, BETWEEN, HOLD = 0.08, 0.12, 0.8
#: How long a person waits for the light to answer a count, in s. It does after 1.2.
ANSWER = 1.3
#: The longest dark phase of a blinking light, in s.
_DARK = 1.0

#: Lets so many seconds of a key's time pass.
Run = Callable[[float], object]


class _Notices:
    """What keys have told last about the gesture that they wait for."""

    def __init__(self) -> None:
        self._lines: dict[int, bytes] = {}
        self.last: dict[str, object] = {}

    def hear(self, stream: Stream, data: bytes) -> None:
        if stream.channel != Channel.FROM_KEY:
            return
        *lines, rest = (self._lines.get(stream.number, b"") + data).split(b"\n")
        self._lines[stream.number] = rest
        for line in lines:
            if b'"notice":"touch"' in line:
                self.last = message(line)


_notices = _Notices()
_watching = watch_traffic(_notices.hear)
_watching.__enter__()


def asked(key: VirtualKey) -> str:
    """Return the class of consent that the key is waiting for, or "" while the light is off."""
    return COLOURS.get(key.light, "")


def await_request(key: VirtualKey, consent: str, limit: float) -> bool:
    """Watch the light for at most `limit` seconds, until it shows such a request. Return whether it did."""
    if not is_plain(key):
        return key.run_until(lambda: asked(key) == consent, limit)
    seen: list[int] = []
    lit, lasted = any(key.light), 0
    for _ in range(round(1000 * limit / _LOOK)):
        key.run(_LOOK / 1000)
        lasted += _LOOK
        if any(key.light) != lit:
            seen.append(lasted)
            if lit and _is_rhythm(seen[-3:], consent):
                return True
            lit, lasted = not lit, 0
    return False


def _is_rhythm(seen: list[int], consent: str) -> bool:
    told = RHYTHMS[consent]
    longer = 0, _WRITES if consent == EVERYTHING else 0, 0
    return len(seen) == len(told) and all(
        -3 * _LOOK <= a - b <= 3 * _LOOK + more for a, b, more in zip(seen, told, longer, strict=True)
    )


def announced(key: VirtualKey) -> None:
    """Wait until a touch counts."""
    key.run(limits.ANNOUNCED + 0.05)


def told() -> tuple[str, bool]:
    """Return the gesture that a key has told last, and whether a hold comes first."""
    assert _notices.last.get("notice") == NOTICE_TOUCH, "no key has asked for a gesture"
    return str(_notices.last["gesture"]), bool(_notices.last["hold"])


def press(key: VirtualKey, seconds: float = PRESS, run: Run | None = None) -> None:
    """Press the button once, and wait as a person does before the next press."""
    run = run or key.run
    key.set_button(True)
    run(seconds)
    key.set_button(False)
    run(BETWEEN)


def make(key: VirtualKey, gesture: str, hold: bool = False, run: Run | None = None) -> None:
    """Press as often as each count says, and wait for the light in between. `run` lets time pass."""
    run = run or key.run
    if hold:
        press(key, HOLD, run)
    for count in gesture:
        for _ in range(int(count)):
            press(key, run=run)
        run(ANSWER - BETWEEN)


def agree(key: VirtualKey, run: Run | None = None) -> None:
    """Make the gesture that the owner's program shows."""
    assert key.run_until(lambda: asked(key) != "", _DARK), "nothing waits for a touch"
    (run or key.run)(limits.ANNOUNCED + 0.05)
    make(key, *told(), run)
    key.run(BETWEEN)

"""The gestures that a key has asked for: none may serve two requests (docs/concepts/consent.md)."""

from __future__ import annotations

import itertools

from tests.life.expected import require
from totpkey_protocol.words import EVERYTHING, USE

#: For how long no gesture comes twice, if it was made and if it may not have been; and how many counts each
#: class but USE asks for, two to four presses each.
_LASTS, _LASTS_UNMADE = 30.0, 120.0
_PRESSES = "234"
_COUNTS = {EVERYTHING: 3}


class Gestures:
    """Those since the key has started, with the time of each."""

    def __init__(self) -> None:
        self._asked: list[tuple[str, float]] = []

    def forget(self) -> None:
        """The key has restarted."""
        self._asked.clear()

    def note(self, gesture: str, consent: str, now: float) -> None:
        """The key asks for this gesture, for a request of that class."""
        if consent == USE:
            require(gesture == "1", "Meant", f"a code is agreed to by {gesture}")
            return
        counts = _COUNTS.get(consent, 2)
        require(len(gesture) == counts, "Meant", f"{consent} is agreed to by {len(gesture)} counts")
        alike = [each for each, at in self._asked if now - at < _LASTS and _alike(each, gesture)]
        require(not alike, "Meant", f"the gesture {gesture} may be {', '.join(alike)}, which came before")
        self._asked.append((gesture, now))

    def are_spent(self, now: float) -> bool:
        """Whether the key may have none left for a request of some class, and so be busy."""
        told = [each for each, at in self._asked if now - at < _LASTS_UNMADE]
        return any(
            all(
                any(_alike(each, "".join(one)) for each in told)
                for one in itertools.product(_PRESSES, repeat=n)
            )
            for n in {2, *_COUNTS.values()}
        )


def _alike(one: str, other: str) -> bool:
    return one in other or other in one

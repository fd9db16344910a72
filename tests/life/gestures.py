"""The gestures that a key has asked for: none may serve two requests (docs/concepts/consent.md)."""

from __future__ import annotations

from tests.life.failure import require
from totpkey_protocol.words import EVERYTHING, USE

#: For how long no gesture comes twice, and how many presses each class asks for: USE a single one, the others
#: that many counts.
_LASTS = 30.0
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
        self._asked = [(each, at) for each, at in self._asked if now - at < _LASTS]
        alike = [each for each, _ in self._asked if each in gesture or gesture in each]
        require(not alike, "Meant", f"the gesture {gesture} may be {', '.join(alike)}, which came before")
        self._asked.append((gesture, now))

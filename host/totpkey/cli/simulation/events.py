"""A virtual key's behaviour as events: its face, its light, and what it types."""

from __future__ import annotations

from collections.abc import Iterator

from totpkey.cli.simulation.live_key import LiveKey

#: One event: its name under "event", and its values.
Event = dict[str, object]


class Watcher:
    """Compares a key with its last reported state."""

    def __init__(self, live: LiveKey) -> None:
        self._live = live
        self._face = ""
        self._light: tuple[int, int, int] | None = None

    def events(self) -> Iterator[Event]:
        """Return what has changed since the last call."""
        if self._live.face != self._face:
            self._face = self._live.face
            yield {"event": "face", "face": self._face}
        light = self._live.light
        if light != self._light:
            self._light = light
            yield {"event": "light", "rgb": list(light)}
        if text := self._live.typed():
            yield {"event": "typed", "text": text}


def in_words(event: Event) -> str:
    """Return an event as one line, for people and simple scripts."""
    return " ".join(str(value) for value in event.values())

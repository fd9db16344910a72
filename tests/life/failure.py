"""What a life that breaks an invariant raises."""

from __future__ import annotations

#: The invariants by the names that docs/concepts/life.md gives them.
INVARIANTS = (
    *("Right", "Named", "Alive", "Once", "Nothing else", "Whole", "Tidy"),
    *("Kept", "Gone", "Durable", "Agreed", "Meant", "Eight additions"),
    *("Closed", "Eight tries", "Opens", "Secret", "Sealed"),
    *("On time", "Silent without time", "Sound", "A way back", "Updated", "Lent", "Told"),
)


class Broken(Exception):
    """An invariant does not hold: its name, and what was seen instead."""

    def __init__(self, rule: str, seen: str) -> None:
        assert rule in INVARIANTS
        super().__init__(rule, seen)
        self.rule, self.seen = rule, seen

    def __str__(self) -> str:
        return f"{self.rule}: {self.seen}"


def require(condition: bool, rule: str, seen: str) -> None:
    if not condition:
        raise Broken(rule, seen)

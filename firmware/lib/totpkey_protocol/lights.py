"""The accounts' lights by their names. The key does not load this: its colours are in panel/light.py.

The account at place 0 has the first colour and one blink, that at place 1 the second and two, and so on;
after the last comes the first again. A test holds the names and the key's colours together.
"""

COLOURS = ("amber", "blue", "violet", "teal", "yellow", "pink", "lime", "white")


def of_place(place: int) -> "tuple[str, int]":
    """The colour of the account at that place, from 0, and how often it blinks."""
    place %= len(COLOURS)
    return COLOURS[place], place + 1

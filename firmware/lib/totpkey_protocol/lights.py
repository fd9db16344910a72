"""The accounts' lights. The key does not load this: its flashes and colours are in panel/light.py.

The light shows an account's number in `list`, digit by digit: a long flash is five, a short one is one, so
six is long and short. A zero is two long ones, ten, as when a PIN is entered. The colour is a second sign for
people who can use it. A test compares this with the key's own light.
"""

#: In this order, and then from the first again. No two neighbours look alike to people with protanopia or
#: deuteranopia, or on three LEDs that are on or off.
COLOURS = ("amber", "violet", "teal", "blue", "lime", "pink", "yellow", "white")
LONG, SHORT = "-", "."
#: The flashes of each digit.
DIGITS = ("--", ".", "..", "...", "....", "-", "-.", "-..", "-...", "-....")


def of_place(place: int) -> "tuple[str, tuple[str, ...]]":
    """The colour of the account at that place, from 0, and the flashes for each digit of its number."""
    return COLOURS[place % len(COLOURS)], tuple([DIGITS[int(digit)] for digit in str(place + 1)])

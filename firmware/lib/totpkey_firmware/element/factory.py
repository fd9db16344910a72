"""The pairing keys that TROPIC01 comes with, in slot 0: their private halves are published by its maker.

They serve for a session that only the element's own key makes trusted (docs/concepts/element.md).
"""

from binascii import unhexlify

#: Private and public: of the chips that are sold, then of engineering samples.
PAIRINGS = (
    (
        unhexlify("283f5a0ffc41cf5098a8e17db6372c3caad1eeeedf0f75bc3fbfcd9cab3de972"),
        unhexlify("f975eb3c2fd790c96f294f1557a5031780c9aafa140da28f55e7515737b2502c"),
    ),
    (
        unhexlify("d09992b1f17abc4db9371768a27da05b18fab85613a7842ca64c7910f22e716b"),
        unhexlify("e7f735ba19a33fd67323ab37262de53608ca578576534352e18f64e613d38d54"),
    ),
)

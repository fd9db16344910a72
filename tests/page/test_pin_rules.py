"""A PIN's problems say what a PIN is."""

from __future__ import annotations

from tests.page.scripts import run
from totpkey_protocol import limits

_TRIED = """
    const problem = (check, pin) => {
      try {
        check(pin);
        return "";
      } catch ({ name, values }) {
        return [name, values];
      }
    };
    return given.map((pin) => [problem(checkPin, pin), problem(checkNewPin, pin)]);
"""


def test_what_is_no_pin_and_what_is_a_weak_one() -> None:
    least, most = limits.PIN_LEAST, limits.PIN_MOST
    bounds = ["pin", {"least": least, "most": most}]
    good = "3142853192857"
    none = ["", good[: least - 1], good[: most + 1], "31a2", "a3142", "3142 ", "3142\n", "-314", "٣١٤٢"]
    assert run(("rules/pin",), _TRIED, none) == [[bounds, bounds]] * len(none)
    assert run(("rules/pin",), _TRIED, [good[:least], good[:most]]) == [["", ""]] * 2
    weak = ["1111", "2345", "8901", "5432", "1098", "1212", "19841984", "2580", "147369"]
    assert run(("rules/pin",), _TRIED, weak) == [["", ["pin_weak", {}]]] * len(weak)
    assert run(("rules/pin",), _TRIED, ["1357", "1112", "1123"]) == [["", ""]] * 3

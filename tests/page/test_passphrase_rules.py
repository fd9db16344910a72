"""New passphrases, and what may be asked of Argon2id, within the command's bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.locks.passphrases import EASY, GOOD
from tests.page.scripts import each, run
from totpkey.locks import passphrase
from totpkey_protocol import limits

USUAL = {"memory": passphrase.MEMORY, "passes": passphrase.PASSES, "lanes": 4, "salt": limits.SALT}


def within(*each: dict[str, Any]) -> Any:
    body = "return given.map(({ salt, ...rest }) => withinBounds({ ...rest, salt: new Uint8Array(salt) }));"
    return run(("rules/locks",), body, [USUAL | changes for changes in each])


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("memory", passphrase.MEMORY, passphrase.MOST_MEMORY),
        ("passes", passphrase.PASSES, passphrase.MOST_PASSES),
        ("lanes", 1, passphrase.MOST_LANES),
        ("salt", limits.SALT, limits.SALT),
    ],
)
def test_neither_too_cheap_nor_too_expensive(name: str, least: int, most: int) -> None:
    assert within({name: least}, {name: most}) == [True, True]
    assert within({name: least - 1}, {name: most + 1}) == [False, False]


@pytest.mark.parametrize("name", ["memory", "passes", "lanes"])
def test_only_whole_numbers(name: str) -> None:
    assert within({name: USUAL[name] + 0.5}, {name: str(USUAL[name])}, {name: None}) == [False] * 3


def test_new_parameters_are_the_command_s_with_a_salt_of_their_own() -> None:
    body = """
        return [newParameters(), newParameters()].map(({ salt, ...rest }) => [toHex(salt), rest]);
    """
    (one, cost), (other, again) = run(("rules/locks", "rules/bytes"), body, None)
    theirs = passphrase.Parameters(b"")
    assert cost == again == {"memory": theirs.memory, "passes": theirs.passes, "lanes": theirs.lanes}
    assert len(one) == len(other) == 2 * limits.SALT
    assert one != other


def test_a_short_passphrase_says_how_long_it_must_be() -> None:
    """As the key counts: after NFC, in characters."""
    short = ["passphrase_short", {"least": passphrase.SHORTEST}]
    letters = "qV7#kW2!xZ9?"[: passphrase.SHORTEST - 1]
    texts = ["", letters, letters[:-1] + "e\u0301", letters[:-1] + "😀", letters + "ü"]
    assert each(("rules/locks",), "checkNewPassphrase", texts) == [short] * 4 + [None]


def test_a_cheap_derivation_is_refused() -> None:
    cheap = "(salt) => derive('x', { salt: fromHex(salt), memory: 8, passes: 1, lanes: 1 })"
    found = each(("rules/locks", "rules/bytes"), cheap, ["00" * limits.SALT])
    assert found == [["false_key", {}]]


def test_passphrases_are_judged_as_the_command_judges_them() -> None:
    found = each(("rules/locks",), "checkNewPassphrase", EASY + GOOD)
    assert found == [["passphrase_weak", {}]] * len(EASY) + [None] * len(GOOD)


def test_a_passphrase_that_cannot_be_stretched_says_so_and_its_bytes_are_overwritten() -> None:
    """Here because whoever is told of the progress fails; in a browser, because there is no memory for it."""
    body = """
        const seen = [];
        const { encode } = TextEncoder.prototype;
        TextEncoder.prototype.encode = function (text) {
          const bytes = encode.call(this, text);
          if (text === given) seen.push([bytes, bytes.slice()]);
          return bytes;
        };
        const fails = () => { throw new RangeError("Array buffer allocation failed"); };
        return derive(given, newParameters(), fails).then(
          () => "",
          ({ name }) => [name, ...seen.map(([now, before]) => [toHex(now), toHex(before)])],
        ).finally(() => { TextEncoder.prototype.encode = encode; });
    """
    secret = "vier Wörter"
    read = secret.encode().hex()
    found = run(("rules/locks", "rules/bytes"), body, secret)
    assert found == ["derivation", ["0" * len(read), read]]

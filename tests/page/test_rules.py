"""What the page computes without a key, as the command does.

Key URIs, codes, plans, PINs, random words, and passphrases with what may be asked of Argon2id.
"""

# The JavaScript in here is as wide as the page's.
# ruff: noqa: E501

from __future__ import annotations

import random
from dataclasses import asdict
from functools import cache
from itertools import product
from typing import Any

import pytest

import page_definition
from tests.data import MEANS, PLANS, REFUSED, account_of
from tests.locks.passphrases import EASY, GOOD
from tests.page.scripts import each, run
from tests.support.desk import code_at
from totpkey.accounts.account import Account
from totpkey.locks import passphrase, words
from totpkey.locks.words import SYLLABLES
from totpkey_protocol import limits

_READ = """
    const told = ({ values = {} }, path) => String(say(path, values));
    return given.map(({ text, name = "" }) => {
      try {
        const { account, warnings } = readAccount(text, name);
        const secret = toHex(account.secret);
        return { account: { ...account, secret }, warnings: warnings.map((one) => told(one, "warnings." + one.name)) };
      } catch (problem) {
        return { cause: told(problem, "problems." + problem.name + ".cause") + told(problem, "problems." + problem.name + ".remedy") };
      }
    });
"""


@cache
def readings() -> dict[str, Any]:
    """What the page makes of all rows of the table, in one go."""
    rows = MEANS | REFUSED
    return dict(
        zip(rows, run(("rules/key_uri", "rules/bytes", "ui/words"), _READ, list(rows.values())), strict=True)
    )


@pytest.mark.parametrize("name", MEANS)
def test_what_a_uri_means(name: str) -> None:
    row, found = MEANS[name], readings()[name]
    assert "account" in found, found
    account = found["account"]
    del account["recipe"]
    assert account == account_of(row)
    warnings = [row["warning"]] if "warning" in row else []
    assert len(found["warnings"]) == len(warnings)
    assert all(part in told for part, told in zip(warnings, found["warnings"], strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(name: str) -> None:
    found = readings()[name]
    # The page calls a secret what the sites call it.
    cause = REFUSED[name]["cause"].replace("the secret", "the setup key")
    assert cause in found.get("cause", found)
    assert "JBSWY3DPEHPK3PX" not in found["cause"]


_CODES = """
    const all = given.map(({ secret, moment, ...account }) => codeOf({ ...account, secret: fromHex(secret) }, moment));
    return Promise.all(all);
"""


def test_random_codes_are_another_library_s() -> None:
    chance = random.Random(6238)
    drawn = [
        (
            Account(
                *("", "me", chance.randbytes(chance.randint(14, 128))),
                algorithm=chance.choice(("SHA1", "SHA256", "SHA512")),
                digits=chance.randint(6, 8),
                period=chance.randint(10, 300),
                type=chance.choice(("totp", "steam", "hotp")),
                counter=chance.randrange(2**32),
            ),
            chance.randrange(2**33),
        )
        for _ in range(300)
    ]
    given = [asdict(one) | {"secret": one.secret.hex(), "moment": moment} for one, moment in drawn]
    expected = [code_at(*one) for one in drawn]
    assert run(("rules/crypto", "rules/bytes"), _CODES, given) == expected


def test_pins_are_judged_as_the_command_judges_them() -> None:
    longer = "7890123 321098765432 121212 31428 111112 999999 19841984 147258369 96385 12121 000000000000"
    given = [f"{number:04}" for number in range(10_000)] + longer.split()
    weak, none = ["pin_weak", {}], ["pin", {"least": limits.PIN_LEAST, "most": limits.PIN_MOST}]
    refused = [weak if passphrase.is_early_guess(text) else None for text in given]
    assert (refused[0], refused[1234], refused[3142]) == (weak, weak, None)
    assert each(("rules/locks",), "checkNewPin", given) == refused
    odd = ["", "314", "3142853192857", "31a2", "a3142", "3142 ", "3142\n", "-314", "٣١٤٢"]
    assert each(("rules/locks",), "checkNewPin", odd) == [none] * len(odd)


@pytest.mark.parametrize(("language", "pieces", "count"), [("en", words.english(), 1), ("zh", SYLLABLES, 2)])
def test_random_words_are_of_the_command_s_lists(language: str, pieces: list[str], count: int) -> None:
    body = "return Array.from({ length: 200 }, () => randomPhrase(given));"
    phrases = run(("rules/locks",), body, language)
    assert len(set(phrases)) == len(phrases)
    made = {"".join(pair) for pair in product(pieces, repeat=count)}
    assert all(len(phrase.split(" ")) == words.COUNT and set(phrase.split(" ")) <= made for phrase in phrases)


_PLANS = """
    const entry = ({ name, digits = 6 }) => {
      const [issuer, label] = name.includes(":") ? name.split(":") : ["", name];
      return { issuer, label, type: "totp", algorithm: "SHA1", digits, period: 30 };
    };
    const full = (row) => {
      const { issuer, label, ...settings } = entry(row);
      return makeAccount(issuer, label, toBytes(row.secret ?? "a"), settings);
    };
    const toBytes = (text) => new TextEncoder().encode(text);
    return given.map((row) =>
      planFor(row.export.map(full), row.key.map(entry)).map(({ account, omitted }) => omitted || "add " + nameOf(account)),
    );
"""


def test_what_becomes_of_each_account_of_an_import() -> None:
    found = run(("rules/plan", "rules/account"), _PLANS, list(PLANS.values()))
    # Which of the key's it is taken for, the page does not tell.
    expected = [
        [does.split(" ")[0] if "known" in does else does for does in row["does"]] for row in PLANS.values()
    ]
    assert [sorted(does) for does in found] == [sorted(does) for does in expected]


def test_one_thing_and_several_are_said_as_people_say_them() -> None:
    script = "return given.map((tries) => String(say('unlock.tries', { tries })));"
    one, two = run(("ui/words",), script, [1, 2])
    assert one.startswith("1 try left.")
    assert two.startswith("2 tries left.")


def test_both_catalogues_have_all_texts_and_places() -> None:
    catalogues = page_definition.catalogues()
    assert set(catalogues) == {"en", "zh"}
    assert all(text.strip() for texts in catalogues.values() for text in texts.values())


def test_a_refusal_names_error_and_field() -> None:
    body = """
        return [new Refused("busy"), new Refused("range", "label")]
          .map(({ name, values, code, field }) => [name, values, code, field]);
    """
    assert run(("rules/problem",), body, None) == [
        ["errors.busy", {"field": "request"}, "busy", ""],
        ["errors.range", {"field": "label"}, "range", "label"],
    ]


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

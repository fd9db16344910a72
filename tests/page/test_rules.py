"""What the page computes without a key, as the command does.

Key URIs, codes, plans, PINs, random words, and passphrases with what may be asked of Argon2id.
Bytes and texts: base64, base32 of setup keys (RFC 4648), UTF-8, comparison, random numbers.
Names and numbers of accounts are checked against what a key can store. Setup keys and links are found in what
people paste; tests/data has more cases. Accounts are grouped by site, and a search finds them. Of an import,
or of a copy from key to key, it is told what becomes of each, and why.
"""

# The JavaScript in here is as wide as the page's.
# ruff: noqa: E501

from __future__ import annotations

import base64
import random
from dataclasses import asdict
from functools import cache
from itertools import product
from typing import Any

import pytest

import page_definition
from tests.data import EASY, GOOD, MEANS, NOT_SECRET, PASTED, PLANS, REFUSED, SECRET, SECRETS, account_of
from tests.page.scripts import each, run
from tests.support.desk import code_at
from totpkey.accounts.account import Account
from totpkey.locks import passphrase, words
from totpkey.locks.words import SYLLABLES
from totpkey_protocol import limits
from totpkey_protocol.words import UNREADABLE
from totpkey_readers.records.pasted import setup_key_in
from totpkey_readers.records.problem import Problem

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
    body = """
        const codes = ({ secret, moment, ...rest }) => codeOf({ ...rest, secret: fromHex(secret) }, moment);
        return Promise.all(given.map(codes));
    """
    given = [asdict(one) | {"secret": one.secret.hex(), "moment": moment} for one, moment in drawn]
    assert run(("rules/crypto", "rules/bytes"), body, given) == [code_at(*one) for one in drawn]


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
def test_neither_too_cheap_nor_too_expensive_and_whole_numbers(name: str, least: int, most: int) -> None:
    assert within({name: least}, {name: most}) == [True, True]
    assert within({name: least - 1}, {name: most + 1}) == [False, False]
    if name != "salt":
        assert within({name: USUAL[name] + 0.5}, {name: str(USUAL[name])}, {name: None}) == [False] * 3


def test_new_parameters_are_the_command_s_with_a_salt_of_their_own() -> None:
    body = "return [newParameters(), newParameters()].map(({ salt, ...rest }) => [toHex(salt), rest]);"
    (one, cost), (other, again) = run(("rules/locks", "rules/bytes"), body, None)
    theirs = passphrase.Parameters(b"")
    assert cost == again == {"memory": theirs.memory, "passes": theirs.passes, "lanes": theirs.lanes}
    assert len(one) == len(other) == 2 * limits.SALT
    assert one != other


def test_passphrases_are_judged_as_the_command_judges_them() -> None:
    """The key counts after NFC, in characters."""
    short = ["passphrase_short", {"least": passphrase.SHORTEST}]
    letters = "qV7#kW2!xZ9?"[: passphrase.SHORTEST - 1]
    texts = ["", letters, letters[:-1] + "e\u0301", letters[:-1] + "😀", letters + "ü"]
    assert each(("rules/locks",), "checkNewPassphrase", texts) == [short] * 4 + [None]
    found = each(("rules/locks",), "checkNewPassphrase", EASY + GOOD)
    assert found == [["passphrase_weak", {}]] * len(EASY) + [None] * len(GOOD)


def test_a_cheap_derivation_is_refused() -> None:
    cheap = "(salt) => derive('x', { salt: fromHex(salt), memory: 8, passes: 1, lanes: 1 })"
    found = each(("rules/locks", "rules/bytes"), cheap, ["00" * limits.SALT])
    assert found == [["false_key", {}]]


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


def checked(*accounts: dict[str, Any]) -> Any:
    body = """
        ({ issuer = "", label = "me", size = 20, before, ...settings }) =>
          checkedAccount(makeAccount(issuer, label, new Uint8Array(size), settings), before).warnings
    """
    return each(("rules/account",), body, accounts)


def test_names_have_as_many_characters_as_a_key_stores_and_each_can_be_seen() -> None:
    most = limits.NAME
    fitting = "😀" * most
    assert checked({"issuer": fitting, "label": fitting}, {"label": "me and 我 – é"}) == [[], []]
    odd = ["\u200bme", "me\u0007", "m\u00a0e", "m\u2028e", "m\u2029e", "m\u202ee", "m\ue000e", "m\u3000e"]
    for part in ("issuer", "label"):
        too_long = ["name_length", {"part": part, "count": most + 1, "most": most}]
        found = checked({part: fitting + "x"}, *({part: text} for text in odd))
        assert found == [too_long, *[["name_invisible", {"part": part}]] * len(odd)]
    assert checked({"label": "", "issuer": "Amazon"}) == [["no_name", {}]]


def test_a_short_secret_is_stored_with_a_warning_behind_those_before() -> None:
    before = [{"name": "two_issuers", "values": {}}]
    short = {"name": "short", "values": {"count": 9}}
    found = checked({"size": 10, "before": before}, {"size": 9, "before": before}, {"size": 9}, {"size": 0})
    none = ["secret_length", {"count": 0, "most": limits.SECRET}]
    assert found == [before, [*before, short], [short], none]


def test_algorithms_by_their_usual_spellings() -> None:
    known = {"sha1": "SHA1", " SHA-256 ": "SHA256", "HmacSHA512": "SHA512", "hmac_sha_1": "SHA1"}
    assert each(("rules/account",), "algorithmOf", list(known)) == list(known.values())
    refused = ["algorithm", {"known": "SHA1, SHA256, SHA512"}]
    others = ["", "MD5", "SHA1HMAC", "SHA224", "HMACHMACSHA1"]
    assert each(("rules/account",), "algorithmOf", others) == [refused] * len(others)


def test_names_that_an_import_brings_are_made_to_fit() -> None:
    body = "return given.map((account) => fittedAccount({ ...account, digits: 8 }));"
    most = limits.NAME
    cases = [
        (("Amazon", "me"), ("Amazon", "me")),
        ((" Ama\u200bzon\u0007 ", "\u2028 me"), ("Amazon", "me")),
        (("", "x" * (most + 6)), ("", "x" * most)),
        (("😀" * (most + 1), "x" * (most - 1) + " yz"), ("😀" * most, "x" * (most - 1))),
        (("", " " * most + "me"), ("", "me")),
        (("Amazon", "\u200b"), ("", "Amazon")),
    ]
    given = [{"issuer": issuer, "label": label} for (issuer, label), _ in cases]
    expected = [{"issuer": issuer, "label": label, "digits": 8} for _, (issuer, label) in cases]
    assert run(("rules/account",), body, given) == expected


def test_what_a_label_says_of_shop_and_sign_in() -> None:
    cases = {
        "Berlin (me@mail.example)": ["Berlin", "me@mail.example"],
        "Berlin (new) (me@mail.example)": ["Berlin (new)", "me@mail.example"],
        "me@mail.example": ["", "me@mail.example"],
        "(me@mail.example)": ["", "(me@mail.example)"],
        "Berlin": ["", "Berlin"],
        "Berlin (old)": ["", "Berlin (old)"],
        "Berlin (me@mail.example) (old)": ["", "Berlin (me@mail.example) (old)"],
    }
    body = "return given.map(shopIn).map(({ shop, signIn }) => [shop, signIn, labelOf(shop, signIn)]);"
    expected = [[*parts, label] for label, parts in cases.items()]
    assert run(("rules/account",), body, list(cases)) == expected


def test_names_with_a_secret_are_told_from_others_as_the_command_tells_them() -> None:
    found = run(("rules/key_uri",), "return given.map(looksSecret);", [*SECRETS, *NOT_SECRET])
    assert found == [True] * len(SECRETS) + [False] * len(NOT_SECRET)


def test_two_issuers_are_both_told() -> None:
    uri = f"otpauth://totp/Shop:me?secret={SECRET}&issuer=Amazon"
    expected = {"name": "two_issuers", "values": {"first": "Amazon", "second": "Shop"}}
    assert run(("rules/key_uri",), "return readAccount(given).warnings;", uri) == [expected]


def test_command_and_page_take_the_same_from_what_is_pasted() -> None:
    expected = [row.get("key") or [row["problem"]] for row in PASTED]
    found = each(("rules/setup_key",), "setupKeyIn", [row["text"] for row in PASTED])
    assert [key if isinstance(key, str) else key[:1] for key in found] == expected
    assert [in_command(row["text"]) for row in PASTED] == expected


def in_command(text: str) -> Any:
    try:
        return setup_key_in(text)
    except Problem as problem:
        return [problem.code]


def test_where_a_character_of_the_setup_key_is() -> None:
    cases = {
        ("JB-S W1", 1, 2, 3, 5): [[0, 1], [1, 2], [3, 4], [6, 7]],
        # A character may have two UTF-16 units, and one that is left out before it has its own.
        ("J😀 B", 1, 2, 3): [[0, 1], [1, 3], [4, 5]],
        ("\u00adJB", 1): [[1, 2]],
        # A place that is not there is anywhere in it.
        ("JB", 3): [[0, 2]],
    }
    ranges = "([text, ...places]) => places.map((place) => rangeOf(place, text))"
    assert each(("rules/setup_key",), ranges, list(cases)) == list(cases.values())


_TEXTS = {
    ("shop-01@mail.example", "shop-02@mail.example"): ["01", "02"],
    ("me", "me@mail.example"): ["me", "me@mail.example"],
    ("shop", "shop2"): ["shop", "shop2"],
    ("a b a", "a a"): ["b a", "a"],
    ("same", "same"): ["same", "same"],
    ("a x y z", "b x y z"): ["a", "b"],
    ("p s", "p! s"): [" ", "! "],
}
_LABELS = {
    ("Berlin (me@mail.example)", "you@mail.example"): ["Berlin", "you@mail.example"],
    ("Shop 1 (me@mail.example)", "Shop 2 (you@mail.example)"): ["1", "2"],
    # The shop alone does not tell them.
    ("Berlin (me@mail.example)", "Berlin (you@mail.example)"): ["me", "you"],
}


@pytest.mark.parametrize(("rule", "cases"), [("tellingParts", _TEXTS), ("tellingLabels", _LABELS)])
def test_what_tells_texts_apart_and_no_word_is_cut(
    rule: str, cases: dict[tuple[str, ...], list[str]]
) -> None:
    for texts, telling in cases.items():
        parts = run(("rules/account",), f"return {rule}(given);", texts)
        assert tuple("".join(each) for each in parts) == texts
        assert [part for _, part, _ in parts] == telling


def groups(*names: str) -> Any:
    body = "return groupsOf(given).map(({ site, members }) => [site, members.map(nameOf)]);"
    accounts = [dict(zip(("issuer", "label"), name.split(":"), strict=True)) for name in names]
    return run(("rules/account",), body, accounts)


def test_sites_with_several_accounts_come_first_and_the_others_at_last() -> None:
    assert groups() == []
    assert groups("A:1", "B:1") == [["", ["A:1", "B:1"]]]
    assert groups("A:1", "B:1", "ａ :2") == [["A", ["A:1", "ａ :2"]], ["", ["B:1"]]]
    several = [["b", ["b:1", "B:2"]], ["A", ["A:1", "a:2"]], ["", ["x", "y"]]]
    assert groups("b:1", ":x", "A:1", "a:2", "B:2", ":y") == several
    assert groups("A:1", "A:2") == [["A", ["A:1", "A:2"]]]


def test_whether_a_site_has_an_account() -> None:
    body = "return given.sites.map((site) => hasSite(given.accounts, site));"
    accounts = [{"issuer": "Amazon", "label": "a"}, {"issuer": "GitHub", "label": "b"}]
    given = {"accounts": accounts, "sites": ["ａmazon ", "github", "Google", "Ama"]}
    assert run(("rules/account",), body, given) == [True, True, False, False]


def test_a_search_finds_all_words_in_any_order() -> None:
    account = {"issuer": "Amazon", "label": "美国店 (me@mail.example)"}
    found = ["", " ", "amazon", "  MAIL \t amazon ", "ａｍａ", "美国"]
    not_found = ["amazon berlin", "amazonme"]
    body = "return given.texts.map((text) => isFound(given.account, text));"
    given = {"account": account, "texts": found + not_found}
    assert run(("rules/account",), body, given) == [True] * len(found) + [False] * len(not_found)


USUAL_ACCOUNT = {"issuer": "", "label": "me", "type": "totp", "algorithm": "SHA1", "digits": 6, "period": 30}
OTHERS = {"type": "hotp", "algorithm": "SHA256", "digits": 8, "period": 60}


def full_account(**settings: Any) -> dict[str, Any]:
    return USUAL_ACCOUNT | {"secret": [1, 2, 3], "counter": 0, "recipe": ""} | settings


def planned(accounts: list[dict[str, Any]], *stored: dict[str, Any]) -> Any:
    body = """
        return planFor(given.accounts, given.stored)
          .map(({ account, renamed, omitted }) => [account.label, renamed ?? null, omitted]);
    """
    given = {"accounts": accounts, "stored": [USUAL_ACCOUNT | entry for entry in stored]}
    return run(("rules/plan",), body, given)


def test_a_new_account_is_added_and_the_same_one_once() -> None:
    assert planned([full_account(), full_account()]) == [["me", "", ""], ["me", None, "twice"]]
    assert planned([full_account(issuer="A"), full_account(issuer="B")]) == [["me", "", ""]] * 2
    assert planned([full_account(label="a"), full_account(label="b")]) == [["a", "", ""], ["b", "", ""]]


@pytest.mark.parametrize(
    ("name", "value"),
    [*OTHERS.items(), ("secret", [1, 2, 4]), ("secret", [1, 2]), ("counter", 1), ("recipe", "x")],
)
def test_what_differs_at_all_is_added_under_another_name(name: str, value: object) -> None:
    changed = full_account(**{name: value})
    assert planned([full_account(), changed]) == [["me", "", ""], ["me (2)", "me", ""]]
    assert planned([full_account(), changed, changed])[2] == ["me", None, "twice"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_key_has_is_known_by_name_and_settings(name: str) -> None:
    assert planned([full_account()], {}) == [["me", None, "known"]]
    assert planned([full_account(secret=[9])], {}) == [["me", None, "known"]]
    assert planned([full_account(**{name: OTHERS[name]})], {}) == [["me (2)", "me", ""]]
    assert planned([full_account(issuer="A")], {}) == [["me", "", ""]]


def test_a_number_behind_a_name_is_the_next_one_and_fits() -> None:
    (found,) = planned([full_account()], {"digits": 8}, {"label": "me (2)", "digits": 8})
    assert found == ["me (3)", "me", ""]
    label = "😀" * limits.NAME
    (found,) = planned([full_account(label=label)], {"label": label, "digits": 8})
    assert found == ["😀" * (limits.NAME - 4) + " (2)", label, ""]


def copied(ours: list[dict[str, Any]], *theirs: dict[str, Any]) -> Any:
    body = "return copyPlan(...given).map(({ account, left }) => [account.label, left]);"
    return run(("rules/plan",), body, [[USUAL_ACCOUNT | entry for entry in key] for key in (ours, theirs)])


def test_the_copy_says_why_an_account_is_left_out() -> None:
    expected = [["new", ""], ["known", "known"], ["other", "other"], *[["twice", "twice"]] * 2]
    ours = [{"label": label} for label, _ in expected]
    theirs = {"label": "known"}, {"label": "other", "digits": 8}
    assert copied([*ours, {"label": UNREADABLE}], *theirs) == [*expected, [UNREADABLE, "lost"]]
    # What is lent is left, whatever else.
    assert copied([{"end": "00"}, {"end": "00"}], {}) == [["me", "lent"]] * 2
    assert copied([{"label": UNREADABLE, "end": "00"}]) == [[UNREADABLE, "lost"]]


@pytest.mark.parametrize("name", OTHERS)
def test_the_copy_tells_another_account_by_its_settings(name: str) -> None:
    assert copied([{}], {name: OTHERS[name]}) == [["me", "other"]]
    assert copied([{}, {"issuer": "A"}], {}) == [["me", "known"], ["me", ""]]


def of_bytes(body: str, given: object = None) -> Any:
    return run(("rules/bytes",), body, given)


def test_base64_is_another_library_s() -> None:
    each = [random.Random(length).randbytes(length) for length in range(70)]
    read, write = "toHex(fromBase64(text))", "toBase64(fromHex(toHex(fromBase64(text))))"
    texts = [base64.b64encode(data).decode() for data in each]
    found = of_bytes(f"return given.map((text) => [{read}, {write}]);", texts)
    assert found == [[data.hex(), text] for data, text in zip(each, texts, strict=True)]
    unpadded = [text.rstrip("=") for text in texts]
    assert of_bytes(f"return given.map((text) => {read});", unpadded) == [data.hex() for data in each]
    wrong = ["Q", "QUJDR", "QQ==QQ", "=QQ", "QU-_", "QU J", "QUJ\n", "QUé="]
    assert of_bytes("return given.map((text) => fromBase64(text));", wrong) == [None] * len(wrong)


def test_text_is_as_its_bytes_say_with_a_mark_at_its_begin() -> None:
    """Otherwise a name that begins with such a mark would change on its way through a backup."""
    texts = ["", "Amazon", "亚马逊 😀", "\ufeffAmazon"]
    body = "return given.map((digits) => fromUtf8(fromHex(digits)));"
    assert of_bytes(body, [text.encode().hex() for text in texts]) == texts
    assert of_bytes(body, ["ff", "c3", "eda080", "c0af"]) == [None] * 4


def test_bytes_are_the_same_only_to_their_end_and_nothing_is_nothing() -> None:
    pairs = [["", ""], ["0102", "0102"], ["0102", "0103"], ["0102", "010203"], ["010203", "0102"], ["", "01"]]
    body = "return given.map(([one, other]) => sameBytes(fromHex(one), fromHex(other)));"
    assert of_bytes(body, pairs) == [bool(one) and one == other for one, other in pairs]


def test_each_number_below_a_limit_is_as_likely() -> None:
    """What is left over beyond the last whole multiple of the limit is drawn again."""
    body = """
        const drawn = [...given.drawn];
        const getRandomValues = (into) => into.fill(drawn.shift());
        Object.defineProperty(globalThis, "crypto", { value: { getRandomValues }, configurable: true });
        return [randomBelow(given.limit), drawn.length];
    """
    last = 2**32 // 1000 * 1000
    for drawn, limit, expected in (
        ([7], 1000, [7, 0]),
        ([last - 1], 1000, [999, 0]),
        ([last, 2**32 - 1, 4321], 1000, [321, 0]),
        ([2**32 - 1], 256, [255, 0]),
    ):
        assert of_bytes(body, {"drawn": drawn, "limit": limit}) == expected


_MODULES = ("rules/setup_key", "rules/bytes")


def read(*texts: str, lenient: tuple[bool, ...] = ()) -> Any:
    decode = "([text, ...lenient]) => toHex(decodeBase32(text, ...lenient))"
    return each(_MODULES, decode, [[text, *lenient] for text in texts])


def base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode()


def test_secrets_of_all_lengths_there_and_back() -> None:
    secrets = [random.Random(length).randbytes(length) for length in range(1, limits.SECRET + 1)]
    assert read(*map(base32, secrets)) == [secret.hex() for secret in secrets]
    body = "return given.map((secret) => toBase32(fromHex(secret)));"
    written = run(_MODULES, body, [secret.hex() for secret in secrets])
    assert written == [base32(secret).rstrip("=") for secret in secrets]


def test_a_secret_that_is_cut_is_read_only_if_its_reader_is_lenient() -> None:
    cut = ["MZX", "MZXW6YTBO", "MZXW6Y"]
    refused = [["secret_cut", {"count": len(text)}] for text in cut]
    assert read(*cut) == read(*cut, lenient=(False,)) == refused
    assert read(*cut, lenient=(True,)) == ["66", b"fooba".hex(), b"foo".hex()]


def test_where_a_wrong_character_is_and_what_a_digit_looks_like() -> None:
    found = read("MZXW 0YTB", "1ZXW6YTB", "MZXW6YT8", "MZX€6YTB", "MZXÄ", "MZXW6YTß")
    assert found == [
        ["secret_lookalike", {"place": 5, "digit": "0", "letter": "O"}],
        ["secret_lookalike", {"place": 1, "digit": "1", "letter": "I, L"}],
        ["secret_lookalike", {"place": 8, "digit": "8", "letter": "B"}],
        ["secret_character", {"place": 4}],
        ["secret_character", {"place": 4}],
        ["secret_character", {"place": 8}],
    ]

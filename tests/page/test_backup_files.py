"""The page's backup files, the texts of their QR codes on paper, and the cipher that seals both.

Command and page open what the other wrote, and refuse what is damaged, incomplete or foreign. AES-SIV is held
against published vectors and another library. Libraries' own ciphers are not judged here. Nobody can take the
keys out of the browser.
"""

from __future__ import annotations

import base64
import json
import random
import re
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random
from typing import Any
from zlib import crc32

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.page.scripts import each, run
from tests.support.published import wycheproof
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.backups import backup_file, paper
from totpkey.locks import passphrase
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import limits, record

_MODULES = ("rules/backup", "rules/bytes")
#: With an accent apart, which is one character in form NFC.
PASSPHRASE = "gru\u0308n correct horse battery"
PARAMETERS = Parameters(bytes(range(16)))
ACCOUNTS = (
    Account("", "me", b"\x00\xff" * 5),
    Account(
        "Amazon", "商店 (me@mail.example)", bytes(range(20)), "SHA256", 8, 60, recipe="type code\nkey tab"
    ),
    Account("Bücher", "zähler", b"x" * limits.SECRET, "SHA512", 7, 300, "hotp", 2**32 - 1),
    Account("Steam", "a" * 64, b"y" * 20, digits=5, type="steam"),
)
NOTES = "  recovery codes:\n\n\t12 34\n 備份 😀"


@cache
def derived() -> bytes:
    return passphrase.derive(PASSPHRASE, PARAMETERS)


def siv(use: bytes) -> AESSIV:
    return AESSIV(HKDFExpand(SHA256(), 64, use).derive(derived()))


def packed(account: Account, end: bytes = b"") -> bytes:
    room = bytearray(record.MOST)
    fields = (account.issuer, account.label, account.secret, account.algorithm, account.digits)
    more = (account.period, account.type, account.counter, account.recipe, end)
    return bytes(room[: record.pack_into(room, 0, 7, *fields, *more)])


def sealed(*records: bytes) -> list[bytes]:
    return [siv(b"totpkey export").encrypt(each, [b"totpkey export"]) for each in records]


def backup(*records: bytes, notes: str = NOTES) -> backup_file.Backup:
    return backup_file.make("KEY-1", 1_800_000_000, derived(), PARAMETERS, sealed(*records), notes)


def text_of(made: backup_file.Backup) -> str:
    return backup_file.write(made).decode()


_WRITE = """
    const { salt, records, ...rest } = given;
    const parameters = { salt: fromHex(salt), memory: rest.memory, passes: rest.passes, lanes: rest.lanes };
    const derived = fromHex(rest.derived);
    return writeBackup({ ...rest, derived, parameters, records: records.map(fromHex) });
"""


@pytest.mark.parametrize("notes", [NOTES, "", None])
def test_what_the_page_writes_the_command_opens(notes: str | None) -> None:
    made = backup(*map(packed, ACCOUNTS), notes=notes or "")
    cost = {"memory": PARAMETERS.memory, "passes": PARAMETERS.passes, "lanes": PARAMETERS.lanes}
    given = cost | {
        "key": made.key,
        "made": made.made,
        "derived": derived().hex(),
        "salt": PARAMETERS.salt.hex(),
        "records": [each.hex() for each in made.records],
    }
    written = run(_MODULES, _WRITE, given if notes is None else given | {"notes": notes})
    # Both are deterministic, and equal to the byte.
    assert written == text_of(made)
    opened = backup_file.unseal(backup_file.read(written.encode()), PASSPHRASE)
    assert opened == backup_file.Opened(ACCOUNTS, notes or "")


_OPEN = """
    async ([text, key]) => {
      const derived = fromHex(key);
      const { accounts, notes } = await openDerived(readBackup(text), derived);
      const plain = accounts.map((account) => ({ ...account, secret: toHex(account.secret) }));
      return { accounts: plain, notes, kept: derived.some((byte) => byte) };
    }
"""


def opened_by_page(*texts: str, key: bytes | None = None) -> Any:
    """What is in each; the name of its problem, where it does not open."""
    found = each(_MODULES, _OPEN, [[text, (key or derived()).hex()] for text in texts])
    return [opened if isinstance(opened, dict) else opened[0] for opened in found]


def plain(account: Account) -> dict[str, Any]:
    names = ("issuer", "label", "algorithm", "digits", "period", "type", "counter", "recipe")
    return {name: getattr(account, name) for name in names} | {"secret": account.secret.hex()}


def test_what_the_command_writes_the_page_opens() -> None:
    found = opened_by_page(
        text_of(backup(*map(packed, ACCOUNTS))), text_of(backup(notes="")), text_of(backup(notes="\n\na\n\n"))
    )
    accounts = [plain(account) for account in ACCOUNTS]
    # The passphrase's key is not left in memory.
    assert found == [
        {"accounts": accounts, "notes": NOTES, "kept": False},
        {"accounts": [], "notes": "", "kept": False},
        {"accounts": [], "notes": "a", "kept": False},
    ]


def test_the_passphrase_s_key_is_overwritten_where_it_opens_nothing() -> None:
    body = """
        const derived = fromHex(given.key);
        const problem = await openDerived(readBackup(given.text), derived).then(() => "", ({ name }) => name);
        return [problem, toHex(derived)];
    """
    given = {"text": text_of(backup()), "key": "07" * 32}
    assert run(_MODULES, body, given) == ["backup_closed", "00" * 32]


def test_the_seal_covers_canonical_json_and_notes_that_are_no_text_are_none() -> None:
    document = json.loads(text_of(backup(packed(ACCOUNTS[0]))))
    del document["seal"]
    covered = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    seals = [siv(b"totpkey backup").encrypt(notes, [covered]) for notes in (b"a", b"\xff\xfe")]
    texts = [json.dumps(document | {"seal": base64.b64encode(seal).decode()}) for seal in seals]
    assert [found["notes"] for found in opened_by_page(*texts)] == ["a", ""]


def test_what_was_changed_or_is_under_another_passphrase_does_not_open() -> None:
    made = backup(*map(packed, ACCOUNTS[:2]))
    parameters = replace(PARAMETERS, lanes=PARAMETERS.lanes + 1)
    changed = [
        replace(made, made=made.made + 1),
        replace(made, key="KEY-2"),
        replace(made, parameters=parameters),
        replace(made, records=made.records[:1]),
        replace(made, records=made.records[::-1]),
        replace(made, records=(made.records[0][:-1] + b"?", made.records[1])),
        replace(made, seal=made.seal[:-1] + b"?"),
        replace(made, seal=b""),
    ]
    assert opened_by_page(*map(text_of, changed)) == ["backup_closed"] * len(changed)
    assert opened_by_page(text_of(made), key=bytes(32)) == ["backup_closed"]
    # A record that somebody put there with its seal made anew, but under another key.
    foreign = AESSIV(bytes(64)).encrypt(packed(ACCOUNTS[0]), [b"totpkey export"])
    put = backup_file.make("KEY-1", 0, derived(), PARAMETERS, [foreign], "")
    assert opened_by_page(text_of(put)) == ["backup_closed"]


def test_an_account_of_an_unknown_kind_says_which_version_is_needed() -> None:
    usual = packed(ACCOUNTS[0])
    label = usual.index(b"me")
    kind = len(usual) - record.TAIL_SIZE
    odd = {
        "cut": usual[:-1],
        "short": usual[:5],
        "empty": b"",
        "algorithm": usual[:4] + b"\x09" + usual[5:],
        "type": usual[:kind] + b"\x09" + usual[kind + 1 :],
        "end": packed(ACCOUNTS[0], bytes(record.STORED_END_SIZE)),
        "label": usual[:label] + b"\xff\xff" + usual[label + 2 :],
        "issuer": packed(Account("xy", "me", b"12345")).replace(b"xy", b"\xff\xff"),
        "recipe": usual + b"\xff",
    }
    texts = [text_of(backup(each)) for each in odd.values()]
    assert opened_by_page(*texts) == ["backup_version"] * len(odd)
    for text in texts:
        with pytest.raises(errors.InvalidBackup):
            backup_file.unseal(backup_file.read(text.encode()), PASSPHRASE)


def test_what_is_no_backup_or_a_damaged_one() -> None:
    usual: dict[str, Any] = json.loads(text_of(backup(packed(ACCOUNTS[0]))))
    cost = usual["argon2id"]
    texts = {
        "": "backup_none",
        "{": "backup_none",
        "null": "backup_none",
        "[]": "backup_none",
        '"totpkey backup"': "backup_none",
        json.dumps(usual | {"format": "totpkey backups"}): "backup_none",
        json.dumps({name: value for name, value in usual.items() if name != "format"}): "backup_none",
        json.dumps(usual | {"version": 2}): "backup_version",
        json.dumps(usual | {"version": "1"}): "backup_version",
    }
    damaged: list[dict[str, Any]] = [
        {"made": "now"},
        {"made": 1.5},
        {"key": 7},
        {"seal": 7},
        {"seal": "Q"},
        {"accounts": "none"},
        {"accounts": [7]},
        {"accounts": [*usual["accounts"], "?"]},
        {"argon2id": None},
        {"argon2id": cost | {"salt": 7}},
        {"argon2id": cost | {"salt": "?"}},
        {"argon2id": cost | {"salt": base64.b64encode(bytes(15)).decode()}},
        {"argon2id": cost | {"memory": passphrase.MEMORY - 1}},
    ]
    texts |= {json.dumps(usual | change): "backup_damaged" for change in damaged}
    for name in ("made", "key", "seal", "accounts", "argon2id"):
        texts[json.dumps({each: value for each, value in usual.items() if each != name})] = "backup_damaged"
    assert opened_by_page(*texts) == list(texts.values())


@pytest.mark.slow
def test_a_backup_opens_with_its_passphrase() -> None:
    body = """
        const steps = [];
        const backup = readBackup(given.text);
        const { notes } = await openBackup(backup, given.passphrase, (part) => steps.push(part));
        return [notes, steps.at(-1)];
    """
    given = {"text": text_of(backup()), "passphrase": PASSPHRASE}
    assert run(_MODULES, body, given) == [NOTES, 1]


LONG = "\n".join(f"{Random(line).getrandbits(200):x}" for line in range(120))
MANY = paper.codes((LONG * 2).encode())
(ONE,) = paper.codes(b"one")
_THERE_AND_BACK = """
    const codes = await Promise.all(given.map(({ text }) => paperCodes(text)));
    const back = await Promise.all(given.map(({ codes }) => joinPaper(codes)));
    return { codes, back };
"""


def test_its_codes_are_the_command_s_both_ways() -> None:
    zeros = next(text for text in map(str, range(10_000)) if crc32(text.encode()) < 1 << 24)
    texts = ["", "x", zeros, "備份 " * 700, LONG, LONG * 4, Random(7).randbytes(60_000).hex()]
    given = [{"text": text, "codes": paper.codes(text.encode())[::-1]} for text in texts]
    found = run(("rules/backup",), _THERE_AND_BACK, given)
    assert found["back"] == texts
    assert [paper.join(codes).decode() for codes in found["codes"]] == texts
    assert len(found["codes"][-1]) > 99
    assert found["codes"][2][0].split(":")[3] == f"{crc32(zeros.encode()):08X}"


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([], "paper_none"),
        (["https://example.com", "TPKB1:1:2"], "paper_none"),
        ([f"see {ONE}", f"{ONE}.", ONE.lower(), ONE.replace("TPKB1", "TPKB2")], "paper_none"),
        ([ONE, *paper.codes(b"two")], "paper_several"),
        # Codes of two backups differ in their count or their sum.
        ([ONE, ONE.replace(":1:1:", ":1:2:")], "paper_several"),
        ([ONE, re.sub(":[0-9A-F]{8}:", ":00000000:", ONE)], "paper_several"),
        ([MANY[1], *MANY[3:]], "paper_missing"),
        (["TPKB1:1:1:00000001:AAAA"], "backup_damaged"),
        ([ONE[:-2] + "AA"], "backup_damaged"),
    ],
)
def test_what_is_no_whole_backup_is_refused(texts: list[str], problem: str) -> None:
    values = {"count": len(MANY), "missing": "1, 3"} if problem == "paper_missing" else {}
    assert each(("rules/backup",), "joinPaper", [texts]) == [[problem, values]]


def test_other_codes_beside_it_do_no_harm() -> None:
    assert each(("rules/backup",), "joinPaper", [["https://example.com", ONE]]) == ["one"]


_SIV = """
    const all = [];
    for (const { key, aad, ct, msg } of given) {
      const [whole, associated, sealed] = [key, aad, ct].map(fromHex);
      const opened = await unseal(whole, associated, sealed).then(toHex, (problem) => problem.name);
      all.push([opened, toHex(await seal(whole, associated, fromHex(msg)))]);
    }
    return all;
"""


def _siv_tests() -> list[dict[str, Any]]:
    """The page uses two keys of AES-256, as the key does."""
    return [test for test in wycheproof("aes_siv_cmac") if len(test["key"]) == 128]


def test_siv_of_wycheproof() -> None:
    tests = _siv_tests()
    found = run(("rules/crypto", "rules/bytes"), _SIV, tests)
    for test, (opened, sealed) in zip(tests, found, strict=True):
        if test["result"] == "invalid":
            assert (opened, sealed == test["ct"]) == ("backup_closed", False), test["tcId"]
        else:
            assert (opened, sealed) == (test["msg"], test["ct"]), test["tcId"]
    assert len(tests) > 140


def test_siv_is_that_of_another_library() -> None:
    chance = random.Random(5297)
    tests = []
    for length, more in product((1, 15, 16, 17, 31, 32, 33, 64, 100), (0, 1, 16, 40, 300)):
        key, associated, plain = (chance.randbytes(size) for size in (64, more, length))
        sealed = AESSIV(key).encrypt(plain, [associated])
        parts = {"key": key, "aad": associated, "ct": sealed, "msg": plain}
        tests.append({name: part.hex() for name, part in parts.items()})
    found = run(("rules/crypto", "rules/bytes"), _SIV, tests)
    assert found == [[test["msg"], test["ct"]] for test in tests]


_ASKED = """
    const asked = [];
    const subtle = new Proxy(crypto.subtle, {
      get: (own, name) => (...parts) => {
        if (name === "importKey") asked.push(parts.slice(2).map((part) => part.name ?? part));
        return own[name](...parts);
      },
    });
    Object.defineProperty(globalThis, "crypto", { value: { subtle }, configurable: true });
    const [key, text] = [new Uint8Array(64), new Uint8Array(5)];
    const account = { type: "totp", secret: key, algorithm: "SHA1", digits: 6, period: 30 };
    await codeOf(account, 0);
    await expand(key, text);
    await unseal(key, text, await seal(key, text, text));
    await digitsOf({ name: "Anna", public: new Uint8Array(32) });
    return asked;
"""
_ALLOWED = [
    ["HMAC", False, ["sign"]],
    ["AES-CBC", False, ["encrypt"]],
    ["AES-CTR", False, ["encrypt"]],
    ["PBKDF2", False, ["deriveBits"]],
]


def test_no_key_can_be_taken_out_of_the_browser() -> None:
    asked = run(("rules/crypto", "rules/lending"), _ASKED, None)
    assert all(each in _ALLOWED for each in asked)
    assert all(each in asked for each in _ALLOWED)

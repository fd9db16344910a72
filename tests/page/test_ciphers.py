"""The page's AES-SIV against published vectors and another library, and its keys, which nobody can take out.

Libraries' own ciphers are not judged here.
"""

from __future__ import annotations

import random
from itertools import product
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from tests.page.scripts import run
from tests.support.published import wycheproof

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

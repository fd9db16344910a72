"""The page's cryptography against published vectors: AES-SIV, HMAC, HKDF, Argon2id, HOTP and TOTP."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.page.scripts import run
from tests.support.published import hexadecimal, published, wycheproof

_MODULES = ("rules/siv", "rules/hkdf", "rules/codes", "rules/bytes", "libraries")
#: All in one go, because each run reads the page's libraries once more.
_ALL = """
    const of = {
      siv: async ({ key, aad, ct, msg }) => {
        const [whole, associated, sealed] = [key, aad, ct].map(fromHex);
        const opened = await unseal(whole, associated, sealed).then(toHex, (problem) => problem.name);
        return [opened, toHex(await seal(whole, associated, fromHex(msg)))];
      },
      hmac: async ({ key, msg }) => toHex(await (await signer(fromHex(key)))(fromHex(msg))),
      hkdf: async ({ prk, info }) => toHex(await expand(fromHex(prk), fromHex(info))),
      argon2id: async ({ pass, salt, memory, passes, lanes, length }) => {
        const cost = { m: memory, t: passes, p: lanes, dkLen: length, version: 0x13 };
        return toHex(await argon2idAsync(fromHex(pass), fromHex(salt), cost));
      },
      code: ({ account, moment }) =>
        codeOf({ ...account, secret: new TextEncoder().encode(account.secret) }, moment),
    };
    const found = {};
    for (const [name, tests] of Object.entries(given)) {
      found[name] = [];
      for (const test of tests) found[name].push(await of[name](test));
    }
    return found;
"""


@cache
def _published() -> dict[str, list[Any]]:
    """What the page makes of the package's vectors."""
    small = [_argon2id(vector) for vector in _argon2id_vectors()]
    hmac = [{"key": vector["key"], "msg": vector["msg"]} for vector in published("HMAC/rfc-4231-sha256.txt")]
    hkdf = [{"prk": vector["prk"], "info": vector.get("info", "")} for vector in _hkdf_vectors()]
    codes = [_given(vector) for vector in _code_vectors()]
    return dict(run(_MODULES, _ALL, {"hmac": hmac, "hkdf": hkdf, "argon2id": small, "code": codes}))


@cache
def _wycheproof() -> dict[str, list[Any]]:
    return dict(run(_MODULES, _ALL, {"siv": _siv_tests(), "hmac": wycheproof("hmac_sha256")}))


def _siv_tests() -> list[dict[str, Any]]:
    """The page uses two keys of AES-256, as the key does."""
    return [test for test in wycheproof("aes_siv_cmac") if len(test["key"]) == 128]


def test_siv_of_wycheproof() -> None:
    tests = _siv_tests()
    for test, (opened, sealed) in zip(tests, _wycheproof()["siv"], strict=True):
        if test["result"] == "invalid":
            assert (opened, sealed == test["ct"]) == ("backup_closed", False), test["tcId"]
        else:
            assert (opened, sealed) == (test["msg"], test["ct"]), test["tcId"]
    assert len(tests) > 140


def test_hmac_of_wycheproof() -> None:
    """Valid ones give the tag, cut where the test cuts it; others another one."""
    tests = wycheproof("hmac_sha256")
    for test, mac in zip(tests, _wycheproof()["hmac"], strict=True):
        assert mac.startswith(test["tag"]) == (test["result"] != "invalid"), test["tcId"]
    assert len(tests) > 150


def test_hmac() -> None:
    vectors = list(published("HMAC/rfc-4231-sha256.txt"))
    for vector, mac in zip(vectors, _published()["hmac"], strict=True):
        # One of the RFC's is cut.
        assert mac.startswith(vector["md"])
    assert len(vectors) > 5


def test_hkdf_expand() -> None:
    for vector, expanded in zip(_hkdf_vectors(), _published()["hkdf"], strict=True):
        # The RFC's are shorter or longer than the 64 bytes that the page derives.
        shorter = min(len(expanded), len(vector["okm"]))
        assert expanded[:shorter] == vector["okm"][:shorter]
    assert len(_hkdf_vectors()) == 3


def _hkdf_vectors() -> list[dict[str, str]]:
    return list(published("KDF/rfc-5869-HKDF-SHA256.txt", between="COUNT"))


def test_argon2id() -> None:
    vectors = _argon2id_vectors()
    assert _published()["argon2id"] == [vector["output"] for vector in vectors]
    assert len(vectors) >= 4


def _argon2id_vectors() -> list[dict[str, str]]:
    """Those without a secret or associated data, of which the page has none, and quick in JavaScript."""
    vectors = [vector for vector in published("KDF/argon2id.txt") if "memcost" in vector]
    return [each for each in vectors if int(each["memcost"]) < 4096 and not {"secret", "ad"} & each.keys()]


def _argon2id(vector: dict[str, str]) -> dict[str, Any]:
    names = {"memory": "memcost", "passes": "iter", "lanes": "lanes", "length": "length"}
    numbers = {name: int(vector[theirs]) for name, theirs in names.items()}
    return numbers | {name: hexadecimal(vector, name).hex() for name in ("pass", "salt")}


def test_totp_and_hotp() -> None:
    expected = [vector.get("totp") or vector["hotp"] for vector in _code_vectors()]
    assert _published()["code"] == expected
    assert len(expected) > 20


def _code_vectors() -> list[dict[str, str]]:
    return [*published("twofactor/rfc-6238.txt"), *published("twofactor/rfc-4226.txt")]


def _given(vector: dict[str, str]) -> dict[str, Any]:
    account: dict[str, Any] = {"secret": vector["secret"], "period": 30}
    if "totp" in vector:
        timed = {"type": "totp", "algorithm": vector["mode"], "digits": 8}
        return {"account": account | timed, "moment": int(vector["time"])}
    counted = {"type": "hotp", "algorithm": "SHA1", "digits": 6, "counter": int(vector["counter"])}
    return {"account": account | counted, "moment": 0}

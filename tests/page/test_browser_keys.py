"""Keys that the browser holds for the page are for one use, and cannot be taken out of it again."""

from __future__ import annotations

from tests.page.scripts import run

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

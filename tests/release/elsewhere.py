"""A release that is built elsewhere: by another Python, in another folder, time and language."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lock_files
from other_systems import source_folders

#: What npm and pip have fetched: a build elsewhere takes the same.
_FETCHED = ("build/libraries", "build/page/npm", "build/word-packages")
#: Not years: the certificate of where pip fetches Python for Windows would have expired.
_LATER = "+30 hours"
_CONDITIONS = {"TZ": "Asia/Shanghai", "LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8", "LANGUAGE": "zh_CN"}
_LONGEST = 3000
#: The commit that a release is said to be built from, and its time.
SOURCE = ("5" * 40, "1780000000")
_PYTHONS = [f"python3.{minor}" for minor in range(20, 10, -1)]


def another_python(folder: Path) -> Path:
    """Another version of Python than this one, where the machine has one, with what builds a release."""
    this = f"python3.{sys.version_info.minor}"
    for name in _PYTHONS:
        found = shutil.which(name)
        if name == this or not found:
            continue
        environment = folder / name
        python = environment / "bin" / "python"
        install = f"{python} -m pip install --quiet --require-hashes -r {lock_files.RELEASE}"
        steps = (f"{found} -m venv {environment}".split(), install.split())
        if all(not subprocess.run(step, capture_output=True, check=False).returncode for step in steps):
            return python
    return Path(sys.executable)


def copy_of_tree(root: Path, target: Path) -> Path:
    """Copy what git tracks and has not ignored, with other times and rights."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)
            (target / name).chmod((root / name).stat().st_mode & 0o700)
            os.utime(target / name, (10**9, 10**9))
    for name in _FETCHED:
        shutil.copytree(root / name, target / name, symlinks=True)
    return target


def build(tree: Path, target: Path, environment: dict[str, str]) -> Path:
    """Build a release from a tree under other conditions."""
    paths = [*source_folders(tree), tree / "tools"]
    conditions = _CONDITIONS | {"PYTHONPATH": os.pathsep.join(map(str, paths))} | environment
    tool = str(tree / "tools" / "release.py")
    command = [str(another_python(target.parent)), tool, "--here", str(target), *SOURCE, "--trial"]
    later = ["faketime", _LATER] if shutil.which("faketime") else []
    ran = subprocess.run(
        [*later, *command], capture_output=True, text=True, cwd=tree, env=os.environ | conditions, umask=0o077
    )
    assert ran.returncode == 0, ran.stderr
    return target


def differences(one: Path, other: Path) -> str:
    """What differs between two files, as diffoscope tells it where it is installed."""
    if not shutil.which("diffoscope"):
        return f"{one.name} differs; diffoscope would say where"
    ran = subprocess.run(["diffoscope", str(one), str(other)], capture_output=True, text=True, check=False)
    return (ran.stdout + ran.stderr)[:_LONGEST]

"""Drives as small file systems, mounted in a separate namespace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.port import LIMIT

#: Mounts a small file system in a new namespace, which needs no privileges, and runs a command there.
_MOUNTED = "mount -t tmpfs -o {options} tmpfs '{folder}' && {fill} && exec {python} -m totpkey {arguments}"


def in_a_mount(folder: Path, options: str, fill: str, arguments: str) -> subprocess.CompletedProcess[str]:
    script = _MOUNTED.format(
        options=options, folder=folder, fill=fill, python=sys.executable, arguments=arguments
    )
    return subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=LIMIT
    )

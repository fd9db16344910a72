"""The udev rule for keys: users at the computer may open the port, and ModemManager ignores it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from totpkey import errors
from totpkey.doctor.case import GOOD, ODD, Finding
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr

NAME = "70-totpkey.rules"
_FOLDERS = ("etc/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d", "run/udev/rules.d")
_RELOAD = (("udevadm", "control", "--reload"), ("udevadm", "trigger", "--subsystem-match=tty"))


def rule() -> str:
    """The rule's text."""
    return (Path(__file__).resolve().parent.parent / "data" / NAME).read_text(encoding="utf-8")


def says_ours(path: Path) -> bool:
    """Whether a rules file is equivalent to ours. Its comments may be of another version."""
    try:
        return _lines(path.read_text(encoding="utf-8", errors="replace")) == _lines(rule())
    except OSError:
        return False


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def row(root: Path = Path("/"), system: str = sys.platform) -> Finding | None:
    """Whether the rule is in place. None on systems without udev."""
    if system != "linux" or not any((root / folder).is_dir() for folder in _FOLDERS):
        return None
    for folder in _FOLDERS:
        path = root / folder / NAME
        if path.is_file():
            if path.read_text(encoding="utf-8", errors="replace") == rule():
                return Finding(_("udev rule"), GOOD, tr("{path} is in place", path=path))
            return Finding(
                _("udev rule"),
                ODD,
                tr("{path} is of another version", path=path),
                tr("`totpkey doctor --fix` renews it."),
            )
    detail = tr("no rule for keys: ModemManager may hold a fresh port for 20 s")
    return Finding(_("udev rule"), ODD, detail, tr("`totpkey doctor --fix` puts it in place."))


def steps(root: Path = Path("/")) -> list[str]:
    """What `fix` does, in words for the person who has to agree."""
    return [f"write {root / _FOLDERS[0] / NAME}", *(f"run {' '.join(command)}" for command in _RELOAD)]


def fix(root: Path = Path("/")) -> None:
    """Put the rule in place and have udev read it. Raises CannotWrite."""
    path = root / _FOLDERS[0] / NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rule(), encoding="utf-8")
    except OSError as problem:
        raise errors.CannotWrite(
            tr("{path} cannot be written: {strerror}.", path=path, strerror=problem.strerror),
            tr(
                "Only root may: `sudo {executable} -m totpkey doctor --fix`; or copy the file there.",
                executable=sys.executable,
            ),
        ) from None
    if root == Path("/") and os.path.isdir("/run/udev"):
        for command in _RELOAD:
            subprocess.run(command, check=False)  # noqa: S603 - fixed commands

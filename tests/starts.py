"""Runs some of the tests in each of the environments in which people and machines start them.

    python -m tests.starts [NAME ...] [-- ARGUMENTS OF PYTEST]

Two runs are always in progress, which also tests two runs side by side on one machine. Each has a folder of
its own for pytest. In a shared one, two runs that end at the same time remove the same dead link, and one of
them fails with FileNotFoundError (pytest 9.2, cleanup_dead_symlinks).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
#: A prefix for command lines that ignores SIGINT, as nohup and shells without job control do.
WITHOUT_INTERRUPTS = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
#: The tests that depend most on their environment, a few of each kind.
PART = (
    # Ctrl-C, terminals, standard input, processes.
    "tests/commands/test_commands.py::test_ctrl_c_while_the_key_waits",
    "tests/commands/test_commands.py::test_without_a_terminal_the_secret_is_not_asked_for",
    "tests/commands/test_simulate.py::test_a_script_that_ends_and_what_it_cannot_say",
    "tests/commands/test_startup.py::test_the_version_needs_no_click",
    "tests/page/test_command.py::test_a_start_that_comes_twice_ends_it[real]",
    # Files: their locations, names and permissions.
    "tests/commands/test_simulate.py::test_a_simulated_key_is_set_up_used_and_kept",
    "tests/commands/test_doctor.py::test_the_command_says_what_it_would_do_and_asks",
    "tests/install/test_install.py::test_a_drive_is_found_where_the_system_has_mounted_it",
    # Caches in the user's home: the chip's core and image.
    "virtual/tests/chip/test_chip_usb.py::test_an_everyday_boot_shows_one_keyboard",
    # Languages and time zones.
    "tests/commands/test_messages.py",
    "tests/clock/test_reckoning.py::test_dates_agree_with_datetime",
    "tests/clock/test_commands.py::test_what_was_agreed_to_is_in_the_log",
    # Browsers and desktops.
    "tests/page/test_command.py::test_a_simulated_key[chromium]",
    "tests/pictures/test_screen.py::test_x11",
    "tests/pictures/test_wayland.py::test_the_portal_is_asked_and_its_file_removed",
    # The search for leaks, which runs pytest itself.
    "tests/leaks/test_search.py::test_each_way_out_of_the_host_process_fails_the_test",
)
#: The files in a checkout that git does not track and that tests use.
BUILT = "build"


@dataclass
class Start:
    """How pytest is started: wrapper programs, environment variables and working directory."""

    program: list[str] = field(default_factory=list[str])
    environment: dict[str, str] = field(default_factory=dict[str, str])
    folder: Path = ROOT


def _shell(script: str) -> Callable[[Path], Start]:
    return lambda folder: Start(["sh", "-c", f'{script}; exec "$@"', "sh"])


def _variable(name: str, value: str) -> Callable[[Path], Start]:
    return lambda folder: Start(environment={name: value})


def _empty_home(folder: Path) -> Start:
    (folder / "home").mkdir()
    return Start(environment={"HOME": str(folder / "home")})


def _read_only_home(folder: Path) -> Start:
    home = folder / "home"
    home.mkdir(mode=0o555)
    if os.geteuid():
        return Start(environment={"HOME": str(home)})
    # Root may write to any folder, but not to a read-only file system.
    mounted = 'mount -t tmpfs -o ro tmpfs "$HOME" && exec "$@"'
    return Start(["unshare", "-m", "sh", "-c", mounted, "sh"], {"HOME": str(home)})


def _odd_path(folder: Path) -> Start:
    """Copy this tree, and put temporary files, into folders with spaces and Chinese in their names."""
    copy, scratch = folder / "我的 钥匙" / "totp key", folder / "临时 文件"
    scratch.mkdir()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    for built in ("drive", "locale", "page"):
        if (ROOT / BUILT / built).exists():
            shutil.copytree(ROOT / BUILT / built, copy / BUILT / built)
    folders = ("host", "firmware/lib", "*/src", "extensions/*/*/")
    path = os.pathsep.join(str(found) for each in folders for found in copy.glob(each))
    temporary = {"TMPDIR": str(scratch), "PYTEST_DEBUG_TEMPROOT": str(scratch)}
    return Start(environment={"PYTHONPATH": path} | temporary, folder=copy)


STARTS: dict[str, Callable[[Path], Start]] = {
    "Ctrl-C ignored": lambda folder: Start(list(WITHOUT_INTERRUPTS)),
    "no terminal": lambda folder: Start(["setsid", "--wait"]),
    "standard input closed": _shell("exec <&-"),
    "an empty home": _empty_home,
    "a home that takes nothing": _read_only_home,
    "a path with blanks and Chinese": _odd_path,
    "LANG=C": _variable("LANG", "C"),
    "LANG=zh_CN.UTF-8": _variable("LANG", "zh_CN.UTF-8"),
    "TZ=Asia/Kathmandu": _variable("TZ", "Asia/Kathmandu"),
    "umask 077": _shell("umask 077"),
}


def run(name: str, arguments: list[str]) -> bool:
    """Run the tests from that start. Return whether they passed."""
    begun = time.monotonic()
    with TemporaryDirectory(prefix="totpkey start ", ignore_cleanup_errors=True) as folder:
        start = STARTS[name](Path(folder))
        # Leave out pytest's own cache, which the other runs write to as well.
        program = [*start.program, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            program,
            cwd=start.folder,
            env=os.environ | {"PYTEST_DEBUG_TEMPROOT": folder} | start.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    passed = done.returncode == 0
    output = done.stdout if not passed else done.stdout.rstrip().rpartition("\n")[2] + "\n"
    sys.stdout.write(f"{name}: {output}")
    sys.stdout.write(f"{name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - begun:.0f} s\n")
    sys.stdout.flush()
    return passed


def main(arguments: list[str]) -> int:
    names, _, rest = (" ".join(arguments)).partition("--")
    chosen = [name for name in STARTS if not names.strip() or name in names]
    begun = time.monotonic()
    with ThreadPoolExecutor(2) as runs:
        passed = sum(runs.map(lambda name: run(name, rest.split() or list(PART)), chosen))
    sys.stdout.write(f"starts: {passed} of {len(chosen)} passed in {time.monotonic() - begun:.0f} s\n")
    return 0 if passed == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

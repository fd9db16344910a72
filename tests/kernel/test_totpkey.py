"""The command on a real Linux computer, through the port that the kernel and udev give it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
import time

import pytest

from tests.kernel.guest import Guest, distinct
from tests.leaks.plugin import recorder
from totpkey.accounts import codes
from totpkey.doctor import udev
from totpkey_readers.records import base32

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip, pytest.mark.quick]

#: The port, as Linux calls it; an ordinary user of the computer; where udev may be told rules and users.
PORT, USER = "/dev/ttyACM0", 1000
RULES, SEAT = f"/run/udev/rules.d/{udev.NAME}", "/run/systemd/seats/seat0"
UDEVD = "/usr/lib/systemd/systemd-udevd"
#: It would take the guest's root for a place of no interest.
HERE = "SYSTEMD_IGNORE_CHROOT=1"
SECRET = "JBSWY3DPEHPK3PXP"
#: What ModemManager says to a port that may be a modem's (its sources, mm-port-probe.c): AT and QCDM.
AT, QCDM = r"AT\r", r"\x7e\x00\x78\xf0\x7e"


@pytest.fixture(scope="module")
def linux(computer: Guest) -> Guest:
    """With this machine's programs, and its command."""
    computer.mount_machine()
    computer.await_file(PORT)
    return computer


def totpkey(linux: Guest, *arguments: str, stdin: str = "", user: int = 0) -> str:
    command = shlex.join([sys.executable, "-m", "totpkey", *arguments])
    return linux.run_here(f"printf %s {shlex.quote(stdin)} | {command}; echo ended $?", user)


def test_an_account_goes_in_by_the_kernel_s_port(linux: Guest) -> None:
    recorder.known.add(SECRET.encode(), "what was piped in")
    assert "ended 0" in totpkey(linux, "time", "sync")
    added = totpkey(linux, "add", "--stdin", "Shop:店铺一号", stdin=SECRET)
    assert "ended 0" in added, added
    listed, _, ended = totpkey(linux, "list", "--json").rpartition("ended")
    assert ended.strip() == "0"
    (account,) = json.loads(listed)
    assert (account["issuer"], account["label"]) == ("Shop", "店铺一号")


def test_a_port_that_was_probed_like_a_modem_s_still_works(linux: Guest) -> None:
    """As ModemManager does without our rule: speeds, lines, words of its own. Then by a careless terminal."""
    for speed in (57600, 115200, 9600):
        linux.run(f"stty -F {PORT} {speed} raw -echo")
        for words in (AT, AT + AT, QCDM, AT + QCDM):
            linux.run(f"printf '{words}' > {PORT}")
        # The hang-up, as at a port that is given up (B0).
        linux.run(f"stty -F {PORT} 0; stty -F {PORT} {speed}")
    # Not raw: what the key answers goes back to it as if typed.
    linux.run(f"stty -F {PORT} sane echo; (cat {PORT} & printf 'AT\\r\\n' > {PORT}; kill $!)")
    told = totpkey(linux, "info")
    assert "ended 0" in told, told


@pytest.mark.skipif(not shutil.which("udevadm"), reason="no udev here (Debian: udev)")
def test_udev_applies_the_rule(linux: Guest) -> None:
    """Who sits at the computer may use the key, no other user may, and ModemManager leaves it alone."""
    places = " ".join(f"$(dirname {path})" for path in (RULES, SEAT))
    linux.run_here(f"mkdir -p {places}; printf 'IS_SEAT0=1\\nACTIVE_UID={USER}\\n' > {SEAT}")
    linux.run_here(f"printf %s {shlex.quote(udev.rule())} > {RULES}")
    assert "ended 0" not in totpkey(linux, "--port", PORT, "info", user=USER)
    linux.run_here(f"{HERE} {UDEVD} --daemon 2> /dev/null")
    linux.run_here(f"{HERE} udevadm trigger --action=add --subsystem-match=usb --subsystem-match=tty")
    linux.run_here(f"{HERE} udevadm settle")
    told = linux.run_here(f"udevadm info --query=property --name={PORT} | cat")
    properties = dict(re.findall(r"^(\w+)=(.*)$", told, re.MULTILINE))
    assert properties["ID_MM_DEVICE_IGNORE"] == properties["ID_MM_PORT_IGNORE"] == "1"
    assert ":uaccess:" in properties["CURRENT_TAGS"]
    told = totpkey(linux, "info", user=USER)
    assert "ended 0" in told, told
    assert f"{RULES} is in place" in totpkey(linux, "doctor", user=USER)
    assert "ended 0" not in totpkey(linux, "--port", PORT, "info", user=USER + 1)


def test_the_key_types_once_it_has_left_setup(linux: Guest) -> None:
    """The serial port goes, the keyboard stays, and a press types the code of now."""
    told = totpkey(linux, "done")
    assert "ended 0" in told, told
    assert linux.wait_until(lambda: not linux.has(PORT))
    linux.await_keyboard()
    linux.let_pass(3)
    linux.run("> /tmp/typed")
    linux.key.press()
    # A code that is about to end is left for the next.
    assert linux.wait_until(lambda: "yes" in linux.run("[ -s /tmp/typed ] && echo yes"))
    linux.let_pass(0.5)
    # The key's clock was set by the guest's, which is this machine's; where the chip is slow it falls behind.
    moments = range(int(linux.key.true_time) - 60, int(time.time()) + 60, 30)
    possible = {distinct(codes.totp(base32.decode(SECRET), moment)) for moment in moments}
    assert distinct(linux.run("cat /tmp/typed")) in possible

"""Keys with locks, set up with the real command line, and what they report about themselves."""

from __future__ import annotations

from tests.support.terminal import CommandDesk
from totpkey.cli import exits
from totpkey_protocol import limits

PIN = "4912"
WRONG = "2581"
PASSPHRASE = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXP"


def info(desk: CommandDesk) -> dict[str, object]:
    facts: dict[str, object] = desk.told("info")
    return facts


def shown(desk: CommandDesk) -> dict[str, str]:
    """Return the output of `info` for people, by the first word of each line."""
    return dict(line.split(maxsplit=1) for line in desk.run("info").out.splitlines())


def set_up(desk: CommandDesk, lock: str, secret: str) -> None:
    desk.run("init", "--lock", lock, "--stdin", stdin=f"{secret}\n", when_asked=desk.agree).ended(exits.OK)
    desk.add("Amazon:shop")


def locked(desk: CommandDesk, lock: str = "pin", secret: str = PIN) -> CommandDesk:
    set_up(desk, lock, secret)
    assert desk.run("lock").code == exits.OK
    return desk


def blocked(desk: CommandDesk) -> CommandDesk:
    """Destroy the key's PIN. It keeps its passphrase, if it has one."""
    for wrong in range(limits.TRIES):
        if wrong % limits.TRIES_A_POWER_UP == 0 and wrong:
            desk.replug_for_setup()
        desk.key.run(33)
        assert desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree).code == exits.LOCKED
    assert info(desk)["state"] == "blocked"
    return desk

"""What is said in Chinese, and the English that is left in it."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

import click
import pytest

from totpkey.i18n import translation

#: What stays as it is: what is typed, placeholders and options, what others say, files, addresses.
_LEFT_ALONE = re.compile(
    r"(?m)^用法：totpkey.*(?:\n {6,}\S.*)*|eval \"[^\"]*\"|totpkey completion .*|`[^`]*`|“[^”]*”|'[^']*'"
    r"|--?[a-z][\w-]*|\[[^]]*\]|\S*[/.@=_]\S*|\b\w*[A-Z0-9]\w*\b|\{\w+\}"
)
_WORD = re.compile(r"[A-Za-z]{2,}")
#: Names of programs and things, values that are typed, and the names of commands in a list of them.
_NAMES = frozenset(
    re.findall(
        r"\S+",
        """totpkey otpauth click shell bash root udev keypad cryptography scrypt base32 zip label secret
        accounts type token key kdfType servicesEncrypted totp ms ppm press hold wait unplug plug quit none
        wipe completion powershell minisign signify""",
    )
)


def english_in(text: str, *names: str) -> list[str]:
    """English words in it, but for known names."""
    for name in names:
        text = text.replace(name, "")
    return [word for word in _WORD.findall(_LEFT_ALONE.sub(" ", text)) if word not in _NAMES]


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process speaks Chinese, until the test ends."""
    help_option = click.Command.get_help_option

    def forgotten(command: click.Command, context: click.Context) -> click.Option | None:
        """Return `--help`. click keeps it with the command, in the language that came first."""
        command._help_option = None
        found = help_option(command, context)
        command._help_option = None
        return found

    monkeypatch.setattr(click.Command, "get_help_option", forgotten)
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    monkeypatch.setattr(click.Context, "formatter_class", click.HelpFormatter)
    monkeypatch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
    yield
    gettext.textdomain("messages")

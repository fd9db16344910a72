"""Messages in the reader's language, by gettext. English is what stands in the sources."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache

DOMAIN = "totpkey"
#: All kinds of Chinese are served by the simplified one until there is another.
_CHINESE = "zh_CN"

Translate = Callable[[str], str]


def translator(languages: list[str] | None = None) -> Translate:
    """What translates into the first of `languages` that there is, or else into the computer's own."""
    wanted = languages if languages is not None else preferred()
    found = gettext.translation(DOMAIN, folder(), languages=wanted, fallback=True)
    return found.gettext


def mark(message: str) -> str:
    """The same: it marks a message for the catalogue that `tr` translates later. Imported as `_`."""
    return message


def tr(message: str, **values: object) -> str:
    """`message` in the reader's language, with `values` in their places."""
    return _current()(message).format(**values) if values else _current()(message)


@cache
def _current() -> Translate:
    return translator()


def preferred(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[str]:
    """The reader's languages, the best first, as gettext names them."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return [_known(name) for name in environment[variable].split(":")]
    return [_known(_system_language(platform))]


def folder() -> str:
    """Where the compiled catalogues lie: in the wheel, or in a source tree's build folder."""
    # Each command speaks: what `pathlib` brings along would be felt in its start.
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    inside = os.path.join(package, "data", "locale")
    return inside if os.path.exists(inside) else os.path.join(package, "..", "..", "build", "locale")


def _known(name: str) -> str:
    language = name.partition(".")[0].replace("-", "_")
    return _CHINESE if language.lower().split("_")[0] == "zh" else language


def _system_language(platform: str) -> str:
    """Windows and macOS set no variables for programs that were not started in a terminal of theirs."""
    import locale

    if platform == "win32":
        import ctypes

        identifier: int = ctypes.windll.kernel32.GetUserDefaultUILanguage()  # type: ignore[attr-defined,unused-ignore]
        return locale.windows_locale.get(identifier, "en")
    return locale.getlocale()[0] or "en"

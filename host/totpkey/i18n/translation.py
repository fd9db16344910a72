"""Messages in the reader's language, by gettext. The sources have the English text."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache

DOMAIN = "totpkey"
#: All kinds of Chinese get the simplified one, until there is another.
_CHINESE = "zh_CN"
_FULL_WIDTH = "。！？：；，、）”"

Translate = Callable[[str], str]


def translator(languages: list[str] | None = None) -> Translate:
    """A function that translates into the first available of `languages`, or of the computer's languages."""
    wanted = languages if languages is not None else preferred()
    found = gettext.translation(DOMAIN, folder(), languages=wanted, fallback=True)
    return found.gettext


def mark(message: str) -> str:
    """Return `message`. Marks it for the catalogue; `tr` translates it later. Imported as `_`."""
    return message


def tr(message: str, **values: object) -> str:
    """`message` in the reader's language, with `values` in their places."""
    return _current()(message).format(**values) if values else _current()(message)


def joined(*sentences: str) -> str:
    """Whole sentences after each other. Behind a Chinese full stop there is no space."""
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text[-1] in _FULL_WIDTH else f" {sentence}"
    return text


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
    """The folder of the compiled catalogues, in the wheel or in a source tree's build folder."""
    # Every command loads this module, and importing `pathlib` would slow its start.
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    inside = os.path.join(package, "data", "locale")
    return inside if os.path.exists(inside) else os.path.join(package, "..", "..", "build", "locale")


def _known(name: str) -> str:
    language = name.partition(".")[0].replace("-", "_")
    return _CHINESE if language.lower().split("_")[0] == "zh" else language


def _system_language(platform: str) -> str:
    """The system's language. Windows and macOS set variables only for programs started in a terminal."""
    import locale

    if platform == "win32":
        import ctypes

        identifier: int = ctypes.windll.kernel32.GetUserDefaultUILanguage()  # type: ignore[attr-defined,unused-ignore]
        return locale.windows_locale.get(identifier, "en")
    return locale.getlocale()[0] or "en"

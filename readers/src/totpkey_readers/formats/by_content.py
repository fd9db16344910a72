"""Files read by what their fields hold, whoever wrote them: a key URI anywhere, or a secret in a field
whose name
says so, with its settings in the object around, in objects inside that, or beside it.

What nobody knows yet is read this way, with a warning that names the fields; so are the apps of
`app_marks`, whose own reader would read no more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from totpkey_readers.formats import app_marks
from totpkey_readers.records import base32, links, strays, texts
from totpkey_readers.records.account import HOTP, STEAM, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, from_uri, site_of
from totpkey_readers.records.fields import (
    ISSUERS,
    SECRETS,
    SHIFTS,
    SITES,
    TITLES,
    USERS,
    Fields,
    is_code,
    is_harmless,
    is_suspect,
    plain,
    role_of,
)
from totpkey_readers.records.problem import Note, Problem, note

UNKNOWN = "JSON of an unknown app"
#: The shortest secret that says of a file that it holds some, in characters: 80 bits in base32.
_SHORTEST, _SHORTEST_IN_BASE64, _LONGEST = 16, 14, 512
_BASE32 = re.compile("(?:[A-Z2-7]+|[a-z2-7]+)(=*)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9_-]+")
_HEX = re.compile("(?:[0-9a-fA-F]{2})+")
#: Types by their names; other names that end in `otp` are types that no key computes.
_TYPES = {
    **dict.fromkeys(("totp", "timebased", "time", "otpauthtotp"), TOTP),
    **dict.fromkeys(("hotp", "counterbased", "counter", "event", "eventbased", "hmac"), HOTP),
    **dict.fromkeys(("steam", "steamtotp", "steamguard"), STEAM),
}
#: What stands in a field that says nothing.
_NOTHING = (None, "", "-")
_DEEPEST = 100
_NAMING = ("name", "label", "type", "title", "kind", "fieldname")
_NAMES = frozenset({*TITLES, *USERS})
_Around = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Hit:
    """A code: the objects around it, the innermost last, the name of its field, and its text."""

    around: _Around = field(repr=False)
    name: str
    text: str = field(repr=False)
    is_link: bool = False


def is_secret(text: str) -> bool:
    """Whether it can be a secret, in base32, base64 or hexadecimal. Sites write them in groups."""
    joined = text.replace(" ", "").replace("-", "")
    if not _SHORTEST_IN_BASE64 <= len(joined) <= _LONGEST:
        return False
    in_base32 = len(joined) >= _SHORTEST and _is_base32(joined)
    return in_base32 or _is_hex(joined) or (_BASE64.fullmatch(joined) is not None and _mixes(joined))


def _is_base32(joined: str) -> bool:
    found = _BASE32.fullmatch(joined)
    # Padding fills groups of eight.
    return found is not None and (not found[1] or len(joined) % 8 == 0)


def _is_hex(joined: str) -> bool:
    return len(joined) >= 20 and _HEX.fullmatch(joined) is not None


def _mixes(joined: str) -> bool:
    """Whether it is of both cases, or has digits among letters, as no password of a word has."""
    return joined != joined.lower() and joined != joined.upper() and any(map(str.isdigit, joined))


def recognises(document: object) -> bool:
    if app_marks.app_of(document):
        return True
    return any(hit.is_link or is_secret(hit.text) for hit in _hits(document))


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    return read_as(app_marks.app_of(document), document)


def read_as(app: str, document: object, places: str = "entry", unknown: str = UNKNOWN) -> Contents:
    """The accounts in a document of that app, "" for an unknown one."""
    document = app_marks.lifted(app, document)
    hits = list(_hits(document))
    app = app or app_marks.app_of_fields(hit.name for hit in hits)
    contents = Contents(app or unknown)
    within = Counter(id(one) for hit in hits for one in hit.around)
    codings = {} if app else _codings(hits)
    numbers = {id(one): number for number, one in enumerate(_entries(document), 1)}
    unread: dict[str, None] = {}
    for number, hit in enumerate(hits, 1):
        place = next((numbers[id(one)] for one in hit.around if id(one) in numbers), number)
        read_it = partial(_read_hit, hit, within, codings, app_marks.required(app))
        name = ":".join(filter(None, (_title(hit), _user(hit))))[:80]
        contents.take(f"{places} {place}", read_it, name, hit.text)
        # Beside a password manager's code stands much that has nothing to do with it.
        unread |= {name: None for name in _unread(hit, within) if not app or is_suspect(plain(name))}
    with_codes = {id(one) for hit in hits for one in hit.around}
    contents.pass_over(sum(one not in with_codes for one in numbers))
    if not app:
        contents.warnings.append(guessed(list(dict.fromkeys(hit.name for hit in hits))))
    if unread:
        contents.warnings.append(note("fields_unread", names=_listed(list(unread))))
    return contents


def guessed(names: list[str]) -> Note:
    """The warning that a file was read by what is in it."""
    return note("guessed", names=_listed(names))


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in names[:5])


def _entries(document: object) -> list[object]:
    """The entries that people see: the longest list of objects."""
    best: list[object] = []
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list) and len(one) > len(best) and all(isinstance(inner, dict) for inner in one):
            best = one
        elif isinstance(one, dict):
            waiting += [inner for inner in one.values() if isinstance(inner, dict | list)]
    return best


def _hits(document: object) -> Iterator[Hit]:
    """All codes, in the document's order."""
    waiting: list[tuple[object, _Around]] = [(document, ())]
    while waiting:
        value, around = waiting.pop()
        if isinstance(value, dict):
            if len(around) >= _DEEPEST:
                raise Problem("too_deep")
            own = (*around, value)
            yield from _hits_in(value, own)
            waiting += [(inner, own) for inner in reversed(value.values()) if isinstance(inner, dict | list)]
        elif isinstance(value, list):
            # A text in a list has no name.
            yield from (
                Hit(around, "", link, True)
                for text in value
                if isinstance(text, str)
                for link in _links(text)
            )
            waiting += [(inner, around) for inner in reversed(value) if isinstance(inner, dict | list)]


def _links(text: str) -> list[str]:
    """The links in a text, by themselves or among other words."""
    if "://" not in text:
        return []
    found = [link for line in text.splitlines() for link in links.links_in(line)]
    return [one.partition(" ")[0] if one != text.strip() else one for one in found if links.is_account(one)]


def _hits_in(value: dict[str, Any], around: _Around) -> Iterator[Hit]:
    own = {name: text for name, text in value.items() if isinstance(text, str)}
    of_links: set[bytes | str] = set()
    for name, text in own.items():
        for link in _links(text):
            secret = strays.secret_of(link)
            # Some write the link into two fields, and its secret beside it.
            if secret is None or secret not in of_links:
                yield Hit(around, name, link, True)
            of_links.add(secret or link)
    beside_name = any(plain(name) in _NAMES or _is_type(name, own[name]) for name in own)
    known = {name for name in own if is_code(plain(name)) or (beside_name and plain(name) in SECRETS)}
    # A list of fields with their names: {"name": "TOTP", "value": "..."}.
    if "value" in own and any(is_code(plain(own[name])) for name in own if plain(name) in _NAMING):
        known.add("value")
    for name in own:
        text = own[name].strip()
        if name in known and text and not _links(text) and not _is_in(text, of_links):
            yield Hit(around, _shown_name(own, name), text)


def _shown_name(own: dict[str, str], name: str) -> str:
    """The name of a field whose object gives it."""
    if name != "value":
        return name
    return next((own[one] for one in own if plain(one) in _NAMING and is_code(plain(own[one]))), name)


def _is_in(text: str, secrets: set[bytes | str]) -> bool:
    try:
        return bool(secrets) and base32.decode(text, lenient=True) in secrets
    except Problem:
        return False


# How secrets are written


def _codings(hits: list[Hit]) -> dict[str, str]:
    """How the secrets of each field are written, as all of them together show."""
    listed: dict[str, list[str]] = {}
    for hit in hits:
        if not hit.is_link:
            listed.setdefault(plain(hit.name), []).append(hit.text.replace(" ", "").replace("-", ""))
    return {name: _coding(joined) for name, joined in listed.items()}


def _coding(joined: list[str]) -> str:
    in_base32 = sum(map(_is_base32, joined))
    if in_base32 == len(joined):
        return "base32"
    if all(map(_is_hex, joined)):
        return "hex"
    in_base64 = sum(_BASE64.fullmatch(text) is not None and len(text) % 4 != 1 for text in joined)
    if in_base64 == len(joined) and 2 * in_base32 < len(joined) and any(map(_is_no_base32, joined)):
        return "base64"
    return "base32" if 2 * in_base32 >= len(joined) else ""


def _is_no_base32(joined: str) -> bool:
    """Whether base32 cannot be written so, whatever its case: a letter of neither case would not tell."""
    return re.search("[0189+/_]", joined) is not None or (joined.endswith("=") and len(joined) % 8 != 0)


def _secret(hit: Hit, codings: dict[str, str]) -> tuple[str | bytes, tuple[Note, ...]]:
    coding = codings.get(plain(hit.name), "base32")
    joined = hit.text.replace(" ", "").replace("-", "")
    if coding == "hex":
        return texts.from_hex(joined, hit.name), (note("coding", name=coding),)
    if coding == "base64":
        whole = joined.translate({0x2D: "+", 0x5F: "/"}).rstrip("=")
        return texts.from_base64(whole + "=" * (-len(whole) % 4), hit.name), (note("coding", name=coding),)
    if not coding:
        raise Problem("secret_form")
    return hit.text, ()


# An account


def _read_hit(hit: Hit, within: Counter[int], codings: dict[str, str], required: tuple[str, ...]) -> Reading:
    title, user = _title(hit), _user(hit)
    if hit.is_link:
        # An item without an issuer may have the account's own name as its title.
        reading = from_uri(hit.text, "", user)
        return reading if reading.account.label == title else from_uri(hit.text, title, user)
    own = Fields(hit.around[-1])
    for name in required:
        if not own.has(name):
            raise Problem("field_missing", field=name)
        if role_of(plain(name)) == "type" and not _is_type(name, hit.around[-1][name]):
            raise Problem("other_kind")
    given = _settings(hit, within)
    secret, notes = _secret(hit, codings)
    reading = account(
        title,
        user,
        secret,
        _type(given),
        given.text("algorithm", "SHA1"),
        given.number("digits", 6),
        given.number("period", app_marks.period_of(hit.around[-1])),
        given.number("counter", 0),
    )
    if given.has("counter") and reading.account.counter and not given.has("type"):
        notes = (*notes, note("not_understood", names="counter"))
    return Reading(reading.account, reading.warnings + notes)


def _settings(hit: Hit, within: Counter[int]) -> Fields:
    """The settings by their roles, each from the nearest object that has it."""
    found: dict[str, Any] = {}
    for value in _near(hit, within):
        for role, setting in _settings_in(value).items():
            found.setdefault(role, setting)
    return Fields(found)


def _near(hit: Hit, within: Counter[int]) -> Iterator[dict[str, Any]]:
    """The objects whose settings are this code's: its own, those around it, and in these."""
    for value in reversed(hit.around):
        yield value
        waiting = [inner for inner in value.values() if isinstance(inner, dict)]
        # What stands beside a whole list counts for all of it, but not what another entry holds.
        if within[id(value)] > 1 and value is not hit.around[-1] and any(within[id(one)] for one in waiting):
            continue
        for inner in waiting:
            yield inner
            waiting += [one for one in inner.values() if isinstance(one, dict)]


def _settings_in(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, setting in _named(value):
        role = role_of(plain(name))
        if plain(name) in SHIFTS and setting not in (*_NOTHING, 0, "0"):
            raise Problem("shifted", field=name[:40])
        if not role or setting in _NOTHING or (role == "type" and not _is_type(name, setting)):
            continue
        if found.setdefault(role, setting) != setting:
            raise Problem("field_twice", field=name[:40])
    return found


def _is_type(name: str, setting: object) -> bool:
    """Whether it is a type of codes. An entry's own type may be `login`."""
    if plain(name) in ("otptype", "tokentype"):
        return True
    return (
        role_of(plain(name)) == "type"
        and isinstance(setting, str)
        and (plain(setting) in _TYPES or plain(setting).endswith("otp"))
    )


def _type(given: Fields) -> str:
    spelling = plain(given.text("type", TOTP))
    return _TYPES.get(spelling, spelling)


def _unread(hit: Hit, within: Counter[int]) -> Iterator[str]:
    """The fields beside a secret that nobody understands, and around it those that sound like settings."""
    if not hit.is_link:
        yield from _unread_in(hit, hit.around[-1])
        for value in _near(hit, within):
            suspects = (name for name in _unread_in(hit, value) if is_suspect(plain(name)))
            yield from (name for name in suspects if not isinstance(value.get(name), list))


def _unread_in(hit: Hit, own: dict[str, Any]) -> Iterator[str]:
    for name, value in own.items():
        means = plain(name)
        known = (
            (role_of(means) and (role_of(means) != "type" or _is_type(name, value)))
            or is_harmless(means)
            or means in SECRETS
            or is_code(means)
        )
        if isinstance(value, dict):
            yield from _unread_in(hit, value)
        elif not (known or value in (*_NOTHING, [], False) or name == hit.name):
            yield name


# Names


def _title(hit: Hit) -> str:
    return _nearest(hit, TITLES) or site_of(_nearest(hit, SITES))


def _user(hit: Hit) -> str:
    # One field may be taken for both, or a title for the account's own name; an issuer is none.
    user = _nearest(hit, USERS)
    return "" if user == _nearest(hit, TITLES) and user != _nearest(hit, ISSUERS) else user


def _nearest(hit: Hit, wanted: tuple[str, ...]) -> str:
    """The text of the first of these fields, in the innermost object that has one."""
    inner: object = hit.text
    for value in reversed(hit.around):
        is_field, inner = value.get("value", ...) in (inner, hit.text), value
        if is_field:
            # Its name is the field's.
            continue
        own = {plain(name): text for name, text in _named(value) if isinstance(text, str) and text.strip()}
        found = next((own[name] for name in wanted if name in own), "")
        if found and not links.is_link(found) and found != hit.text:
            return found.strip()
    return ""


def _named(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an object, after those of a list of fields in it."""
    listed = value.get("fields")
    if isinstance(listed, list):
        for one in listed:
            if isinstance(one, dict) and isinstance(one.get("value"), str):
                yield from (
                    (str(one[name]), one["value"]) for name in ("name", "label", "type") if name in one
                )
    yield from value.items()

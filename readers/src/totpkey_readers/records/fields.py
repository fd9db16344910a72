"""Checked access to an export's objects, and what names of fields mean, whoever gave them.

Errors name the field, never its value. Names are compared in small letters, without what is no letter or
digit. The roles of a link's parameters are the page's, too (`tools/page_definition.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from totpkey_readers.records.problem import Problem

#: Settings of an account in a link, and their names. `secret` and `issuer` have but one.
PARAMETERS = {
    "algorithm": ("algorithm", "algo", "hash", "digest"),
    "digits": ("digits", "length"),
    "period": ("period", "interval", "step", "timestep"),
    "counter": ("counter",),
}
#: A link's parameters that would shift its codes, unless they are 0.
SHIFTS = ("t0", "offset", "epoch")
#: What else stands in links, and changes no code.
DECORATIONS = (
    *("secret", "issuer", "encoder", "steam", "image", "icon", "logo", "color", "colour", "codedisplay"),
    *("account", "name", "username", "label", "type", "tags", "group", "folder", "note", "notes", "pinned"),
    *("trashed", "lastused", "usage", "position", "lock", "id", "uuid", "src", "mac", "origin", "website"),
)
#: The same of a record's fields, where they may have more names.
SETTINGS = {
    "algorithm": (*PARAMETERS["algorithm"], "hashalgorithm", "hashfunction", "algorithmtype", "hmac", "算法"),
    "digits": (
        *PARAMETERS["digits"],
        "numberofdigits",
        "numdigits",
        "digitcount",
        "codelength",
        "otplength",
        "位数",
    ),
    "period": (
        *PARAMETERS["period"],
        "timestepseconds",
        "periodseconds",
        "timer",
        "timeperiod",
        "周期",
        "周期秒",
    ),
    "counter": (*PARAMETERS["counter"], "initialcounter", "movingfactor", "计数器"),
    "type": ("otptype", "tokentype", "type", "kind", "类型"),
}
#: Fields with a secret.
CODES = frozenset(
    name
    for line in (
        "totp otp otpauth otpsecret totpsecret totpkey totpsecretkey totpuri otpuri otpurl totpurl totpcode",
        "totptoken twofasecret twofactorsecret 2fa 2fasecret 2fakey onetimepassword onetimecode otpkey",
        "otpseed totpseed mfa mfasecret mfakey authenticatorkey authenticatorsecret oathsecret decryptedseed",
        "decryptedsecret tfckeeper websitepasswordtotpcode twofactorcode twofactorauthentication logintotp",
        "verificationcode secondfactor 一次性密码 动态密码 验证码 两步验证 双重验证",
    )
    for name in line.split()
)
#: These hold a secret only beside a name.
SECRETS = frozenset({"secret", "secretkey", "seed", "sharedsecret", "密钥", "秘钥", "密鑰", "secretbase32"})
ISSUERS = ("issuer", "issuername", "originalissuername")
TITLES = (
    *ISSUERS,
    *("service", "服务名称", "provider", "title", "site"),
    *("nickname", "displayname", "name", "totptitle", "websitepasswordtitle", "entry", "entryname", "item"),
    *("secretname", "标题", "名称", "名稱", "平台", "应用"),
)
USERS = (
    *("websitepasswordusername", "account", "username", "loginusername", "user", "login", "email"),
    *("accountname", "loginname", "userid", "usernameemail", "itemusername", "itememail", "originalusername"),
    *("label", "用户名", "账号", "账户", "帐号", "帳號", "账户信息", "name"),
)
SITES = (
    "url",
    "website",
    "loginurl",
    "loginuri",
    "loginurls",
    "uri",
    "matchurl",
    "secreturl",
    "address",
    "网址",
    "网站",
)
#: What stands in records, and changes no code: what it is called and looks like, where it is kept, what else
#: belongs to a login.
HARMLESS = frozenset(
    {*TITLES, *USERS, *SITES, *DECORATIONS}
    | {
        name
        for line in (
            "favorite favourite category categories groups groupids groupid tag thumbnail iconmime iconhash",
            "icontype iconurl iconurls usecount usedfrequency lastusedat lastuseddate created createdat",
            "creationdate modified modifieddate updated updatedat updatedtime lastmodified version revision",
            "revisiondate deleted deleteddate archived hidden index order sortorder ranking rank uniqueid",
            "password passwords pwd uris urls passkeys fido2credentials passwordrevisiondate reprompt",
            "collectionids organizationid passwordhistory object status state enabled isdefault default",
            "custom customicon push backup encrypted keyid datatype description comment comments extra",
            "grouping fav autofill autosubmit trash pinned collection folderid customfields fields",
            "attachments subtitle sensitive value valueupdatedat historical template uid originallabel",
            "original edited serial selectedimage selectedimagetype orderid badge badgecolor link source",
            "iconcollectionid iconcollection iconcustom accountid userdata remoteid createtime modifytime",
            "vault urlfilter copycount rffieldsv2",
        )
        for name in line.split()
    }
)
_KIND = re.compile("^.*(?:totp|otp|2fa|mfa|oath|twofactor)")
_SUSPECT = re.compile("otp|2fa|digit|period|algo|hash|step|counter|interval|epoch|offset|位数|周期|算法")
_NOT_WORD = re.compile(r"[\W_]+")
#: The meaning of each name.
_ROLES = {name: role for role, names in SETTINGS.items() for name in names}


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A field's name in small letters, without what is no letter or digit."""
    return _NOT_WORD.sub("", name.lower())


def role_of(name: str) -> str:
    """The setting that a field holds, by its plain name; "" for none. Some put the kind of codes in front."""
    return _ROLES.get(name) or _ROLES.get(_KIND.sub("", name), "")


def is_harmless(name: str) -> bool:
    """Whether a field of that plain name changes no code."""
    return name in HARMLESS or "password" in name or "密码" in name


def is_suspect(name: str) -> bool:
    """Whether a field of that plain name sounds as if it changed codes, among the many of a password
    manager.
    """
    return _SUSPECT.search(name) is not None


def is_code(name: str) -> bool:
    """Whether a field of that plain name holds a secret. Keeper and others number theirs."""
    return name in CODES or name.rstrip("0123456789") in CODES


#: Decimal digits of the largest accepted number: a counter of eight bytes.
_LONGEST_NUMBER = 20
#: Fields that exports use for an entry's name.
_NAMES = (
    "issuer",
    "issuerName",
    "issuerExt",
    "Issuer",
    "title",
    "name",
    "account_name",
    "account",
    "label",
    "userName",
    "username",
    "Username",
)
#: Objects within an entry that may hold its name.
_WITHIN = ("otp", "content", "login")


class Fields:
    """A JSON object; anything else raises Problem at its first use. A null field counts as absent."""

    def __init__(self, value: object, path: str = "", used: set[str] | None = None) -> None:
        self.value = value
        self._path = path
        #: The paths of the fields that a reader has asked for, also within.
        self._used: set[str] = set() if used is None else used

    def unread(self) -> list[str]:
        """The fields that hold something, that nobody has asked for, and that may change a code."""
        return [] if not isinstance(self.value, dict) else list(self._unread(self.value, self._path))

    def _unread(self, value: dict[str, Any], path: str) -> Iterator[str]:
        for name, inner in value.items():
            asked = (path + name).lower() in self._used
            if asked and isinstance(inner, dict):
                yield from self._unread(inner, f"{path}{name}.")
            elif not (asked or inner in (None, "", [], {}, False) or is_harmless(plain(name))):
                yield path + name

    def leave_out(self, *names: str) -> None:
        """What this app writes beside a code, and what changes none."""
        self._used.update((self._path + name).lower() for name in names)

    def has(self, name: str) -> bool:
        self._used.add((self._path + name).lower())
        return self._object().get(name) is not None

    def is_object(self, name: str) -> bool:
        return isinstance(self._object().get(name), dict)

    def is_text(self, name: str) -> bool:
        return isinstance(self._object().get(name), str)

    def names(self) -> list[str]:
        return list(self._object())

    def items(self) -> Iterable[tuple[str, Any]]:
        return self._object().items()

    def text(self, name: str, default: str | None = None) -> str:
        """A text. Raises Problem, like the other methods."""
        value = self._get(name, default)
        if not isinstance(value, str):
            raise self._damaged(name, "field_text")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number. Some exports write it as a text."""
        value = self._get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER:
            return int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._damaged(name, "field_number")
        return value

    def bytes(self, name: str) -> bytes:
        value = self._get(name, None)
        if not isinstance(value, bytes):
            raise self._damaged(name, "field_text")
        return value

    def list(self, name: str) -> list[Any]:
        value = self._get(name, None)
        if not isinstance(value, list):
            raise self._damaged(name, "field_list")
        return value

    def objects(self, name: str) -> Sequence[Fields]:
        """The objects in a list, which is empty if absent."""
        if not self.has(name):
            return []
        return [Fields(value, f"{self._path}{name}.", self._used) for value in self.list(name)]

    def inside(self, name: str) -> Fields:
        """The object in a field, which is empty if absent."""
        return Fields(self._get(name, {}), f"{self._path}{name}.", self._used)

    def renamed(self, rename: Callable[[str], str]) -> Fields:
        """The same with other names."""
        return Fields({rename(name): value for name, value in self._object().items()}, self._path, self._used)

    def any_name(self) -> str:
        """The entry's name for people, if there is one."""
        if not isinstance(self.value, dict):
            return ""
        objects = [self.value, *(self.value.get(name) for name in _WITHIN)]
        values = [known.get(name) for known in objects if isinstance(known, dict) for name in _NAMES]
        return ":".join(dict.fromkeys(value for value in values if isinstance(value, str) and value))[:80]

    def _get(self, name: str, default: object) -> object:
        self._used.add((self._path + name).lower())
        value = self._object().get(name)
        if value is None:
            value = default
        if value is None:
            raise self._damaged(name, "field_missing")
        return value

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            field = self._path.rstrip(".")
            raise Problem("field_object", field=field) if field else Problem("not_an_object")
        return self.value

    def _damaged(self, name: str, code: str) -> Problem:
        return Problem(code, field=f"{self._path}{name}")

"""What names of fields mean, whoever gave them: a name in small letters, without what is no letter or digit.

The roles of a link's parameters are the page's, too (`tools/page_definition.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache

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

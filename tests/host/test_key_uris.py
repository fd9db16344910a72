"""Key URIs as the world writes them: one row for each way that was seen, and what it means."""

from __future__ import annotations

import pytest

from totpkey.account import Account
from totpkey.errors import InvalidAccount
from totpkey.otpauth import read
from totpkey_protocol.words import HOTP, STEAM

SECRET = "JBSWY3DPEHPK3PXP"
BYTES = b"Hello!\xde\xad\xbe\xef"
#: Amazon's 32 bytes, 52 characters of base32 without padding, in groups.
AMAZON = "MFZW GZDF NNUW 4ZZA ORQX G2LO M4QH G2LN OBWG KIDG N5ZC A43F NRWG"

NBSP, ZERO_WIDTH, SOFT_HYPHEN, NON_BREAKING_HYPHEN = "\u00a0", "\u200b", "\u00ad", "\u2011"

#: What stands there, the account that is meant, and a part of the warning, if there is one.
ROWS: dict[str, tuple[str, Account, str]] = {
    "plain": (f"otpauth://totp/A:b?secret={SECRET}&issuer=A", Account("A", "b", BYTES), ""),
    "no issuer anywhere": (f"otpauth://totp/b?secret={SECRET}", Account("", "b", BYTES), ""),
    "issuer in the label alone": (f"otpauth://totp/A:b?secret={SECRET}", Account("A", "b", BYTES), ""),
    "issuer in the parameter alone": (
        f"otpauth://totp/b?secret={SECRET}&issuer=A",
        Account("A", "b", BYTES),
        "",
    ),
    "an escaped colon": (f"otpauth://totp/A%3Ab?secret={SECRET}", Account("A", "b", BYTES), ""),
    "an escaped colon, small": (f"otpauth://totp/A%3ab?secret={SECRET}", Account("A", "b", BYTES), ""),
    "spaces around the colon": (f"otpauth://totp/A%20:%20b?secret={SECRET}", Account("A", "b", BYTES), ""),
    "two colons": (f"otpauth://totp/A:b:c?secret={SECRET}", Account("A", "b:c", BYTES), ""),
    "an empty issuer parameter": (
        f"otpauth://totp/A:b?secret={SECRET}&issuer=",
        Account("A", "b", BYTES),
        "",
    ),
    "issuers that differ": (
        f"otpauth://totp/X:b?secret={SECRET}&issuer=A",
        Account("A", "b", BYTES),
        "two issuers",
    ),
    "issuers in another case": (f"otpauth://totp/a:b?secret={SECRET}&issuer=A", Account("A", "b", BYTES), ""),
    "a plus in the label is itself": (
        f"otpauth://totp/b+c@d?secret={SECRET}",
        Account("", "b+c@d", BYTES),
        "",
    ),
    "a plus in a parameter is a space": (
        f"otpauth://totp/b?secret={SECRET}&issuer=Big+Shop",
        Account("Big Shop", "b", BYTES),
        "",
    ),
    "an issuer for a name": (f"otpauth://totp/?secret={SECRET}&issuer=A", Account("", "A", BYTES), ""),
    "an issuer and a colon": (f"otpauth://totp/A:?secret={SECRET}", Account("", "A", BYTES), ""),
    "Chinese": (
        f"otpauth://totp/%E4%BA%9A%E9%A9%AC%E9%80%8A:b?secret={SECRET}",
        Account("亚马逊", "b", BYTES),
        "",
    ),
    "Chinese, not escaped": (f"otpauth://totp/亚马逊:b?secret={SECRET}", Account("亚马逊", "b", BYTES), ""),
    "no slash before the parameters": (
        f"otpauth://totp?secret={SECRET}&issuer=A",
        Account("", "A", BYTES),
        "",
    ),
    "capitals": (f"OTPAUTH://TOTP/A:b?SECRET={SECRET}&ISSUER=A", Account("A", "b", BYTES), ""),
    "a secret in small letters": (f"otpauth://totp/b?secret={SECRET.lower()}", Account("", "b", BYTES), ""),
    "a secret in groups": ("otpauth://totp/b?secret=JBSW%20Y3DP+EHPK-3PXP", Account("", "b", BYTES), ""),
    "a padded secret": (
        "otpauth://totp/b?secret=MZXW6YTBOI%3D%3D%3D%3D%3D%3D",
        Account("", "b", b"foobar"),
        "short",
    ),
    "padding not escaped": (
        "otpauth://totp/b?secret=MZXW6YTBOI======&issuer=A",
        Account("A", "b", b"foobar"),
        "short",
    ),
    "no-break spaces": (f"otpauth://totp/b?secret=JBSW{NBSP}Y3DPEHPK3PXP", Account("", "b", BYTES), ""),
    "zero-width spaces": (
        f"otpauth://totp/b?secret=JBSW{ZERO_WIDTH}Y3DPEHPK3PXP",
        Account("", "b", BYTES),
        "",
    ),
    "soft hyphens": (f"otpauth://totp/b?secret=JBSW{SOFT_HYPHEN}Y3DPEHPK3PXP", Account("", "b", BYTES), ""),
    "other hyphens": (
        f"otpauth://totp/b?secret=JBSW{NON_BREAKING_HYPHEN}Y3DPEHPK3PXP",
        Account("", "b", BYTES),
        "",
    ),
    "80 bits": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PXP", Account("", "b", BYTES), ""),
    "40 bits": ("otpauth://totp/b?secret=JBSWY3DP", Account("", "b", b"Hello"), "short"),
    "sha256": (f"otpauth://totp/b?secret={SECRET}&algorithm=sha256", Account("", "b", BYTES, "SHA256"), ""),
    "SHA-512": (f"otpauth://totp/b?secret={SECRET}&algorithm=SHA-512", Account("", "b", BYTES, "SHA512"), ""),
    "HmacSHA1": (f"otpauth://totp/b?secret={SECRET}&algorithm=HmacSHA1", Account("", "b", BYTES), ""),
    "empty digits and period": (
        f"otpauth://totp/b?secret={SECRET}&digits=&period=",
        Account("", "b", BYTES),
        "",
    ),
    "eight digits, a minute": (
        f"otpauth://totp/b?secret={SECRET}&digits=8&period=60",
        Account("", "b", BYTES, digits=8, period=60),
        "",
    ),
    "a counter means nothing to TOTP": (
        f"otpauth://totp/b?secret={SECRET}&counter=5",
        Account("", "b", BYTES),
        "",
    ),
    "unknown parameters": (
        f"otpauth://totp/b?secret={SECRET}&image=https%3A%2F%2Fexample.com%2Fx.png&lock=false&color=ff0000",
        Account("", "b", BYTES),
        "",
    ),
    "copied from a page's source": (
        f"otpauth://totp/b?secret={SECRET}&amp;issuer=A",
        Account("A", "b", BYTES),
        "",
    ),
    "said twice, the same": (
        f"otpauth://totp/b?secret={SECRET}&secret={SECRET}",
        Account("", "b", BYTES),
        "",
    ),
    "blanks around it": (f"  otpauth://totp/b?secret={SECRET}\r\n", Account("", "b", BYTES), ""),
    "a hash sign in the label": (f"otpauth://totp/b#2?secret={SECRET}", Account("", "b#2", BYTES), ""),
    "HOTP": (
        f"otpauth://hotp/A:b?secret={SECRET}&counter=7",
        Account("A", "b", BYTES, type=HOTP, counter=7),
        "",
    ),
    "HOTP, its largest counter": (
        f"otpauth://hotp/b?secret={SECRET}&counter=4294967295",
        Account("", "b", BYTES, type=HOTP, counter=2**32 - 1),
        "",
    ),
    "HOTP without a counter": (
        f"otpauth://hotp/b?secret={SECRET}",
        Account("", "b", BYTES, type=HOTP),
        "no counter",
    ),
    "Steam by its type": (
        f"otpauth://steam/b?secret={SECRET}",
        Account("", "b", BYTES, digits=5, type=STEAM),
        "",
    ),
    "Steam by its scheme": (f"steam://{SECRET}", Account("", "Steam", BYTES, digits=5, type=STEAM), ""),
    "Steam by its issuer": (
        f"otpauth://totp/Steam:b?secret={SECRET}&issuer=Steam",
        Account("Steam", "b", BYTES, digits=5, type=STEAM),
        "",
    ),
    "Steam by its digits": (
        f"otpauth://totp/b?secret={SECRET}&digits=5",
        Account("", "b", BYTES, digits=5, type=STEAM),
        "",
    ),
    "Steam by its encoder": (
        f"otpauth://totp/b?secret={SECRET}&encoder=Steam",
        Account("", "b", BYTES, digits=5, type=STEAM),
        "",
    ),
}

#: What stands there, and a part of the reason.
REFUSED: dict[str, tuple[str, str]] = {
    "a period of nothing": (f"otpauth://totp/b?secret={SECRET}&period=0", "period = 0"),
    "a negative period": (f"otpauth://totp/b?secret={SECRET}&period=-30", "period"),
    "a period with a unit": (f"otpauth://totp/b?secret={SECRET}&period=30s", "period"),
    "ten digits": (f"otpauth://totp/b?secret={SECRET}&digits=10", "digits = 10"),
    "MD5": (f"otpauth://totp/b?secret={SECRET}&algorithm=MD5", "algorithm"),
    "a counter too large": (f"otpauth://hotp/b?secret={SECRET}&counter=18446744073709551616", "counter"),
    "a negative counter": (f"otpauth://hotp/b?secret={SECRET}&counter=-1", "counter"),
    "a zero in the secret": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PX0", "digit 0"),
    "a one in the secret": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PX1", "digit 1"),
    "an eight in the secret": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PX8", "digit 8"),
    "an end cut off, 1": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PXPA", "end is probably missing"),
    "an end cut off, 3": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PXPABC", "end is probably missing"),
    "an end cut off, 6": ("otpauth://totp/b?secret=JBSWY3DPEHPK3PXPABCDEF", "end is probably missing"),
    "a hexadecimal secret": ("otpauth://totp/b?secret=0x48656c6c6f", "digit 0"),
    "an empty secret": ("otpauth://totp/b?secret=", "0 bytes"),
    "no secret": ("otpauth://totp/b?issuer=A", "no secret"),
    "no name": (f"otpauth://totp/?secret={SECRET}", "no name"),
    "another kind": (f"otpauth://motp/b?secret={SECRET}", "unknown kind"),
    "said twice, differently": (f"otpauth://totp/b?secret={SECRET}&secret=MZXW6YTB", "twice"),
    "several accounts": ("otpauth-migration://offline?data=AAAA", "several accounts"),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_a_uri_means(row: str) -> None:
    text, expected, warning = ROWS[row]
    reading = read(text)
    assert reading.account == expected
    assert reading.account.type == expected.type
    assert [warning in told for told in reading.warnings] == [True] * bool(warning)


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused_and_why(row: str) -> None:
    text, cause = REFUSED[row]
    with pytest.raises(InvalidAccount) as raised:
        read(text)
    assert cause in raised.value.cause
    assert SECRET[:-1] not in raised.value.cause + raised.value.remedy


@pytest.mark.parametrize(
    "groups", [AMAZON, AMAZON.lower(), AMAZON.replace(" ", ""), AMAZON.replace(" ", NBSP)]
)
def test_amazon_s_secret_however_it_was_copied(groups: str) -> None:
    secret = read(groups, "Amazon:shop").account.secret
    assert len(secret) == 32
    assert read(f"otpauth://totp/Amazon%3Ashop?secret={groups.replace(' ', '')}").account.secret == secret

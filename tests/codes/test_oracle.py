"""The demo's oracles against the RFC, as far as they are installed here."""

from shutil import which

import pytest

from tests.support.published import TOTP
from totpkey.accounts.account import Account
from totpkey.cli.simulation import independent_codes

ORACLES = [
    pytest.param(independent_codes.by_pyotp, id="pyotp"),
    pytest.param(
        independent_codes.by_oathtool,
        id="oathtool",
        marks=pytest.mark.skipif(which("oathtool") is None, reason="oathtool is not installed"),
    ),
    pytest.param(independent_codes.by_this_host, id="own"),
]


@pytest.mark.parametrize("code_of", ORACLES)
@pytest.mark.parametrize(("time", "algorithm", "secret", "code"), TOTP)
def test_rfc_6238(
    code_of: independent_codes.Oracle, time: int, algorithm: str, secret: bytes, code: str
) -> None:
    assert code_of(Account("", "x", secret, algorithm, 8), time) == code


def test_another_implementation_comes_first() -> None:
    assert independent_codes.find() == ("pyotp", independent_codes.by_pyotp)

"""The demo's oracles against the RFC, as far as they are installed here."""

from shutil import which

import pytest

from tests.support.published import TOTP
from totpkey.accounts.account import Account
from totpkey.cli.commands import simulation

ORACLES = [
    pytest.param(simulation.by_pyotp, id="pyotp"),
    pytest.param(
        simulation.by_oathtool,
        id="oathtool",
        marks=pytest.mark.skipif(which("oathtool") is None, reason="oathtool is not installed"),
    ),
    pytest.param(simulation.by_this_host, id="own"),
]


@pytest.mark.parametrize("code_of", ORACLES)
@pytest.mark.parametrize(("time", "algorithm", "secret", "code"), TOTP)
def test_rfc_6238(code_of: simulation.Oracle, time: int, algorithm: str, secret: bytes, code: str) -> None:
    assert code_of(Account("", "x", secret, algorithm, 8), time) == code


def test_another_implementation_comes_first() -> None:
    assert simulation.find_oracle() == ("pyotp", simulation.by_pyotp)

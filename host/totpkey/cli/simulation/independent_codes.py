"""Codes by an independent implementation: pyotp or oathtool if installed, else the host's own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from shutil import which

from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey_readers.records import base32

#: Returns the code of an account at a Unix time.
Oracle = Callable[[Account, int], str]


def find() -> tuple[str, Oracle]:
    """Return the name of the most independent oracle available, and the oracle."""
    try:
        import pyotp  # noqa: F401
    except ImportError:
        return ("oathtool", by_oathtool) if which("oathtool") else ("totpkey's own host code", by_this_host)
    return "pyotp", by_pyotp


def by_pyotp(account: Account, time: int) -> str:
    import hashlib

    import pyotp

    digest = getattr(hashlib, account.algorithm.lower())
    secret = base32.encode(account.secret)
    return pyotp.HOTP(secret, digits=account.digits, digest=digest).at(time // account.period)


def by_oathtool(account: Account, time: int) -> str:
    # The secret goes through standard input, since a process list shows arguments.
    options = [f"--digits={account.digits}", f"--time-step-size={account.period}s", f"--now=@{time}"]
    program = ["oathtool", f"--totp={account.algorithm.lower()}", *options, "-"]
    secret = account.secret.hex()
    done = subprocess.run(program, input=secret, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def by_this_host(account: Account, time: int) -> str:
    return codes.totp(account.secret, time, account.algorithm, account.digits, account.period)

"""Finds the time step of two consecutive codes. The host cannot do this, as it does not know the secret."""

from totpkey_protocol.limits import SEARCH, SEARCH_SHA512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..accounts import Account

#: How many distances are tried before the watchdog is fed: twice as many codes, 1.4 s of SHA-512.
_AT_A_TIME = 4


def find_step(account: "Account", codes: "tuple[str, str]", near: int, rest: "Callable[[], None]") -> int:
    """The time step of the second code, the nearest to Unix time `near`; -1 if there is none.

    Searches a day to either side, which is twice 2 880 steps of 30 s. Two codes of six digits match another
    pair by chance in one of 170 million cases.
    """
    span = SEARCH_SHA512 if account.algorithm == "SHA512" else SEARCH
    middle = near // account.period
    for distance in range(span // account.period + 1):
        if distance % _AT_A_TIME == 0:
            rest()
        for step in (middle + distance, middle - distance) if distance else (middle,):
            if account.code(step) == codes[1] and account.code(step - 1) == codes[0]:
                return step
    return -1

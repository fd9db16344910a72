"""The check of an account that another key, or a computer that plays one, has sealed."""

from totpkey_protocol import commands
from totpkey_protocol.errors import BAD_VALUE, OUT_OF_RANGE, Refusal
from totpkey_protocol.fields import check_value
from totpkey_protocol.limits import SECRET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..accounts import Account


def check(account: "Account") -> None:
    """Check it as strictly as the fields of `add`. Raises Refusal."""
    for field in commands.ENTRY[1:]:
        check_value(field, getattr(account, "kind" if field.name == "type" else field.name))
    account.check()
    if account.end:
        raise Refusal(BAD_VALUE, "sealed")
    if not 1 <= len(account.secret) <= SECRET:
        raise Refusal(OUT_OF_RANGE, "secret")

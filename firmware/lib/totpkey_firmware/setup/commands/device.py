"""Commands about the key itself."""

from totpkey_protocol.version import PROTOCOL, __version__
from totpkey_protocol.words import EVERYTHING

from ...platform import circuitpython_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps


def hello(request: "Request") -> "dict[str, object]":
    """Identify the key, and report its state. A locked key reports no accounts."""
    key = request.key
    return {
        "protocol": PROTOCOL,
        "firmware": __version__,
        "circuitpython": circuitpython_version(),
        "board": key.platform.board,
        "key": key.platform.uid,
        "face": "setup",
        "state": key.vault.state,
        "clock": key.timekeeper.state,
        "accounts": len(key.vault),
    }


def session(request: "Request") -> "dict[str, object]":
    """Begin a session: from now on, serve only requests that prove to be from this program."""
    key, channel = request.key, request.key.channel
    key.grants.end()
    channel.begin(request.data("key"), request.identifier)
    reply = hello(request)
    reply.update({"start": channel.start, "agreed": channel.agreed, "outcome": channel.outcome})
    return reply


def done(request: "Request") -> "dict[str, object]":
    """End setup: after the reply the key restarts in its everyday face."""
    key = request.key
    key.leaving = True
    return {}


def wipe(request: "Request") -> "Steps":
    """Forget everything. The key is blank again."""
    key = request.key
    yield EVERYTHING
    key.grants.end()
    key.everyday.usage_log.forget()
    try:
        key.vault.wipe()
    finally:
        # Also if some of the flash could not be blanked: no account can be reached any more.
        key.timekeeper.floor = key.vault.settings.floor
        key.timekeeper.judge(key.platform.ticks())
        key.accounts_changed()
    return {}

"""Finds the board that is in its test face."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.link.board_client import BoardClient
from totpkey.link.conversation import ANSWER_WAIT
from totpkey.link.discovery import SEARCH_WAIT, KeyPort, key_ports
from totpkey.link.transport import SerialTransport


def connect_board(
    port: str = "", key: str = "", find_ports: Callable[[], Iterable[KeyPort]] = key_ports
) -> BoardClient:
    """Open the board on `port`, or the only board in its test face whose id begins with `key`.

    Raises NoKey, SeveralKeys, and the problem of the first possible port.
    """
    if port:
        return _open(port, ANSWER_WAIT)
    found, problems = _search(each for each in find_ports() if each.key.startswith(key.lower()))
    if len(found) == 1:
        return found[0]
    for board in found:
        board.close()
    if found:
        raise errors.SeveralKeys(tr("There are several boards."), tr("Test one after the other."))
    raise problems[0] if problems else _no_board()


def _search(ports: Iterable[KeyPort]) -> tuple[list[BoardClient], list[errors.TotpkeyError]]:
    found: list[BoardClient] = []
    problems: list[errors.TotpkeyError] = []
    for port in ports:
        try:
            found.append(_open(port.path, SEARCH_WAIT))
        except (errors.TransportError, errors.ConversationError, errors.KeyRefused) as problem:
            problems.append(problem)
    return found, problems


def _open(port: str, wait: float) -> BoardClient:
    board = BoardClient(SerialTransport(port))
    try:
        board.greet(wait)
    except errors.TotpkeyError:
        board.close()
        raise
    return board


def _no_board() -> errors.NoKey:
    return errors.NoKey(
        tr("The board did not come back for its test."), tr("Unplug it, plug it in, and test it again.")
    )

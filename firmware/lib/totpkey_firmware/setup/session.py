"""The conversation over USB serial: frames in, replies out, at most one command waiting for its press."""

from totpkey_protocol import commands, errors, fields, frames, limits, words

from ..heap import collect
from ..ticks import since
from .commands import OF_A_BATCH, carry_out, wanted
from .request import NONE, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from totpkey_protocol.fields import Command

    from ..platform import Serial
    from .setup_key import SetupKey as Key


class _Pending:
    """A request that waits for a touch: a press, or a hold of so many seconds."""

    def __init__(self, request: Request, hold: int) -> None:
        self.request = request
        self.hold = hold
        #: Whether the button went down since: a hold that began before was not meant for it.
        self.touched = False


class Session:
    """Serves one program at a time on the serial port."""

    def __init__(self, key: "Key", serial: "Serial", now: int) -> None:
        self._key = key
        self._serial = serial
        self._writer = frames.FrameWriter(serial.write)
        self._frames = frames.FrameBuffer()
        self._pending: "_Pending | None" = None
        self._open = False
        self._heard_at = now
        #: What a hold has allowed is for a key that is open.
        self._unlocked = False

    @property
    def asking(self) -> bool:
        """Whether a command waits for a press."""
        return self._pending is not None

    def quiet(self, touched: int, now: int) -> int:
        """For how long no program has asked for anything, in ms. Requests count for an hour after the key was
        `touched`: a program shall not keep open what its owner has left.
        """
        untouched = since(touched, now)
        return untouched if untouched >= 1000 * limits.SETUP_UNTOUCHED else since(self._heard_at, now)

    def turn(self, touched: int, now: int) -> None:
        """Take what has come, and let time have its effect. `touched`: when a person did so last."""
        unlocked = self._key.state == words.OPEN
        if self._unlocked and not unlocked:
            self._key.grants.locked()
        self._unlocked = unlocked
        if self._serial.connected:
            self._open = True
            for frame in self._frames.feed(self._serial.read()):
                self._serve(frame, now)
        elif self._open:
            self._forget()
        if self._key.grants.batch and since(self._heard_at, now) >= 1000 * limits.BATCH_IDLE:
            self._end_batch()
        pending = self._pending
        if pending and since(pending.request.at, now) >= 1000 * limits.PRESS_WAIT:
            self._pending = None
            self._refuse(errors.Refusal(errors.PRESS_TIMEOUT, request_id=pending.request.identifier))
        idle = self.quiet(touched, now) >= 1000 * limits.SETUP_IDLE
        # A blank key has nothing to close itself for.
        if self._key.leaving or (idle and self._key.state != words.BLANK):
            self._serial.flush()
            self._key.come_back()

    def pressed(self, now: int) -> bool:
        """The button went down. False if no command waits for it; else the press is that command's."""
        pending = self._pending
        if not pending:
            return False
        pending.touched = True
        if not pending.hold:
            self._agree(pending, now)
        return True

    def held(self, milliseconds: int, now: int) -> None:
        """The button has been down for so long: enough, perhaps, for a command that asks for a hold."""
        self._key.held = milliseconds
        pending = self._pending
        if pending and pending.touched and pending.hold and milliseconds >= 1000 * pending.hold:
            self._agree(pending, now)

    def _agree(self, pending: _Pending, now: int) -> None:
        self._pending = None
        self._heard_at = now
        pending.request.agreed = True
        self._answer(pending.request)

    def _forget(self) -> None:
        """The program closed the port: what it left behind must not greet the next one."""
        self._open = False
        self._pending = None
        try:
            self._key.grants.end()
        except errors.Refusal:
            # Nobody is there to be told; the program sees by `list` what was stored.
            pass
        self._frames.clear()
        self._serial.clear()

    def _end_batch(self) -> None:
        try:
            self._key.grants.end_batch()
        except errors.Refusal:
            pass

    def _serve(self, frame: "bytes | None", now: int) -> None:
        try:
            if frame is None:
                raise errors.Refusal(errors.FRAME_TOO_LONG)
            request = frames.parse(frame)
            if request is None:
                return
            self._heard_at = now
            # What this command leaves behind, such as a module, shall not lie among what is garbage already:
            # a heap in small pieces has no room for what is larger.
            collect()
            self._begin(request[0], request[1], now)
        except errors.Refusal as refusal:
            self._refuse(refusal)

    def _begin(self, request_id: int, fields_given: "dict[str, frames.Value]", now: int) -> None:
        try:
            command, arguments = self._check(fields_given)
            if self._pending:
                raise errors.Refusal(errors.BUSY)
            if command.name not in OF_A_BATCH:
                self._key.grants.end_batch()
            request = Request(self._key, request_id, command, arguments, now)
            consent = wanted(request)
            if consent != NONE:
                self._pending = _Pending(request, consent)
                self._send(_notice(request_id, consent))
                return
        except errors.Refusal as refusal:
            refusal.request_id = request_id
            raise
        self._answer(request)

    def _check(self, request: "dict[str, frames.Value]") -> "tuple[Command, dict[str, str | int]]":
        name = request.get("command")
        if name is None:
            raise errors.Refusal(errors.MISSING_FIELD, "command")
        command = commands.find(name) if isinstance(name, str) else None
        if command is None:
            raise errors.Refusal(errors.UNKNOWN_COMMAND)
        arguments = fields.check(command, request)
        self._check_state(command)
        return command, arguments

    def _check_state(self, command: "Command") -> None:
        if self._key.state not in command.states:
            raise errors.Refusal(errors.NOT_ALLOWED)

    def _answer(self, request: Request) -> None:
        try:
            # Again: the key may have locked itself while a touch was waited for.
            self._check_state(request.command)
            result = carry_out(request)
        except errors.Refusal as refusal:
            refusal.request_id = request.identifier
            self._refuse(refusal)
        except Exception:
            # Say so, then let the error take its way: the firmware starts afresh.
            self._refuse(errors.Refusal(errors.INTERNAL, request_id=request.identifier))
            raise
        else:
            self._send({"id": request.identifier, "ok": result})

    def _refuse(self, refusal: errors.Refusal) -> None:
        reply: "dict[str, object]" = {"id": refusal.request_id, "error": refusal.code}
        if refusal.field:
            reply["field"] = refusal.field
        self._send(reply)

    def _send(self, message: "dict[str, object]") -> None:
        self._writer.send(message)


def _notice(request_id: int, hold: int) -> "dict[str, object]":
    """What the key sends while it waits for its button."""
    notice: "dict[str, object]" = {
        "id": request_id,
        "notice": commands.NOTICE_PRESS,
        "seconds": limits.PRESS_WAIT,
    }
    if hold:
        notice["notice"] = commands.NOTICE_HOLD
        notice["hold"] = hold
    return notice

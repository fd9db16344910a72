"""The conversation over USB serial: frames in, replies out, at most one command waiting for its press."""

from totpkey_protocol import commands, errors, fields, frames, limits, words

from ..heap import collect
from ..ticks import since
from .commands import HANDLERS, press_wanted
from .commands.accounts import end_batch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from totpkey_protocol.fields import Command

    from ..platform import Serial
    from .setup_key import SetupKey as Key


class _Asked:
    """A command that was checked, and is carried out at once or after a press."""

    def __init__(
        self, command: "Command", arguments: "dict[str, str | int]", request_id: int, at: int
    ) -> None:
        self.command = command
        self.arguments = arguments
        self.request_id = request_id
        self.at = at
        #: For how many seconds the button is to be held; 0 for a press.
        self.hold = 0
        #: Whether the button went down since: a hold that began before was not meant for it.
        self.touched = False


class Session:
    """Serves one program at a time on the serial port."""

    def __init__(self, key: "Key", serial: "Serial", now: int) -> None:
        self._key = key
        self._serial = serial
        self._writer = frames.FrameWriter(serial.write)
        self._frames = frames.FrameBuffer()
        self._pending: "_Asked | None" = None
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
            self._withdraw()
        self._unlocked = unlocked
        if self._serial.connected:
            self._open = True
            for frame in self._frames.feed(self._serial.read()):
                self._serve(frame, now)
        elif self._open:
            self._forget()
        if self._key.batch and since(self._heard_at, now) >= 1000 * limits.BATCH_IDLE:
            self._end_batch()
        pending = self._pending
        if pending and since(pending.at, now) >= 1000 * limits.PRESS_WAIT:
            self._pending = None
            self._refuse(errors.Refusal(errors.PRESS_TIMEOUT, request_id=pending.request_id))
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
            self._carry_out(pending, now)
        return True

    def held(self, milliseconds: int, now: int) -> None:
        """The button has been down for so long: enough, perhaps, for a command that asks for a hold."""
        self._key.held = milliseconds
        pending = self._pending
        if pending and pending.touched and pending.hold and milliseconds >= 1000 * pending.hold:
            self._carry_out(pending, now)

    def _carry_out(self, pending: _Asked, now: int) -> None:
        self._pending = None
        self._heard_at = now
        self._answer(pending)

    def _forget(self) -> None:
        """The program closed the port: what it left behind must not greet the next one."""
        self._open = False
        self._pending = None
        self._key.update = None
        self._end_batch()
        self._withdraw()
        self._frames.clear()
        self._serial.clear()

    def _withdraw(self) -> None:
        """What a hold has allowed once is allowed no more."""
        self._key.export_for = ""
        if self._key.clone:
            self._key.clone.forget()
            self._key.clone = None

    def _end_batch(self) -> None:
        """Nobody is there to be told of a fault; the program sees by `list` what was stored."""
        try:
            end_batch(self._key)
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

    def _begin(self, request_id: int, request: "dict[str, frames.Value]", now: int) -> None:
        try:
            command, arguments = self._check(request)
            if self._pending:
                raise errors.Refusal(errors.BUSY)
            if command.name not in ("add", "clone_receive"):
                end_batch(self._key)
            asked = _Asked(command, arguments, request_id, now)
            wanted = press_wanted(self._key, asked.command, arguments, now)
            if wanted is not None:
                asked.hold = wanted
                self._pending = asked
                self._send(_notice(request_id, wanted))
                return
        except errors.Refusal as refusal:
            refusal.request_id = request_id
            raise
        self._answer(asked)

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

    def _answer(self, asked: _Asked) -> None:
        try:
            # Again: the key may have locked itself while a press was waited for.
            self._check_state(asked.command)
            result = HANDLERS[asked.command.name](self._key, asked.arguments, asked.at)
        except errors.Refusal as refusal:
            refusal.request_id = asked.request_id
            self._refuse(refusal)
        except Exception:
            # Say so, then let the error take its way: the firmware starts afresh.
            self._refuse(errors.Refusal(errors.INTERNAL, request_id=asked.request_id))
            raise
        else:
            self._send({"id": asked.request_id, "ok": result})

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

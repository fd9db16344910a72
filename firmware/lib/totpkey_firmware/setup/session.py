"""The conversation over USB serial: frames in, replies out, at most one command waiting for its touch.

What a touch allows, and by which rules, is in docs/consent.md.
"""

import hashlib

from totpkey_protocol import commands, errors, fields, frames, limits, words

from ..heap import collect
from ..panel import gestures, light
from ..ticks import passed, since
from .commands import COMMANDS, OF_A_BATCH
from .request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from totpkey_protocol.fields import Command

    from ..platform import Serial
    from .request import Steps
    from .setup_key import SetupKey as Key


#: For how many seconds a class of consent wants the button held; the others want a press.
_HOLDS = {words.ACCESS: limits.HOLD_ACCESS, words.EVERYTHING: limits.HOLD_EVERYTHING}


class _Pending:
    """A request that waits for the gesture of a class. `at`: since when the light shows that, in ticks."""

    def __init__(self, request: Request, steps: "Steps", consent: str, at: int) -> None:
        self.request = request
        self.steps = steps
        self.consent = consent
        self.at = at
        self.hold = _HOLDS.get(consent, 0)
        #: Whether the button went down since that was announced: a touch that began before was not meant.
        self.touched = False

    def agrees(self, milliseconds: int) -> bool:
        """Whether a touch of that length is the gesture."""
        if not self.hold:
            return milliseconds < gestures.HOLD
        if milliseconds < 1000 * self.hold:
            return False
        return self.hold == limits.HOLD_EVERYTHING or milliseconds < 1000 * limits.HOLD_EVERYTHING


class Session:
    """Serves one program at a time on the serial port."""

    def __init__(self, key: "Key", serial: "Serial", now: int) -> None:
        self._key = key
        self._serial = serial
        self._writer = frames.FrameWriter(serial.write)
        self._frames = frames.FrameBuffer()
        self._pending: "_Pending | None" = None
        #: Whether a program has the port open.
        self.open = False
        self._heard_at = now
        #: What a hold has allowed is for a key that is open.
        self._unlocked = False
        #: Whether a PIN is being entered with the button.
        self.entering = False
        #: Whether the button is being held for long enough; how long a touch was that has just ended, in ms.
        self.enough = False
        self._lasted = 0

    @property
    def asking(self) -> str:
        """The class of the command that waits for a touch; "" while none does."""
        return self._pending.consent if self._pending else ""

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
            self._key.grants.end()
        self._unlocked = unlocked
        self._judge_touch(now)
        if self._serial.connected:
            self.open = True
            for frame in self._frames.feed(self._serial.read()):
                self._serve(frame, now)
        elif self.open:
            self._forget()
        self._key.grants.turn(now)
        if since(self._heard_at, now) >= 1000 * limits.GRANT_IDLE:
            self._key.grants.end()
        if self._pending and passed(self._pending.at, now) >= 1000 * limits.PRESS_WAIT:
            self._end(errors.PRESS_TIMEOUT)
        idle = self.quiet(touched, now) >= 1000 * limits.SETUP_IDLE
        # A blank key has nothing to close itself for.
        if self._key.leaving or (idle and self._key.state != words.BLANK):
            self._serial.flush()
            self._key.come_back()

    def pressed(self, at: int) -> bool:
        """The button went down `at` ticks. False if no command waits for it."""
        pending = self._pending
        if not pending:
            return False
        shown = self._key.light.showing(light.ASKING[self.asking], at)
        pending.touched = min(shown, passed(pending.at, at)) >= 1000 * limits.ANNOUNCED
        return True

    def held(self, milliseconds: int) -> None:
        """The button has been down for so long."""
        self._key.held = milliseconds
        pending = self._pending
        self.enough = bool(pending and pending.touched and pending.hold and pending.agrees(milliseconds))

    def released(self, milliseconds: int) -> None:
        """A touch has ended that lasted so long.

        What it agrees to has its turn later: it may take a while, and the rest of this round should not find
        that time has gone on. The next touch may begin before that, so this one is told apart here.
        """
        pending = self._pending
        if pending and pending.touched:
            pending.touched = False
            self._lasted = milliseconds

    def _judge_touch(self, now: int) -> None:
        pending, milliseconds = self._pending, self._lasted
        self._lasted = 0
        if not pending or not milliseconds:
            return
        if pending.agrees(milliseconds):
            self._pending = None
            self._heard_at = now
            if pending.consent == words.CHANGE:
                self._key.grants.begin_changes(now)
            self._carry_out(pending.request, pending.steps)

    def interrupt(self) -> None:
        """The button is wanted for something else."""
        self._end(errors.BUSY)

    def _end(self, code: str) -> None:
        """What waits, if anything does, is over without its touch, and the light says so."""
        pending = self._pending
        if pending:
            self._pending = None
            self._key.light.moment(light.REFUSED, self._key.platform.ticks())
            self._refuse(errors.Refusal(code, request_id=pending.request.identifier))

    def _forget(self) -> None:
        """The program closed the port: what it left behind must not greet the next one."""
        self.open = False
        self._end(errors.BUSY)
        self._key.grants.end()
        self._frames.clear()
        self._serial.clear()

    def _serve(self, frame: "bytes | None", now: int) -> None:
        try:
            if frame is None:
                raise errors.Refusal(errors.FRAME_TOO_LONG)
            request = frames.parse(frame)
            if request is None:
                return
            self._heard_at = now
            # Should the chip's random generator fail, what a computer says, and when, is still hard to guess.
            self._key.vault.reseed(
                hashlib.new("sha256", frame).digest() + self._key.platform.ticks().to_bytes(4, "little")
            )
            # What this command leaves behind, such as a module, shall not lie among what is garbage already:
            # a heap in small pieces has no room for what is larger.
            collect()
            self._key.watch()
            self._begin(request[0], request[1], now)
        except errors.Refusal as refusal:
            self._refuse(refusal)

    def _begin(self, request_id: int, fields_given: "dict[str, frames.Value]", now: int) -> None:
        try:
            if self._pending:
                # Two who ask at once: nobody can tell whose touch it would be.
                self._end(errors.BUSY)
                raise errors.Refusal(errors.BUSY)
            command, arguments = self._check(fields_given)
            if command.name not in OF_A_BATCH:
                self._key.grants.end_batch()
        except errors.Refusal as refusal:
            refusal.request_id = request_id
            raise
        self._carry_out(Request(self._key, request_id, command, arguments, now), None)

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

    def _carry_out(self, request: Request, steps: "Steps | None") -> None:
        """Begin a request, or go on with its steps after a touch."""
        try:
            # Again: the key may have locked itself while a touch was waited for.
            self._check_state(request.command)
            begun = steps or COMMANDS[request.command.name](request)
            result = begun if isinstance(begun, dict) else self._advance(request, begun)
            if result is None:
                return
        except errors.Refusal as refusal:
            refusal.request_id = request.identifier
            self._refuse(refusal)
        except Exception:
            # Say so, then let the error take its way: the firmware starts afresh.
            self._refuse(errors.Refusal(errors.INTERNAL, request_id=request.identifier))
            raise
        else:
            self._send({"id": request.identifier, "ok": result})

    def _advance(self, request: Request, steps: "Steps") -> "dict[str, object] | None":
        """Go on to the end, whose reply this gives, or to where a touch is wanted. Raises Refusal."""
        try:
            consent = next(steps)
        except StopIteration as end:
            reply: "dict[str, object]" = end.value
            return reply
        if self.entering and self._key.state == words.LOCKED:
            raise errors.Refusal(errors.BUSY)
        self._pending = pending = _Pending(request, steps, consent, self._key.platform.ticks())
        self._send(_notice(request.identifier, pending.hold))
        return None

    def _refuse(self, refusal: errors.Refusal) -> None:
        reply: "dict[str, object]" = {"id": refusal.request_id, "error": refusal.code}
        if refusal.field:
            reply["field"] = refusal.field
        self._send(reply)

    def _send(self, message: "dict[str, object]") -> None:
        self._key.watch()
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

"""The conversation over USB serial: frames in, replies out, at most one command waiting for its touch.

What a touch allows, and by which rules, is in docs/consent.md.
"""

import hashlib

from totpkey_protocol import commands, errors, fields, frames, limits, words

from ..heap import collect
from ..panel import light
from ..ticks import passed, since
from . import asking
from .asking import Asking, Told
from .commands import OF_A_BATCH, Handlers
from .request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from totpkey_protocol.fields import Command

    from ..platform import Serial
    from .request import Steps
    from .setup_key import SetupKey as Key

#: Half a frame is dropped once it is so old, in ms.
_HALF = 1000
#: After a request that ended without its gesture the button has to be left alone for so long, in ms.
_LEFT_ALONE = 2000
#: The command that begins a session.
_SESSION = "session"
_ECHOES = {asking.COUNTED: light.COUNTED, asking.DIGIT: light.DIGIT, asking.AGREED: light.AGREED}


class Session:
    """Serves one program at a time on the serial port."""

    def __init__(self, key: "Key", serial: "Serial", now: int) -> None:
        self._key = key
        self._serial = serial
        self._writer = frames.FrameWriter(serial.write)
        self._frames = frames.FrameBuffer()
        self.pending: "Asking | None" = None
        self._told = Told(key.vault.random)
        self._handlers = Handlers()
        #: Whether a program has the port open.
        self.open = False
        self._heard_at = now
        #: When a part of a frame came last, and when the program was told last that its request waits.
        self._came_at = self._beat_at = now
        #: What a touch has allowed is for a key that is open.
        self._unlocked = False
        #: Whether a PIN is being entered with the button.
        self.entering = False
        #: What the last touch has led to: that has its turn after the touches.
        self._result = asking.NOTHING
        #: A request ended without its gesture: when; whether touches mean nothing still, and requests that
        #: need one are refused.
        self._ended_at = now
        self.calm = self._refuses = False
        #: A request that ended while nobody could hear of it, with its error.
        self._unheard: "errors.Refusal | None" = None

    @property
    def asking(self) -> str:
        """The class of the command that waits for a touch; "" while none does."""
        return self.pending.consent if self.pending else ""

    @property
    def takes_presses(self) -> bool:
        """Whether presses are for what waits, also on a locked key."""
        return self.pending is not None and not self.pending.wants_hold

    def quiet(self, touched: int, now: int) -> int:
        """For how long no program has asked for anything, in ms. Requests count for an hour after the key was
        `touched`: a program shall not keep open what its owner has left.
        """
        untouched = since(touched, now)
        return untouched if untouched >= 1000 * limits.SETUP_UNTOUCHED else since(self._heard_at, now)

    def turn(self, touched: int, now: int) -> None:
        """Take what has come, and let time have its effect. `touched`: when a person did so last."""
        began = now
        unlocked = self._key.state == words.OPEN
        if self._unlocked and not unlocked:
            self._key.grants.end()
            self._end(errors.NOT_ALLOWED)
        self._unlocked = unlocked
        self._let_gesture_go_on(now)
        self._let_calm_end(touched, now)
        if self._serial.connected:
            self.open = True
            self._hear(now)
        elif self.open:
            self._forget()
        # What was asked may have taken a while.
        now = self._key.platform.ticks()
        self._key.grants.turn(now)
        if since(self._heard_at, now) >= 1000 * limits.GRANT_IDLE:
            self._key.grants.end()
        # As of the beginning of this round: an open key that is due to lock itself has done so in it.
        idle = self.quiet(touched, began) >= 1000 * limits.SETUP_IDLE
        # A blank key has nothing to close itself for.
        if self._key.leaving or (idle and self._key.state != words.BLANK):
            self._serial.flush()
            self._key.come_back()

    def _hear(self, now: int) -> None:
        """Take what has come."""
        if self._unheard:
            unheard, self._unheard = self._unheard, None
            self._refuse(unheard)
        came = self._serial.read()
        if came:
            self._came_at = now
        elif self._frames.unfinished and since(self._came_at, now) >= _HALF:
            # Whoever began it has gone: it is not the beginning of somebody else's.
            self._frames.clear()
        for frame in self._frames.feed(came):
            self._serve(frame, now)

    def held(self, milliseconds: int) -> None:
        """The button has been down for so long."""
        self._key.held = milliseconds

    def pressed(self, at: int) -> bool:
        """The button went down `at` ticks. False if neither a command waits for it nor touches are dead."""
        if self.pending:
            completed = self.pending.down(self._shown(at), at)
            if completed and self._result not in asking.FINAL:
                self._note(completed)
            return True
        return self.calm

    def released(self, lasted: int, at: int) -> None:
        """A touch has ended `at` ticks that lasted so many ms. The key may have been busy since.

        What it leads to has its turn later: it may take a while, and the rest of this round should not find
        that time has gone on.
        """
        if self.pending and self._result not in asking.FINAL:
            self._note(self.pending.up(lasted, at))
        elif self.calm:
            self._key.light.moment(light.REFUSED)

    def counted(self, count: int, at: int) -> bool:
        """A key for that count went down. False if it is not for a gesture."""
        if self.pending and self._result not in asking.FINAL:
            self._note(self.pending.key(count, self._shown(at), at))
            return True
        return self.calm

    def _shown(self, at: int) -> int:
        """For how many ms the light has shown what waits, with nothing else between."""
        pending = self.pending
        if not pending:
            return 0
        return min(self._key.light.showing(light.ASKING[pending.consent], at), passed(pending.at, at))

    def _note(self, result: str) -> None:
        """Show what a touch has led to, and remember it until the end of the round."""
        self._result = result
        if result in _ECHOES:
            self._key.light.moment(_ECHOES[result])

    def _let_gesture_go_on(self, now: int) -> None:
        """Let touches, and the time without one, have their effect on what waits."""
        pending = self.pending
        if not pending:
            return
        result, self._result = self._result, asking.NOTHING
        if not result and not self._key.held:
            self._note(pending.turn(now))
            result, self._result = self._result, asking.NOTHING
        if result == asking.AGREED:
            self._go_on(pending, now)
        elif result == asking.WRONG:
            self._end(errors.NOT_AGREED)
        elif not pending.under_way and passed(pending.at, now) >= 1000 * limits.PRESS_WAIT:
            self._end(errors.PRESS_TIMEOUT)
        elif result or passed(self._beat_at, now) >= 1000 * limits.BEAT:
            self._beat_at = now
            self._send(
                _notice(pending, commands.NOTICE_WAITS, counted=pending.counted, presses=pending.presses)
            )

    def _go_on(self, pending: Asking, now: int) -> None:
        """Carry out what a person has agreed to."""
        self.pending = None
        self._told.settle(pending.gesture, True, now)
        self._heard_at = now
        if pending.consent == words.CHANGE:
            self._key.grants.begin_changes(now)
        self._send(_notice(pending, commands.NOTICE_AGREED))
        self._carry_out(pending.request, pending.steps)

    def _let_calm_end(self, touched: int, now: int) -> None:
        over = passed(self._ended_at, now) >= 1000 * limits.CALM
        if over:
            self._refuses = False
        if over and not self._key.held and passed(touched, now) >= _LEFT_ALONE:
            self.calm = False

    def interrupt(self) -> None:
        """The button is wanted for something else."""
        self._end(errors.BUSY)

    def _end(self, code: str) -> None:
        """What waits, if anything does, is over without its touch, and the light says so."""
        pending, now = self.pending, self._key.platform.ticks()
        if not pending:
            return
        self.pending, self._result = None, asking.NOTHING
        self._told.settle(pending.gesture, False, now)
        agreed_not = code == errors.NOT_AGREED
        self._key.light.moment(light.NOT_AGREED if agreed_not else light.REFUSED)
        self._ended_at, self._refuses = now, agreed_not
        # A press on a locked key was a digit of its PIN, and the next ones are.
        self.calm = not pending.locked or pending.begun
        refusal = errors.Refusal(code, request_id=pending.request.identifier)
        if self._serial.connected:
            self._refuse(refusal)
        else:
            self._unheard = refusal

    def _forget(self) -> None:
        """The program closed the port: what it left behind must not greet the next one."""
        self.open = False
        self._end(errors.BUSY)
        self._key.program.end()
        self._key.grants.end()
        self._drop()

    def _drop(self) -> None:
        """Drop what has come in part, and what was not sent yet."""
        self._frames.clear()
        self._serial.clear()

    def _serve(self, frame: "memoryview | None", now: int) -> None:
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
            self._begin(request[0], request[1], frame, now)
        except errors.Refusal as refusal:
            self._refuse(refusal)

    def _begin(
        self, request_id: int, fields_given: "dict[str, frames.Value]", frame: memoryview, now: int
    ) -> None:
        try:
            proved = self._proves(request_id, fields_given, frame)
            if proved and self.pending:
                # The program asks for something else, and does not wait for the touch any more.
                self._end(errors.BUSY)
                raise errors.Refusal(errors.BUSY)
            command, arguments = self._check(fields_given)
            if not proved and command.name not in commands.READS:
                raise errors.Refusal(errors.NO_SESSION)
            if command.name == _SESSION:
                self._drop()
                self._end(errors.NO_SESSION)
            if proved and command.name not in OF_A_BATCH:
                self._key.grants.end_batch()
        except errors.Refusal as refusal:
            refusal.request_id = request_id
            raise
        self._carry_out(Request(self._key, request_id, command, arguments, now), None)

    def _proves(self, request_id: int, fields_given: "dict[str, frames.Value]", frame: memoryview) -> bool:
        """Whether a request belongs to the session. Raises Refusal (no_session) if it belonged to another."""
        if "mac" not in fields_given:
            return False
        if not self._key.program.proves(frame, request_id, fields_given.pop("mac")):
            raise errors.Refusal(errors.NO_SESSION)
        return True

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
            begun = steps or self._handlers.find(request.command.name)(request)
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
        self._wait_for_touch(request, steps, consent)
        return None

    def _wait_for_touch(self, request: Request, steps: "Steps", consent: str) -> None:
        """Choose the gesture of a request, and tell it. Raises Refusal (busy)."""
        locked, now = self._key.state == words.LOCKED, self._key.platform.ticks()
        if self._refuses or (self.entering and locked):
            raise errors.Refusal(errors.BUSY)
        gesture = self._told.draw(consent, now)
        if not gesture:
            self._key.light.moment(light.NOT_AGREED)
            raise errors.Refusal(errors.BUSY)
        self.pending = pending = Asking(request, steps, consent, gesture, now, locked)
        self._beat_at = now
        self._send(
            _notice(
                pending,
                commands.NOTICE_TOUCH,
                gesture=gesture,
                hold=int(locked),
                seconds=limits.PRESS_WAIT,
            )
        )

    def _refuse(self, refusal: errors.Refusal) -> None:
        reply: "dict[str, object]" = {"id": refusal.request_id, "error": refusal.code}
        if refusal.field:
            reply["field"] = refusal.field
        self._send(reply)

    def _send(self, message: "dict[str, object]") -> None:
        self._writer.send(message)


def _notice(pending: Asking, kind: str, **told: "str | int") -> "dict[str, object]":
    """What the key sends while a request waits."""
    notice: "dict[str, object]" = {"id": pending.request.identifier, "notice": kind}
    notice.update(told)
    return notice

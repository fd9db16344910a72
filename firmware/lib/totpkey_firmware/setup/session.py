"""The conversation over USB serial: frames in, replies out. At most one command waits for its touch.

No program has the port open; one has; its request waits for a touch; or that has ended without its gesture:
then touches are ignored, and after a wrong gesture requests that need one are refused, too.
docs/concepts/consent.md gives the rules, and what a touch allows.
"""

import hashlib

from totpkey_protocol import commands, errors, fields, limits, words

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
    from totpkey_protocol.frames import Value

    from ..panel.gestures import Gestures, Touched, Touches
    from ..panel.light import Pattern
    from .request import Steps
    from .setup_key import SetupKey as Key

#: How long nobody may touch the button after a request that ended without its gesture, in ms.
_LEFT_ALONE = 2000
#: For how long no request has come when the key cleans up after the last ones, in ms. Nobody waits then.
_PAUSE = 5
#: A button that is down for so long is no press. In ms.
_LEANING = 1000
#: The command that begins a session.
_SESSION = "session"
#: After a request that ended without its gesture: touches count again, are ignored, or requests that need one
#: are refused, too.
_FREE, _DEAF, _CALM = 0, 1, 2
_ECHOES = {asking.COUNTED: light.COUNTED, asking.DIGIT: light.DIGIT, asking.AGREED: light.AGREED}


class Session:
    """Serves one program at a time on the serial port."""

    def __init__(self, key: "Key", now: int) -> None:
        self._key = key
        self._channel = key.channel
        self._handlers = Handlers()
        self._told = Told(key.vault.entropy.take)
        #: Whether a program has the port open, and the request that waits for its touch.
        self.open = False
        self.pending: "Asking | None" = None
        #: What the last request that ended without its gesture has left behind, and when that was.
        self._after, self._ended_at = _FREE, now
        #: What touches do if the waiting request does not take them, and whether they are entering a PIN.
        self._mode: "Touched | None" = None
        self._entering = False
        #: When the session began, or the key was blank last.
        self._filled_at = now
        #: When the last request came, and when one was served that may have left something to clean up.
        self._heard_at = now
        self._served_at: "int | None" = now
        #: Whether the key was open in the last round. Grants end when the key locks.
        self._unlocked = False

    def before(self, mode: "Touched") -> "Touched":
        """What takes touches: this, while a request waits for them or they are ignored; `mode` otherwise."""
        self._mode = mode
        return self if self.pending or self._after else mode

    def pattern(self, down: bool) -> "Pattern":
        """What the light shows while nothing happens. `down`: a touch is not decided yet."""
        if self.pending:
            return light.ASKING[self.pending.consent]
        if down and self._key.presses.chooses:
            return light.DARK
        return light.BLANK if self._key.vault.state == words.BLANK else light.SETUP

    def quiet(self, touched: int, now: int) -> int:
        """The time since the last request, in ms.

        Requests count only for an hour after the key was `touched` or was blank, so that no program keeps
        open a key that its owner has left.
        """
        untouched = min(since(touched, now), since(self._filled_at, now))
        return untouched if untouched >= 1000 * limits.SETUP_UNTOUCHED else since(self._heard_at, now)

    def turn(self, touches: "Touches", entering: bool, now: int) -> None:
        """Handle requests, touches and timeouts. `entering`: whether a PIN is being entered."""
        began, touched, vault = now, touches.touched, self._key.vault
        if vault.state == words.BLANK:
            self._filled_at = now
        self._key.held, self._entering = touches.button.held(now), entering
        if self._unlocked and vault.state != words.OPEN:
            self._key.grants.end()
            self._end(errors.NOT_ALLOWED)
        self._unlocked = vault.state == words.OPEN
        if self.pending:
            self._let_gesture_go_on(self.pending, now)
        self._let_calm_end(touched, now)
        self._listen(now)
        # Read the time again, because a request may have taken long.
        now = self._key.platform.ticks()
        self._key.grants.turn(now)
        if since(self._heard_at, now) >= 1000 * limits.GRANT_IDLE:
            self._key.grants.end()
        # Use the time when the round began: an open key that was due to lock has locked by now.
        idle = self.quiet(touched, began) >= 1000 * limits.SETUP_IDLE
        # A blank key never times out.
        if self._key.leaving or (idle and vault.state != words.BLANK):
            self._channel.flush()
            # A touch until now has its turn first, unless somebody leans on the button.
            if not self._key.platform.touched() and not 0 < self._key.held < _LEANING:
                self._key.come_back()

    def _listen(self, now: int) -> None:
        """Serve what has come. In a pause, blank a page that was replaced, and collect garbage: objects that
        stay, such as a module, are not to be placed between it.
        """
        if self._channel.connected:
            self.open = True
            for line in self._channel.read(now):
                self._serve(line, now)
                self._served_at = self._key.platform.ticks()
        elif self.open:
            self._forget()
        if self._served_at is not None and not self.pending and passed(self._served_at, now) >= _PAUSE:
            self._served_at = None
            self._key.vault.pool.finish()
            collect()

    # Touches. On a locked key a gesture begins with a hold; until then presses belong to the PIN.

    def down(self, touch: "Gestures") -> None:
        """The button goes down."""
        pending, at = self.pending, touch.pressed_at
        if pending:
            self._note(pending, pending.down(self._shown(pending, at), at))
        if self._key.vault.state != words.LOCKED or self._after or (pending and not pending.wants_hold):
            touch.spend()

    def press(self, touch: "Gestures") -> None:
        """A press that does not belong to the gesture."""
        if self._key.vault.state == words.LOCKED:
            # On a locked key a press is always part of a PIN, whatever request waits.
            self._end(errors.BUSY)
        elif self.pending:
            # The press began before the request, so ignore it.
            return
        if self._mode:
            self._mode.press(touch)

    def hold(self, touch: "Gestures") -> None:
        """A hold, by which a gesture begins on a locked key."""
        if self.pending:
            self.released(touch.lasted, touch.released_at)
        elif self._mode:
            self._mode.hold(touch)

    def key(self, number: int, at: int) -> None:
        """A key for the count after that number went down."""
        pending, locked = self.pending, self._key.vault.state == words.LOCKED
        if not locked or (pending and not pending.wants_hold):
            if pending:
                self._note(pending, pending.key(number + 1, self._shown(pending, at), at))
            if pending or self._after:
                return
        if locked:
            self._end(errors.BUSY)
        if self._mode:
            self._mode.key(number, at)

    def released(self, lasted: int, at: int) -> None:
        """A touch of `lasted` ms ended `at` ticks. The key may have been busy since.

        `turn` handles the result at the end of the round, because the request may be slow. The time must not
        jump in the middle of a round.
        """
        if self.pending:
            self._note(self.pending, self.pending.up(lasted, at))
        elif self._after:
            self._key.light.moment(light.REFUSED)

    def _shown(self, pending: Asking, at: int) -> int:
        """For how many ms the light has shown the waiting request without interruption."""
        return min(self._key.light.showing(light.ASKING[pending.consent], at), passed(pending.at, at))

    def _note(self, pending: Asking, result: str) -> None:
        """Show the result of a touch, and keep it until the end of the round."""
        if result:
            pending.result = result
        if result in _ECHOES:
            self._key.light.moment(_ECHOES[result])

    def _let_gesture_go_on(self, pending: Asking, now: int) -> None:
        """Apply touches and timeouts to the waiting request."""
        if not pending.result and not self._key.held:
            self._note(pending, pending.turn(now))
        result, pending.result = pending.result, asking.NOTHING
        if result == asking.AGREED:
            self._go_on(pending, now)
        elif result == asking.WRONG:
            self._end(errors.NOT_AGREED)
        elif not pending.under_way and passed(pending.at, now) >= 1000 * limits.PRESS_WAIT:
            self._end(errors.PRESS_TIMEOUT)
        elif result or passed(pending.told_at, now) >= 1000 * limits.BEAT:
            pending.told_at = now
            self._tell(pending, commands.NOTICE_WAITS, counted=pending.counted, presses=pending.presses)

    def _go_on(self, pending: Asking, now: int) -> None:
        """Carry out a request that a person has agreed to."""
        self.pending = None
        self._told.settle(pending.gesture, True, now)
        self._heard_at = now
        if pending.consent == words.CHANGE:
            self._key.grants.begin_changes(now)
        # It is busy until it has ended.
        self._channel.allow(self._key.vault.entropy.take(32), pending.request.tag, errors.BUSY)
        self._tell(pending, commands.NOTICE_AGREED)
        self._carry_out(pending.request, pending.steps)

    def _let_calm_end(self, touched: int, now: int) -> None:
        if self._after and passed(self._ended_at, now) >= 1000 * limits.CALM:
            left_alone = not self._key.held and passed(touched, now) >= _LEFT_ALONE
            self._after = _FREE if left_alone else _DEAF

    def _end(self, code: str) -> None:
        """End the waiting request, if there is one, without its touch. The light shows this."""
        pending, now = self.pending, self._key.platform.ticks()
        if not pending:
            return
        self.pending, self._ended_at = None, now
        self._told.settle(pending.gesture, False, now)
        if code == errors.NOT_AGREED:
            self._after = _CALM
        else:
            # On a locked key the press was a digit of the PIN, and so are the next ones.
            self._after = _DEAF if pending.begun or not pending.locked else _FREE
        self._key.light.moment(light.NOT_AGREED if self._after == _CALM else light.REFUSED)
        self._refuse(errors.Refusal(code), pending.request)

    def _forget(self) -> None:
        """The program closed the port. Nothing of its session may reach the next program."""
        self.open = False
        self._end(errors.BUSY)
        self._channel.end()
        self._key.grants.end()
        self._channel.drop()

    def _serve(self, line: "memoryview | None", now: int) -> None:
        """Serve a request. What proves nothing is answered without a byte of its own but the id of a read."""
        request: "Request | None" = None
        try:
            if line is None:
                raise errors.Refusal(errors.FRAME_TOO_LONG)
            opened = self._channel.open(line)
            if opened is None:
                return
            request_id, given, tag = opened
            if not tag and given.get("command") not in commands.UNPROVED:
                raise errors.Refusal(errors.NO_SESSION)
            self._hear(line, now)
            request = Request(self._key, request_id, tag, now)
            self._begin(request, given)
        except errors.Refusal as refusal:
            self._refuse(refusal, request)
        else:
            self._carry_out(request, None)

    def _hear(self, line: memoryview, now: int) -> None:
        """A request has come."""
        self._heard_at = now
        # Even if the chip's random generator fails, the text and time of a request are hard to guess.
        self._key.vault.entropy.reseed(
            hashlib.new("sha256", line).digest() + self._key.platform.ticks().to_bytes(4, "little")
        )
        if self._served_at is not None:
            # Collect first, so that what stays is not placed between the garbage of earlier requests.
            collect()

    def _begin(self, request: Request, given: "dict[str, Value]") -> None:
        """Check a request, and end what is not for its program or does not wait for it. Raises Refusal."""
        if request.tag and self.pending:
            # The program has sent another request, so it no longer waits for the touch.
            self._end(errors.BUSY)
            raise errors.Refusal(errors.BUSY)
        name = given.get("command")
        if name is None:
            raise errors.Refusal(errors.MISSING_FIELD, "command")
        command = commands.find(name) if isinstance(name, str) else None
        if command is None:
            raise errors.Refusal(errors.UNKNOWN_COMMAND)
        request.command, request.arguments = command, fields.check(command, given)
        self._check_state(command)
        if name == _SESSION:
            self._channel.drop()
            self._end(errors.NO_SESSION)
        if request.tag and name not in OF_A_BATCH:
            self._key.grants.end_batch()

    def _check_state(self, command: "Command") -> None:
        if self._key.vault.state not in command.states:
            raise errors.Refusal(errors.NOT_ALLOWED)

    def _carry_out(self, request: Request, steps: "Steps | None") -> None:
        """Begin a request, or continue with its steps after a touch: to its reply, or to the next touch."""
        try:
            # Check again, because the key may have locked itself while it waited for a touch.
            self._check_state(request.command)
            result = steps or self._handlers.find(request.command.name)(request)
            if not isinstance(result, dict):
                self._wait_for_touch(request, result, next(result))
                return
        except StopIteration as end:
            result = end.value
        except errors.Refusal as refusal:
            self._refuse(refusal, request)
            return
        except Exception:
            # Report the error, then raise it, so that the firmware restarts.
            self._refuse(errors.Refusal(errors.INTERNAL), request)
            raise
        self._settle(request, "")
        proved = request.tag != "" or request.command.name == _SESSION
        self._channel.send({"id": request.identifier, "ok": result}, proved)

    def _wait_for_touch(self, request: Request, steps: "Steps", consent: str) -> None:
        """Choose the gesture of a request, and send it to the program. Raises Refusal (busy, calm)."""
        # Now, because an erase would hide a part of the gesture.
        self._key.vault.pool.finish()
        locked, now = self._key.vault.state == words.LOCKED, self._key.platform.ticks()
        if self._after == _CALM:
            raise errors.Refusal(errors.CALM)
        if self._entering and locked:
            raise errors.Refusal(errors.BUSY)
        gesture = self._told.draw(consent, now)
        if not gesture:
            self._key.light.moment(light.NOT_AGREED)
            raise errors.Refusal(errors.BUSY)
        self.pending = Asking(request, steps, consent, gesture, now, locked)
        self._tell(
            self.pending,
            commands.NOTICE_TOUCH,
            gesture=gesture,
            hold=int(locked),
            seconds=limits.PRESS_WAIT,
        )

    def _tell(self, pending: Asking, kind: str, **told: "str | int") -> None:
        """Send a notice of the request that waits."""
        notice: "dict[str, object]" = {"id": pending.request.identifier, "notice": kind}
        notice.update(told)
        self._channel.send(notice, True)

    def _refuse(self, refusal: errors.Refusal, request: "Request | None" = None) -> None:
        """Answer with an error: to a `request`, or to a line that was none."""
        proved = request is not None and request.tag != ""
        reply: "dict[str, object]" = {"id": request.identifier if request and proved else None}
        reply["error"] = refusal.code
        if refusal.field:
            reply["field"] = refusal.field
        if refusal.code == errors.CALM:
            passed_ms = passed(self._ended_at, self._key.platform.ticks())
            reply["seconds"] = max(limits.CALM - passed_ms // 1000, 1)
        if request:
            self._settle(request, refusal.code)
        self._channel.send(reply, proved)

    def _settle(self, request: Request, outcome: str) -> None:
        """Note how a request ended that a touch had allowed."""
        if request.tag and request.tag == self._channel.agreed:
            self._channel.outcome = outcome

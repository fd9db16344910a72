"""The loop of the test face: button, keyboard, light, and the port."""

from totpkey_firmware.panel import light
from totpkey_firmware.panel.light import Light
from totpkey_firmware.platform import Platform, restart
from totpkey_firmware.store.glance import is_new
from totpkey_firmware.ticks import passed, since
from totpkey_protocol import errors, fields, frames, limits

from .commands import HANDLERS, Board
from .definition import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from totpkey_firmware.platform import Serial


def run(platform: Platform, serial: "Serial") -> None:
    """Test the board until the next restart. A key with accounts comes up in its everyday face instead."""
    if not is_new():
        restart()
    Face(platform, serial).run()


class Face:
    """A board under test, from its start to the next."""

    def __init__(self, platform: Platform, serial: "Serial") -> None:
        self._platform = platform
        self._board = Board(platform)
        self._light = Light(platform.lamp, platform.ticks)
        self._serial = serial
        self._frames = frames.FrameBuffer()
        self._writer = frames.FrameWriter(serial.write)
        #: Whether a program has the port open.
        self._open = False
        self._heard_at = platform.ticks()

    def run(self) -> None:
        """Serve until the next restart."""
        self._platform.guard()
        while True:
            self.turn()
            self._platform.rest()

    def turn(self) -> None:
        """One round."""
        now, board = self._platform.ticks(), self._board
        edge = self._platform.next_edge()
        while edge:
            board.edge(edge[0], edge[1])
            edge = self._platform.next_edge()
        if board.waits is not None and passed(board.waits, now) >= 1000 * limits.PRESS_WAIT:
            board.waits = None
        board.typist.turn(now)
        board.watch.bus(board.typist.ready)
        if not board.typist.busy:
            self._listen(now)
        self._light.state(board.shown if board.waits is None else light.WAITING)
        self._light.turn()
        if since(self._heard_at, now) >= 1000 * limits.SETUP_IDLE:
            restart()

    def _listen(self, now: int) -> None:
        """Read the port, and serve complete frames."""
        if not self._serial.connected:
            if self._open:
                self._frames.clear()
                self._serial.clear()
            self._open = False
            return
        self._open = True
        for frame in self._frames.feed(self._serial.read()):
            self._heard_at = now
            self._serve(frame)

    def _serve(self, frame: "memoryview | None") -> None:
        identifier = None
        try:
            if frame is None:
                raise errors.Refusal(errors.FRAME_TOO_LONG)
            request = frames.parse(frame)
            if request is None:
                return
            identifier = request[0]
            self._writer.send({"id": identifier, "ok": self._carry_out(request[1])})
        except errors.Refusal as refusal:
            reply: "dict[str, object]" = {"id": identifier, "error": refusal.code}
            if refusal.field:
                reply["field"] = refusal.field
            self._writer.send(reply)
        if self._board.then:
            self._serial.flush()
            self._board.then()

    def _carry_out(self, request: "dict[str, frames.Value]") -> "dict[str, object]":
        name = request.get("command")
        command = find(name) if isinstance(name, str) else None
        if command is None:
            # Any other program has to wait until the test has ended.
            raise errors.Refusal(errors.BUSY)
        return HANDLERS[command.name](self._board, fields.check(command, request))

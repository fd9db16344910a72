"""The four printed parts. Needs build123d.

Frame: x and y as on the board's front with y up (so the board lies at negative y), z from the board's
underside; mm. The case keeps to what a plug's grip may take of a port (`port` in dimensions.toml) for its
first 30 mm; behind the button it is higher, for the cell.
"""

from __future__ import annotations

from build123d import Align, Axis, Box, Cylinder, Part, Pos, Rot, Text, chamfer, extrude, fillet

from hardware.board.placement import LENGTH, MIDDLE, NOTCH, PLACES, THICKNESS, WIDTH
from hardware.dimensions import mm

from .icon import icon

#: Between board and walls; between lid and shell where one slides in the other; around the plug's shell.
GAP, SLIDE, PLUG_GAP = 0.15, 0.1, 0.2
#: So much is the outside smaller than a grip may be, on each side: a print comes out larger.
_PRINT = 0.1
WALL = mm("port", "grip_width") / 2 - _PRINT - WIDTH / 2 - GAP
#: The plug's shell, from the board's underside: it is sunk into the board's edge.
PLUG_TOP = THICKNESS + mm("plug", "tails_below_top")
PLUG_LOW = PLUG_TOP - mm("plug", "shell_height")
PLUG_MIDDLE = (PLUG_TOP + PLUG_LOW) / 2
#: The outside where the case passes beside other plugs, and the room inside.
TOP = PLUG_MIDDLE + mm("port", "grip_height") / 2 - _PRINT
BOTTOM = PLUG_MIDDLE - mm("port", "grip_height") / 2 + _PRINT
#: Roof and floor; both are thicker where letters are cut into them.
ROOF, FLOOR, LETTERS = 1.0, 1.2, 0.4
CEILING, BASE = TOP - ROOF, BOTTOM + FLOOR
#: The front wall reaches this far before the board, so that 12 mm of the plug stay free.
FRONT = 3.0
#: The lid is higher from here on, because the cell's holder stands below it, with this much room.
STEP = PLACES["BT1"].x - mm("holder", "length") / 2 - 1.4
_OVER_CELL = 0.4
HIGH_CEILING = THICKNESS + mm("holder", "height") + _OVER_CELL
HIGH = HIGH_CEILING + ROOF + 0.2
SPLIT = PLUG_TOP + 0.05
BUTTON_RADIUS, FLANGE_RADIUS, FLANGE = 3.9, 4.6, 0.8
#: The window's width and height, its middle, 0.3 mm beside the light's, and its lower edge.
WINDOW = (3.4, 2.0)
WINDOW_MIDDLE = PLACES["D1"].y - 0.32
_WINDOW_AT = THICKNESS + 0.1
_TAIL = LENGTH + GAP
#: In the board's notch stands the screw, which keeps children from the cell; its post stops no board.
_RING = mm("screw", "ring") / 2 + 0.05
_POST = _RING + 0.8
SCREW = (NOTCH[0] + _POST + 0.25, 1.9)
BACK, END = SCREW[0] + _POST + 0.3, 1.2
#: What stops the board while it is plugged in: from and to this y, so far behind the board's tail.
_STOP, _STOP_GAP = (5.0, 8.0), 0.05
#: The corners at the tail, and at the front.
CHAMFER, _ROUND = 0.9, 1.0
#: Around the screw: its head's hole, the web that the head presses on, and the pocket of its O-ring.
_HEAD, _SKIN = mm("screw", "head") / 2 + 0.1, 0.8
SEAT, POCKET = BOTTOM + mm("screw", "head_height") + 0.1, THICKNESS - 1.2
PINHOLE = 0.8
#: Radius of the hole in the lid for a brass insert, its depth, and the radius of the screw's room behind it.
_INSERT, _INSERT_DEPTH, _CORE = mm("insert", "hole") / 2, mm("insert", "length") + 0.2, 1.1
#: Where the lid's tabs reach down to the board: no part and no solder is near its edge there. First along the
#: upper edge, then along the lower one.
_TABS = (((5.2, 8.4), (36.5, 41.5), (47.0, 50.5)), ((7.2, 10.4), (36.5, 41.5)))
_TAB = 0.85
#: The lid's hooks at the plug: how far they reach under the shell's front, and their heights.
_HOOK, _HOOK_AT = 1.7, (THICKNESS + 0.25, THICKNESS + 1.15)
#: The room below the board for the soldered legs of the plug's shell, along the board and from its edges.
_LEGS, _LEGS_DEEP = (0.8, 4.7), 2.4
_LOW = (Align.MIN, Align.MIN, Align.MIN)
_UP = (Align.CENTER, Align.CENTER, Align.MIN)
#: Where the icon's middle is along the board.
_ICON = 29.0
WARNING = ("WARNING  CR1220 INSIDE", "KEEP AWAY FROM CHILDREN")


def _block(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> Part:
    """Return a box between the given corners. y counts down the board, as its layout does."""
    size = (x[1] - x[0], y[1] - y[0], z[1] - z[0])
    return Pos(x[0], -y[1], z[0]) * Box(*size, align=_LOW)


def _outside(low: float, high: float, start: float = -FRONT) -> Part:
    rim = GAP + WALL
    body = _block((start, BACK + END), (-rim, WIDTH + rim), (low, high))
    corners = body.edges().filter_by(Axis.Z).sort_by(Axis.X)
    # Chamfer the tail's corners, since the shell stands on its tail in the printer; round the front's.
    body = chamfer(corners[-2:], CHAMFER)
    return fillet(body.edges().filter_by(Axis.Z).sort_by(Axis.X)[:2], _ROUND) if start < 0 else body


def _openings() -> Part:
    """Return the holes that shell and lid share: the plug's, and the window for the light."""
    half = mm("plug", "shell_width") / 2 + PLUG_GAP
    plug = _block(
        (-FRONT - 1, mm("plug", "shell_length") - mm("plug", "full_height_length") + 0.5),
        (MIDDLE - half, MIDDLE + half),
        (PLUG_LOW - PLUG_GAP, PLUG_TOP + PLUG_GAP),
    )
    half, low = WINDOW[0] / 2 + 0.1, _WINDOW_AT - 0.1
    across = (WINDOW_MIDDLE - half, WINDOW_MIDDLE + half)
    window = _block((_TAIL + 1.0, BACK + 2), across, (low, low + WINDOW[1] + 0.2))
    return plug + window


def shell() -> Part:
    """Return the lower part. The board lies on ledges along its sides."""
    body, inner = _outside(BOTTOM, SPLIT), (-GAP, WIDTH + GAP)
    body -= _block((-GAP, _TAIL), inner, (0, SPLIT + 1))
    body -= _block((-GAP, _TAIL), (1.0, WIDTH - 1.0), (BASE, 1))
    body -= _block((_TAIL - 1, BACK), inner, (BASE, SPLIT + 1))
    for y in ((-GAP, _LEGS_DEEP), (WIDTH - _LEGS_DEEP, WIDTH + GAP)):
        body -= _block(_LEGS, y, (BASE, 1))
    body += _block((LENGTH + _STOP_GAP, BACK + 0.1), _STOP, (BASE - 0.1, THICKNESS))
    foot = Cylinder(_HEAD + _SKIN, SEAT - BOTTOM + 0.75, align=_UP)
    body += Pos(SCREW[0], -SCREW[1], BOTTOM) * foot + _post(BOTTOM, THICKNESS, -GAP)
    cut = _screw_hole() + _openings() + _hook_rooms() + _wall_at_post(0.1, 1.0)
    return body - cut - _warning()


def _post(low: float, high: float, side: float) -> Part:
    """Return what the screw goes through, beside the wall at `side`; the tail's wall carries it in print."""
    post = Pos(SCREW[0], -SCREW[1], low) * Cylinder(_POST, high - low, align=_UP)
    post += _block((SCREW[0], BACK), (SCREW[1] - _POST, SCREW[1] + _POST), (low, high))
    return post & _block((NOTCH[0], BACK), (side, WIDTH), (low, high))


def _wall_at_post(gap: float, above: float) -> Part:
    """Return the piece of the side wall beside the post, which is the lid's, for its insert."""
    x = (SCREW[0] - _POST - gap, SCREW[0] + _POST - 0.5 + gap)
    return _block(x, (-GAP - WALL, 0.2), (THICKNESS + 0.1 - gap / 2, SPLIT + above))


def _screw_hole() -> Part:
    """Return the hole from below: the head sinks in, the shank passes, the O-ring above it keeps it in."""
    at = Pos(SCREW[0], -SCREW[1], 0)
    head = at * Pos(0, 0, BOTTOM - 1) * Cylinder(_HEAD, SEAT - BOTTOM + 1, align=_UP)
    shank = at * Pos(0, 0, BOTTOM) * Cylinder(mm("screw", "thread") / 2 + 0.15, 20, align=_UP)
    ring = at * Pos(0, 0, POCKET) * Cylinder(_RING, 5, align=_UP)
    return head + shank + ring


def lid() -> Part:
    """Return the upper part. Its tabs reach into the shell and hold the board down; hooks hold its front."""
    body = _outside(SPLIT, TOP) + _outside(SPLIT, HIGH, STEP)
    low, high = body.faces().filter_by(Axis.Z).sort_by(Axis.Z)[-2:]
    rim = [edge for edge in low.edges() if edge.center().X < STEP - 0.1]
    body = fillet([*rim, *high.edges()], 0.6)
    body -= _block((-GAP, BACK), (-GAP, WIDTH + GAP), (SPLIT - 1, CEILING))
    body -= _block((STEP + 0.8, BACK), (-GAP, WIDTH + GAP), (SPLIT - 1, HIGH_CEILING))
    inner = GAP - SLIDE
    sides = ((-inner, _TAB), (WIDTH - _TAB, WIDTH + inner))
    for y, tabs in zip(sides, _TABS, strict=True):
        for x in tabs:
            body += _block(x, y, (THICKNESS + 0.1, CEILING + 0.1))
    body += _hooks() + _post(THICKNESS + 0.1, HIGH_CEILING + 0.1, -inner) + _wall_at_post(0, 0)
    body += _post(SPLIT, HIGH_CEILING + 0.1, -GAP - 0.1)
    at = Pos(SCREW[0], -SCREW[1], THICKNESS)
    core = at * Cylinder(_CORE, HIGH - 0.85 - THICKNESS, align=_UP)
    core += at * Cylinder(_INSERT, _INSERT_DEPTH + 0.1, align=_UP)
    switch, boot = PLACES["SW1"], PLACES["SW2"]
    hole = Pos(switch.x, -switch.y, CEILING - 1) * Cylinder(BUTTON_RADIUS + 0.2, ROOF + 2, align=_UP)
    pinhole = Pos(boot.x, -boot.y, CEILING - 1) * Cylinder(PINHOLE, ROOF + 2, align=_UP)
    return body - _openings() - core - hole - pinhole - _name()


def _name() -> Part:
    """Return the letters that are cut 0.4 mm deep into the lid's top."""
    letters = extrude(Text("totpkey", font_size=4.9, font="DejaVu Sans"), amount=1)
    return Pos((STEP + BACK) / 2, -MIDDLE, HIGH - LETTERS) * letters


def warning_icon() -> Part:
    """Return the icon that is cut into the shell's underside, before the letters."""
    return Pos(_ICON, -MIDDLE, BOTTOM + LETTERS) * Rot(180, 0, 0) * icon(LETTERS + 1)


def _warning() -> Part:
    """Return what is cut into the shell's underside, to be read from below: the icon and the letters."""
    cut = warning_icon()
    for line, y in zip(WARNING, (-MIDDLE - 1.7, -MIDDLE + 1.7), strict=True):
        letters = extrude(Text(line, font_size=1.9, font="DejaVu Sans"), amount=1)
        cut += Pos((STEP + NOTCH[0]) / 2 - 10, y, BOTTOM + LETTERS) * Rot(180, 0, 0) * letters
    return cut


def button() -> Part:
    """Return the button. The lid keeps it in; its stem rests just above the switch's plunger."""
    at = PLACES["SW1"]
    low = CEILING - 0.1 - FLANGE
    top = fillet(Cylinder(BUTTON_RADIUS, ROOF + 0.7, align=_UP).faces().sort_by(Axis.Z)[-1].edges(), 0.4)
    cap = Pos(at.x, -at.y, CEILING - 0.1) * top
    flange = Pos(at.x, -at.y, low) * Cylinder(FLANGE_RADIUS, FLANGE, align=_UP)
    rest = THICKNESS + mm("button", "height") + REST
    stem = Pos(at.x, -at.y, rest) * Cylinder(1.3, low - rest + 0.1, align=_UP)
    return cap + flange + stem


#: Between the button's stem and the plunger when nobody presses.
REST = 0.1


def pipe() -> Part:
    """Return the clear bar from the light to the tail. A flange keeps it from falling out of its window."""
    half = WINDOW[0] / 2
    across = (WINDOW_MIDDLE - half, WINDOW_MIDDLE + half)
    up = (_WINDOW_AT, _WINDOW_AT + WINDOW[1])
    bar = _block((_TAIL - 0.1, BACK + END + 0.2), across, up)
    flange = _block((BACK - 1.0, BACK - 0.1), (across[0] - 0.8, across[1] + 0.8), (up[0] - 0.5, up[1] + 0.4))
    return bar + flange


def _hooks() -> Part:
    """Return the lid's hooks beside the plug: they go under the shell's front before the tail comes down."""
    beside = MIDDLE - mm("plug", "shell_width") / 2 - PLUG_GAP
    low, high = _HOOK_AT
    found = Part()
    for y in ((-0.1, beside), (WIDTH - beside, WIDTH + 0.1)):
        found += _block((0.1 - GAP, 1.0), y, (low, CEILING + 0.1))
        found += _block((0.1 - GAP - _HOOK, 1.0), y, (low, high))
    return found


def _hook_rooms() -> Part:
    """Return the pockets for the hooks in the shell's front, with 0.1 mm of room, and more above."""
    low, high = _HOOK_AT
    start = -GAP - _HOOK - 0.1
    found = Part()
    for y in ((-0.2, MIDDLE), (MIDDLE, WIDTH + 0.2)):
        found += _block((start, 0), y, (low - 0.1, high + 0.15))
        found += _block((-GAP, 1.1), y, (low - 0.1, SPLIT + 1))
    across = (MIDDLE - mm("plug", "shell_width") / 2, MIDDLE + mm("plug", "shell_width") / 2)
    return found - _block((start - 1, 2), across, (0, SPLIT + 2))

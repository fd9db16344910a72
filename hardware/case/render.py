"""A small studio: it lights solids on a plain ground and takes their picture with a path tracer.

Needs Mitsuba 3, numpy, trimesh and Pillow. Lengths are in mm; z is up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

_FIELD = 26.0
#: Samples of each pixel in one pass; a picture is the mean of the passes, which bounds the memory.
_SAMPLES = 16
_MARGIN = 0.07
#: What is taken down of each point beside its light, for the grain to be taken out.
_GUIDES = "place:position,facing:sh_normal,tint:albedo"


@dataclass(frozen=True)
class Surface:
    """How a body looks: its colour (amounts of red, green, blue), and whether it is metal, clear or lit.

    `rough`: of the gloss; 1 is without any.
    """

    colour: tuple[float, float, float]
    rough: float = 0.3
    metal: bool = False
    opaque: float = 1.0
    glow: float = 0.0


@dataclass(frozen=True)
class Body:
    """A triangle mesh (trimesh) and its surface."""

    mesh: Any
    surface: Surface


@dataclass(frozen=True)
class Ground:
    """What the bodies stand on, and the lamps: `key` from above, `rim` from behind, `fill` around."""

    surface: Surface
    key: float
    rim: float
    fill: float


LIGHT = Ground(Surface((0.80, 0.82, 0.86), 1.0), key=9.0, rim=4.0, fill=0.62)
DARK = Ground(Surface((0.020, 0.024, 0.034), 1.0), key=7.0, rim=9.0, fill=0.22)
GROUNDS = {"": LIGHT, "-dark": DARK}


@dataclass(frozen=True)
class View:
    """From where a picture is taken: degrees around (0: from the tail, along the stick) and above."""

    around: float
    above: float


def linear(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return a colour of sRGB (IEC 61966-2-1) as amounts of light."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return red, green, blue


def bounds(bodies: list[Body]) -> tuple[Any, Any]:
    """Return the lowest and the highest corner of all bodies."""
    ends = np.array([body.mesh.bounds for body in bodies])
    return ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)


def aim(points: Any, view: View) -> tuple[Any, Any, float]:
    """Return eye, target and the picture's height over its width, so that all points are in it."""
    around, above = math.radians(view.around), math.radians(view.above)
    back = np.array([math.cos(around) * math.cos(above), math.sin(around) * math.cos(above), math.sin(above)])
    right = np.array([-math.sin(around), math.cos(around), 0.0])
    up = np.cross(back, right)
    target, distance = points.mean(axis=0), 400.0
    slope = math.tan(math.radians(_FIELD / 2)) * (1 - 2 * _MARGIN)
    half = 1.0
    for _ in range(20):
        seen = points - target
        depth = distance - seen @ back
        x, y = (seen @ right) / depth, (seen @ up) / depth
        target = target + distance * ((x.max() + x.min()) / 2 * right + (y.max() + y.min()) / 2 * up)
        half = (y.max() - y.min()) / 2
        distance *= (x.max() - x.min()) / 2 / slope
    return target + distance * back, target, (half + _MARGIN * slope * 2) / slope


def take(bodies: list[Body], ground: Ground, view: View, width: int, passes: int, frame: Any = None) -> Any:
    """Return the picture as an array of bytes. `frame` are the points that it must show, else all bodies."""
    import mitsuba as mi

    mi.set_variant("llvm_ad_rgb", "scalar_rgb")
    low, high = bounds(bodies)
    corners = [[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for i, j, k in np.ndindex(2, 2, 2)]
    points = np.vstack([body.mesh.vertices for body in bodies]) if frame is None else np.asarray(frame)
    eye, target, ratio = aim(points, view)
    size = width, round(width * ratio)
    scene = mi.load_dict(
        {
            "type": "scene",
            "integrator": {"type": "aov", "aovs": _GUIDES, "light": {"type": "path", "max_depth": 7}},
            "sensor": _sensor(eye, target, size),
            **_studio(ground, np.array(corners), view),
            **{f"body{n}": _shape(mi, body) for n, body in enumerate(bodies)},
        }
    )
    total = sum(np.array(mi.render(scene, spp=_SAMPLES, seed=n)) for n in range(passes)) / passes
    place, facing, tint = (total[..., at : at + 3] for at in (3, 6, 9))
    return _developed(_calmed(total[..., :3], place, facing, tint))


def _calmed(light: Any, place: Any, facing: Any, tint: Any) -> Any:
    """Return the picture without grain: each point is averaged with its neighbours on the same smooth face.

    `place`, `facing` and `tint` are where each point lies, how its face is turned, and its own colour.
    """
    for step in (1, 2):
        total, weights = np.zeros_like(light), np.zeros(light.shape[:2])
        for down, right in np.ndindex(5, 5):
            shift = step * (down - 2), step * (right - 2)
            there = _shifted(place, shift), _shifted(facing, shift), _shifted(tint, shift)
            off = np.sum((there[0] - place) * facing, axis=-1)
            turned = np.sum((there[1] - facing) ** 2, axis=-1)
            other = np.sum((there[2] - tint) ** 2, axis=-1)
            weight = np.exp(-((off / 0.15) ** 2) - turned / 0.04 - other / 0.002)
            total += weight[..., None] * _shifted(light, shift)
            weights += weight
        light = total / np.maximum(weights, 1e-9)[..., None]
    return light


def _shifted(values: Any, shift: tuple[int, int]) -> Any:
    """Return the picture moved by some points; its edge is repeated."""
    down, right = shift
    rows = np.clip(np.arange(values.shape[0]) + down, 0, values.shape[0] - 1)
    columns = np.clip(np.arange(values.shape[1]) + right, 0, values.shape[1] - 1)
    return values[rows][:, columns]


def _sensor(eye: Any, target: Any, size: tuple[int, int]) -> dict[str, Any]:
    from mitsuba import ScalarTransform4f as Move

    return {
        "type": "perspective",
        "fov": _FIELD,
        "fov_axis": "x",
        "to_world": Move().look_at(origin=list(eye), target=list(target), up=[0, 0, 1]),
        "film": {
            "type": "hdrfilm",
            "width": size[0],
            "height": size[1],
            "rfilter": {"type": "gaussian"},
            "pixel_format": "rgb",
        },
        "sampler": {"type": "independent"},
    }


def _studio(ground: Ground, corners: Any, view: View) -> dict[str, Any]:
    """Return the floor below everything, a soft lamp above, a strip behind, and light from all around."""
    from mitsuba import ScalarTransform4f as Move

    middle, reach = corners.mean(axis=0), float(np.linalg.norm(corners.max(axis=0) - corners.min(axis=0)))
    floor = Move().translate([middle[0], middle[1], corners[:, 2].min()]).scale(60 * reach)

    def lamp(around: float, above: float, far: float, size: float, light: float) -> dict[str, Any]:
        a, b = math.radians(view.around + around), math.radians(above)
        way = np.array([math.cos(a) * math.cos(b), math.sin(a) * math.cos(b), math.sin(b)])
        place = Move().look_at(origin=list(middle + far * reach * way), target=list(middle), up=[0, 0, 1])
        emitter = {"type": "area", "radiance": {"type": "rgb", "value": [light] * 3}}
        return {"type": "rectangle", "to_world": place @ Move().scale(size * reach), "emitter": emitter}

    return {
        "floor": {"type": "rectangle", "to_world": floor, "bsdf": _bsdf(ground.surface)},
        "key": lamp(70, 58, 1.6, 0.55, ground.key),
        "rim": lamp(150, 20, 1.7, 0.5, ground.rim),
        "fill": {"type": "constant", "radiance": {"type": "rgb", "value": [ground.fill] * 3}},
    }


def _shape(mi: Any, body: Body) -> dict[str, Any]:
    made = mi.Mesh("body", len(body.mesh.vertices), len(body.mesh.faces), props=_props(mi, body.surface))
    values = mi.traverse(made)
    values["vertex_positions"] = np.asarray(body.mesh.vertices, dtype=np.float32).ravel()
    values["faces"] = np.asarray(body.mesh.faces, dtype=np.uint32).ravel()
    values.update()
    shape: dict[str, Any] = made
    return shape


def _props(mi: Any, surface: Surface) -> Any:
    props = mi.Properties()
    props["bsdf"] = mi.load_dict(_bsdf(surface))
    if surface.glow:
        light = [surface.glow * part for part in surface.colour]
        props["emitter"] = mi.load_dict({"type": "area", "radiance": {"type": "rgb", "value": light}})
    return props


def _bsdf(surface: Surface) -> dict[str, Any]:
    colour = {"type": "rgb", "value": list(surface.colour)}
    made: dict[str, Any] = {"type": "roughplastic", "diffuse_reflectance": colour, "alpha": surface.rough}
    if surface.rough == 1:
        made = {"type": "diffuse", "reflectance": colour}
    elif surface.metal:
        made = {"type": "roughconductor", "specular_reflectance": colour, "alpha": surface.rough}
    made = {"type": "twosided", "bsdf": made}
    return made if surface.opaque == 1 else {"type": "mask", "opacity": surface.opaque, "bsdf": made}


def _developed(light: Any) -> Any:
    """Return bytes: highlights are bent softly, then sRGB's curve (IEC 61966-2-1) is applied."""
    soft = np.where(light > 0.7, 0.7 + 0.3 * np.tanh((light - 0.7) / 0.6), light)
    curve = np.where(soft <= 0.0031308, 12.92 * soft, 1.055 * np.maximum(soft, 1e-9) ** (1 / 2.4) - 0.055)
    return (curve.clip(0, 1) * 255 + 0.5).astype(np.uint8)

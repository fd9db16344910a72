"""The key's pictures: their parts fit together, and everything is in the frame."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("build123d")
pytest.importorskip("trimesh")

import numpy

from hardware.case import build, laptop, picture, render
from hardware.dimensions import mm

pytestmark = pytest.mark.hardware

PICTURES = Path(build.__file__).resolve().parents[1] / "pictures"


def shared(one: Any, other: Any) -> float:
    common = one & other
    return float(common.volume) if common else 0.0


class TestInUse:
    """The key in a laptop, beside a plug whose grip is as large as USB lets it be."""

    def test_nothing_overlaps(self) -> None:
        grip, _ = laptop.neighbour()
        for name, part in build.case().items():
            assert shared(part, grip) == 0, name
            assert shared(part, laptop.body()) == 0, name
        assert shared(build.plug(), laptop.body()) == pytest.approx(0, abs=1e-6)

    def test_the_neighbour_is_where_its_port_is(self) -> None:
        grip, shell = (part.bounding_box() for part in laptop.neighbour())
        port = laptop.ports()[1].position
        assert pytest.approx(mm("port", "grip_width")) == grip.size.Y
        assert pytest.approx(mm("port", "grip_height")) == grip.size.Z
        for box in (grip, shell):
            assert pytest.approx((port.Y, port.Z)) == (box.center().Y, box.center().Z)

    def test_the_key_hangs_free_above_the_desk(self) -> None:
        lowest = min(part.bounding_box().min.Z for part in build.case().values())
        assert lowest > laptop.DESK + 1


class TestFrame:
    @pytest.mark.parametrize("view", picture._VIEWS.values())
    def test_every_point_is_in_it(self, view: render.View) -> None:
        points = numpy.array([(x, y, z) for x in (-18, 71) for y in (-15, 1) for z in (-5, 6)], dtype=float)
        eye, target, ratio = render.aim(points, view)
        forth = (target - eye) / numpy.linalg.norm(target - eye)
        right = numpy.cross(forth, (0, 0, 1))
        right /= numpy.linalg.norm(right)
        up = numpy.cross(right, forth)
        seen = points - eye
        x, y = (seen @ right) / (seen @ forth), (seen @ up) / (seen @ forth)
        half = numpy.tan(numpy.radians(render._FIELD / 2))
        assert abs(x).max() < half
        assert abs(y).max() < half * ratio
        # It fills the width but for the margin.
        assert x.max() - x.min() == pytest.approx(2 * half * (1 - 2 * render._MARGIN), rel=0.02)


def test_a_picture_on_dark_is_darker_around_the_same_key(tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    import trimesh

    box = render.Body(trimesh.creation.box((40, 16, 8)), render.Surface((0.5, 0.02, 0.02)))
    light, dark = (
        render.take([box], ground, render.View(-40, 30), 60, 1) for ground in render.GROUNDS.values()
    )
    assert light.shape == dark.shape
    assert light[0, 0].mean() > dark[0, 0].mean() + 100
    middle = [shot[shot.shape[0] // 2, 30] for shot in (light, dark)]
    for red, green, blue in middle:
        assert red > 2 * max(green, blue)


def test_each_scene_is_there_on_both_grounds() -> None:
    names = {f"{scene}{ground}.jpg" for scene in picture._VIEWS for ground in render.GROUNDS}
    assert {path.name for path in PICTURES.glob("*.jpg")} == names


def test_a_page_offers_the_dark_one_to_dark_screens() -> None:
    readme = (PICTURES.parent / "README.md").read_text(encoding="utf-8")
    for scene in picture._VIEWS:
        pair = rf'srcset="pictures/{scene}-dark\.jpg">\s*<img src="pictures/{scene}\.jpg"'
        assert re.search(pair, readme), scene

"""Reads a QR code held before a camera, with OpenCV (the extra `camera`)."""

from __future__ import annotations

import sys
import time

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_readers.pictures import qr

#: How long it looks for a code, in seconds.
_WAIT = 60


def read(number: int = 0, wait: float = _WAIT) -> list[str]:
    """The texts of the first QR codes that camera `number` sees. Raises NoPicture, LibraryMissing."""
    try:
        import cv2
    except ImportError:
        raise errors.LibraryMissing(
            tr("The camera cannot be used: OpenCV is missing."),
            tr(
                "Install it with `{python} -m pip install opencv-python-headless`, or use a photo:"
                " `totpkey add --qr FILE`.",
                python=sys.executable,
            ),
        ) from None
    from PIL import Image

    camera = cv2.VideoCapture(number)
    try:
        if not camera.isOpened():
            raise errors.NoPicture(
                tr("There is no camera, or another program is using it."), tr("Close that program.")
            )
        end = time.monotonic() + wait
        while time.monotonic() < end:
            taken, frame = camera.read()
            texts = qr.find(Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))) if taken else []
            if texts:
                return texts
    finally:
        camera.release()
    raise errors.NoPicture(
        tr("No QR code was seen in {seconds} s.", seconds=round(wait)),
        tr("Hold it closer, flat and in good light; or use --qr FILE."),
    )

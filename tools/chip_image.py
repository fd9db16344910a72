"""Download the CircuitPython image for the chip tests into the user's cache and check its SHA-256.

python tools/chip_image.py
"""

from __future__ import annotations

import sys

from chip_images import CACHE
from totpkey.errors import TotpkeyError
from totpkey.install import download


def main() -> int:
    """Put the image into the cache. Return 0 if it is there."""
    try:
        print(download.fetch("raspberry_pi_pico", CACHE))
    except TotpkeyError as problem:
        print(f"No image: {problem.cause}", file=sys.stderr)
        print(f"Fetch it on a machine with a network and put it into {CACHE}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

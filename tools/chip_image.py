"""Downloads the CircuitPython image that the chip tests run on into the user's cache, checked by its SHA-256.

python tools/chip_image.py
"""

from __future__ import annotations

import hashlib
import sys
import urllib.error
import urllib.request
from pathlib import Path

NAME = "adafruit-circuitpython-raspberry_pi_pico-en_US-10.1.3.uf2"
SHA256 = "017d25586c17d0dbd5cd08f5035a52635c7db9a71d9e8b840fc8b84dae1d513c"
ADDRESS = f"https://downloads.circuitpython.org/bin/raspberry_pi_pico/en_US/{NAME}"
CACHE = Path.home() / ".cache" / "totpkey"


def main() -> int:
    """Put the image into the cache; 0 if it is there."""
    path = CACHE / NAME
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256:
        print(f"already there: {path}")
        return 0
    try:
        with urllib.request.urlopen(ADDRESS, timeout=60) as reply:
            data = reply.read()
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"No image: {ADDRESS} could not be read ({error}).", file=sys.stderr)
        print(f"Fetch it on a machine with a network and put it into {CACHE}.", file=sys.stderr)
        return 1
    if hashlib.sha256(data).hexdigest() != SHA256:
        print(f"Not kept: what {ADDRESS} gave is not the image these tests know.", file=sys.stderr)
        return 1
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How many codes are typed into one kind of computer: few in a test, 1000 by `make codes`."""

from __future__ import annotations

import os

CODES = int(os.environ.get("TOTPKEY_CODES", "20"))

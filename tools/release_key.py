"""Print the public key of a release, as other tools and `release_keys.py` take it.

    python tools/release_key.py FILE    (a private or a public Ed25519 key in PEM, or minisign's public one)

The first line is for host/totpkey/install/release_keys.py and for minisign's option -P. The rest is the file
that minisign and signify take.
"""

from __future__ import annotations

import sys
from pathlib import Path

from totpkey import errors
from totpkey.install import manifest, release_keys, signature


def main(arguments: list[str]) -> int:
    """Return 0 if there was a key."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    path = Path(arguments[0])
    try:
        if b"PRIVATE KEY" in manifest.content_of(path):
            key = signature.public_key(manifest.signing_key(path))
        else:
            key = release_keys.read(path)
    except errors.TotpkeyError as problem:
        print(f"{problem.cause} {problem.remedy}", file=sys.stderr)
        return 1
    print(key.line)
    print(key.file, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The `totpkey` command: `python -m totpkey` and the console script."""

from __future__ import annotations

import sys

from totpkey_protocol.version import __version__


def main() -> None:
    """Run the command line and exit with its code (see `totpkey.cli.exits`)."""
    if sys.argv[1:] == ["--version"]:
        # Answered before click is loaded, which takes three times as long as all the rest.
        sys.stdout.write(f"totpkey {__version__}\n")
        return
    if sys.argv[1:] == ["--read-a-file"]:
        # Where the program is a single file, it starts itself for this.
        from totpkey_readers.jail.process import main as read_a_file

        read_a_file()
    from totpkey.cli.root import run
    from totpkey.system import streams

    streams.use_utf8()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()

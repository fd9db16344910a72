"""The `totpkey` command: `python -m totpkey` and the console script."""

from __future__ import annotations

import io
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

    _use_utf8()
    sys.exit(run(sys.argv[1:]))


def _use_utf8() -> None:
    """Use UTF-8 for pipes and files, and keep terminals from failing on a character.

    Python uses the system's encoding, on Windows the ANSI code page (cp1252, cp936), which lacks most other
    scripts. A terminal keeps its encoding, which only the terminal knows.
    """
    for stream in (sys.stdout, sys.stderr):
        # Characters that cannot be encoded, and lone surrogates, become question marks.
        _reconfigure(stream, "replace")
    _reconfigure(sys.stdin, "strict")


def _reconfigure(stream: object, errors: str) -> None:
    """Reconfigure a stream. It is None if the program was started without it."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    if stream.isatty():
        stream.reconfigure(errors=errors)
    else:
        stream.reconfigure(encoding="utf-8", errors=errors)


if __name__ == "__main__":
    main()

"""Brings the key up in the face that boot.py has chosen."""

from .platform import Platform


def run() -> None:
    """Serve the key for ever. Each face loads its own modules alone, so that nobody waits for the other's."""
    platform = Platform()
    if platform.serial is None:
        from .everyday import EverydayKey, EverydayLoop

        EverydayLoop(EverydayKey(platform)).run()
    else:
        from .loop import Loop
        from .setup.session import Session
        from .setup.setup_key import SetupKey

        key = SetupKey(platform)
        Loop(key, Session(key, platform.serial, platform.ticks())).run()

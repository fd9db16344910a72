"""`storage`, `os` and `open`: the firmware's access to the drive."""

from __future__ import annotations

import errno
import io
import tomllib
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

from totpkey_virtual.boards import CIRCUITPYTHON_BUILD
from totpkey_virtual.simulator.context import Context, module
from totpkey_virtual.simulator.drive import Drive
from totpkey_virtual.simulator.drive_file import DriveFile
from totpkey_virtual.simulator.machine import SECOND, ChipReset
from totpkey_virtual.simulator.standins.usb import only_in_boot

_SETTINGS = "/settings.toml"
_MODES = {"r", "w", "a", "x"}


def open_function(context: Context) -> Callable[..., DriveFile | io.TextIOWrapper]:
    """The built-in `open`, limited to this key's drive."""

    def open_file(
        name: str, mode: str = "r", buffering: int = -1, encoding: str | None = None
    ) -> DriveFile | io.TextIOWrapper:
        context.call()
        if mode[:1] not in _MODES or set(mode[1:]) - set("bt+"):
            raise ValueError("invalid mode")
        return context.chip.drive.open(context.path(name), mode, encoding)

    return open_file


def modules(context: Context) -> list[ModuleType]:
    return [_storage(context), _os(context)]


def _require_root(path: str) -> None:
    if path != "/":
        raise OSError(errno.EINVAL, "EINVAL")


class Mount:
    """The result of `storage.getmount("/")`."""

    label = "CIRCUITPY"

    def __init__(self, drive: Drive) -> None:
        self._drive = drive

    @property
    def readonly(self) -> bool:
        return not self._drive.writable_by_code


def _storage(context: Context) -> ModuleType:
    chip = context.chip

    def disable_usb_drive() -> None:
        only_in_boot(context)
        chip.usb.drive_enabled = False
        chip.drive.writable_by_code = True

    def remount(
        mount_path: str, readonly: bool = False, *, disable_concurrent_write_protection: bool = False
    ) -> None:
        context.call()
        _require_root(mount_path)
        if chip.usb.attached and chip.usb.drive_enabled:
            raise RuntimeError("Cannot remount path when visible via USB.")
        chip.drive.writable_by_code = not readonly

    def getmount(mount_path: str) -> Mount:
        _require_root(mount_path)
        return Mount(chip.drive)

    def erase_filesystem() -> None:
        """Format the drive and reset. The NVM keeps its content."""
        context.machine.spend(SECOND)
        chip.drive.format()
        context.machine.halt(ChipReset("SOFTWARE"))
        context.machine.spend(0)

    return module(
        "storage",
        disable_usb_drive=disable_usb_drive,
        remount=remount,
        getmount=getmount,
        erase_filesystem=erase_filesystem,
    )


def _os(context: Context) -> ModuleType:
    chip = context.chip

    def urandom(count: int) -> bytes:
        context.call()
        return chip.entropy(count)

    def sync() -> None:
        context.call()
        chip.drive.sync()

    def getenv(key: str, default: object = None) -> object:
        context.call()
        content = chip.drive.read(_SETTINGS)
        value = None if content is None else tomllib.loads(content.decode()).get(key)
        return value if isinstance(value, str | int) else default

    def uname() -> SimpleNamespace:
        release = ".".join(map(str, context.modules["sys"].implementation.version))
        machine = chip.machine_name
        return SimpleNamespace(
            sysname="rp2040", nodename="rp2040", release=release, version=CIRCUITPYTHON_BUILD, machine=machine
        )

    return module("os", sep="/", urandom=urandom, sync=sync, getenv=getenv, uname=uname, **_paths(context))


def _paths(context: Context) -> dict[str, Callable[..., object]]:
    drive = context.chip.drive

    def on_drive(operation: Callable[[str], object]) -> Callable[[str], object]:
        def function(path: str) -> object:
            context.call()
            return operation(context.path(path))

        return function

    def listdir(path: str = ".") -> list[str]:
        context.call()
        return drive.listdir(context.path(path))

    def rename(old_path: str, new_path: str) -> None:
        context.call()
        drive.rename(context.path(old_path), context.path(new_path))

    def rmdir(path: str) -> None:
        if path == context.directory:
            raise OSError(errno.EACCES, "EACCES")
        drive.rmdir(path)

    def chdir(path: str) -> None:
        if not drive.is_directory(context.path(path)):
            raise OSError(errno.ENOENT, "ENOENT")
        context.directory = context.path(path)

    def getcwd() -> str:
        return context.directory

    def statvfs(path: str) -> tuple[int, ...]:
        geometry, free = drive.volume.geometry, drive.volume.count_free()
        size = geometry.cluster_size
        return (size, size, geometry.clusters, free, free, 0, 0, 0, 0, 255)

    named: dict[str, Callable[..., object]] = {
        "stat": drive.stat,
        "remove": drive.remove,
        "unlink": drive.remove,
        "mkdir": drive.mkdir,
        "rmdir": rmdir,
    }
    own: dict[str, Callable[..., object]] = {
        "listdir": listdir,
        "rename": rename,
        "chdir": chdir,
        "getcwd": getcwd,
        "statvfs": statvfs,
    }
    return {name: on_drive(operation) for name, operation in named.items()} | own

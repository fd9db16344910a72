"""Set up a Linux guest for QEMU in build/kernel, for the tests in tests/kernel.

    python tools/linux_guest.py

It downloads and unpacks Debian's kernel, busybox and picotool, and installs nothing on this machine.
"""

from __future__ import annotations

import gzip
import lzma
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import other_systems
from other_systems import CannotSetUp

SYSTEM = other_systems.OtherSystem(
    "kernel", ("qemu-system-x86_64", "setpriv", "timeout", "apt-get", "dpkg-deb"), "qemu-system-x86"
)
FOLDER = SYSTEM.folder
KERNEL, INITRAMFS = FOLDER / "vmlinuz", FOLDER / "initramfs.gz"
#: QEMU's command for the guest, without its devices.
COMPUTER = (
    # It ends with the process that started it.
    *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"),
    *("-M", "q35", "-accel", "tcg", "-m", "512", "-nodefaults", "-display", "none", "-vga", "std"),
    *("-kernel", str(KERNEL), "-initrd", str(INITRAMFS)),
    *("-append", "console=ttyS0 quiet no_timer_check rdinit=/init"),
)
#: The guest prints this once its shell is ready.
IS_UP = b"GUEST-IS-UP"
#: How long booting may take, in seconds.
_PATIENCE = 180
#: The guest's drivers: USB keyboards, serial ports, what passes over USB, and folders shared by the host.
_DRIVERS = ("xhci-pci", "usbhid", "hid-generic", "cdc-acm", "evdev", "usbmon", "9p", "9pnet_virtio")
#: picotool reads a board in its boot loader independently of our code. The libraries are its dependencies.
_PICOTOOL = "picotool"
_PICOTOOL_PACKAGES = ("libusb-1.0-0", "libstdc++6", "libgcc-s1", "libc6", "libudev1", "libcap2")
_PICOTOOL_LIBRARIES = (
    *("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1"),
    *("libusb-1.0.so.0", "libudev.so.1", "libcap.so.2"),
)
#: The first process. It runs a shell on the serial port and saves keystrokes on the first console to a file.
_INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox --install -s /bin
export PATH=/bin PS1= PS2=
for module in {modules}; do insmod /modules/$module.ko || echo "no $module"; done
echo 1 > /proc/sys/kernel/printk
(stty -icanon -echo -isig -icrnl; exec cat) < /dev/tty1 >> /tmp/typed &
stty -echo < /dev/ttyS0
echo GUEST-IS-UP
exec setsid sh -c 'exec sh < /dev/ttyS0 > /dev/ttyS0 2>&1'
"""
_EXECUTABLE, _DEVICE, _FOLDER = 0o100755, 0o020600, 0o040755


def set_up() -> Path:
    """Return the folder that contains the kernel and the initramfs. Raise CannotSetUp."""
    return SYSTEM.set_up(Path(__file__).read_text(encoding="utf-8"), _build)


def _build() -> None:
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        unpacked = _unpack(Path(folder), _kernel_package(), "busybox-static", _PICOTOOL, *_PICOTOOL_PACKAGES)
        (image,) = (unpacked / "boot").glob("vmlinuz-*")
        shutil.copy(image, KERNEL)
        (busybox,) = (path for path in unpacked.rglob("busybox") if path.is_file() and "bin" in path.parts)
        INITRAMFS.write_bytes(gzip.compress(_initramfs(busybox, unpacked), mtime=0))
    _require_boot()


def _require_boot() -> None:
    """Raise CannotSetUp unless the guest boots."""
    command = ["timeout", str(_PATIENCE), *COMPUTER, "-chardev", "stdio,id=shell", "-serial", "chardev:shell"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as computer:
        lines = []
        for line in computer.stdout or ():
            lines.append(line)
            if IS_UP in line:
                break
        computer.terminate()
    if not lines or IS_UP not in lines[-1]:
        raise CannotSetUp(f"The Linux guest does not boot:\n{b''.join(lines[-20:]).decode(errors='replace')}")


def _kernel_package() -> str:
    """Return the package that `linux-image-amd64` depends on."""
    listed = subprocess.run(
        ["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=False
    )
    found = re.search(r"Depends: (linux-image-[0-9]\S+)", listed.stdout)
    if not found:
        raise CannotSetUp("apt knows no kernel: is this Debian? `apt-get update` may help.")
    return found[1]


def _unpack(folder: Path, *packages: str) -> Path:
    done = subprocess.run(
        ["apt-get", "download", *packages], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotSetUp(f"apt could not download {' and '.join(packages)}:\n{done.stderr}")
    unpacked = folder / "unpacked"
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
    return unpacked


def _initramfs(busybox: Path, unpacked: Path) -> bytes:
    modules = _modules(unpacked)
    files = {"init": _INIT.format(modules=" ".join(modules)).encode(), "bin/busybox": busybox.read_bytes()}
    files |= {f"modules/{name}.ko": content for name, content in modules.items()}
    files["bin/picotool"] = (unpacked / "usr/bin/picotool").read_bytes()
    for library in _PICOTOOL_LIBRARIES:
        # The kernel expects the dynamic loader in /lib64; the loader finds the other libraries in /lib.
        folder = "lib64" if library.startswith("ld-") else "lib"
        path = next(path for path in unpacked.rglob(library) if path.resolve().is_file())
        files[f"{folder}/{library}"] = path.read_bytes()
    folders = ("bin", "modules", "dev", "lib", "lib64")
    archive = b"".join(_entry(folder, _FOLDER) for folder in folders)
    # The kernel opens the console for the first process.
    archive += _entry("dev/console", _DEVICE, device=(5, 1))
    archive += b"".join(_entry(name, _EXECUTABLE, content) for name, content in files.items())
    return archive + _entry("TRAILER!!!", 0)


def _modules(unpacked: Path) -> dict[str, bytes]:
    """Return the drivers and their dependencies in the order in which the kernel must load them."""
    packed = {path.name.partition(".")[0].replace("-", "_"): path for path in unpacked.rglob("*.ko.xz")}
    found: dict[str, bytes] = {}

    def take(name: str) -> None:
        name = name.replace("-", "_")
        # Modules without a file are built into the kernel.
        if name not in found and name in packed:
            content = lzma.decompress(packed[name].read_bytes())
            for needed in re.findall(rb"\0depends=([^\0]*)\0", content):
                for other in filter(None, needed.decode().split(",")):
                    take(other)
            found[name] = content

    for driver in _DRIVERS:
        take(driver)
    return found


def _entry(name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """Return one entry of a cpio archive in `newc` format (kernel: early-userspace/buffer-format.rst)."""
    # inode, mode, user, group, links, time, size, file's device (2), own device number (2), name length,
    # checksum
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


if __name__ == "__main__":
    sys.exit(other_systems.main(set_up))

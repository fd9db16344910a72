"""Creates a file on Windows that only its owner can read. Imported only there.

See https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format.
"""

from __future__ import annotations

import ctypes
import msvcrt
import os
import sys
from ctypes import wintypes
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - tells mypy, too

_TOKEN_QUERY, _TOKEN_USER = 0x0008, 1
_GENERIC_WRITE, _CREATE_NEW, _ATTRIBUTE_NORMAL = 0x40000000, 1, 0x80
_SDDL_REVISION = 1
_INVALID_HANDLE = wintypes.HANDLE(-1).value

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)

_kernel32.GetCurrentProcess.restype = wintypes.HANDLE
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
_kernel32.LocalFree.restype = ctypes.c_void_p
_kernel32.CreateFileW.restype = wintypes.HANDLE
_kernel32.CreateFileW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.HANDLE,
)
_advapi32.OpenProcessToken.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE))
_advapi32.GetTokenInformation.argtypes = (
    wintypes.HANDLE,
    ctypes.c_int,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
)
_advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
_advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)


class _SecurityAttributes(ctypes.Structure):
    _fields_ = (
        ("length", wintypes.DWORD),
        ("descriptor", ctypes.c_void_p),
        ("inherit", wintypes.BOOL),
    )


def create_private(path: Path) -> int:
    """A descriptor of a new file, open for writing, that only its owner can read. Raises OSError."""
    # No inherited permissions: full access for one user, none for all others.
    words = f"D:P(A;;FA;;;{_user()})"
    descriptor = ctypes.c_void_p()
    _require(
        _advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
            words, _SDDL_REVISION, ctypes.byref(descriptor), None
        )
    )
    try:
        attributes = _SecurityAttributes(ctypes.sizeof(_SecurityAttributes), descriptor, False)
        handle = _kernel32.CreateFileW(
            str(path), _GENERIC_WRITE, 0, ctypes.byref(attributes), _CREATE_NEW, _ATTRIBUTE_NORMAL, None
        )
        _require(handle != _INVALID_HANDLE)
    finally:
        _kernel32.LocalFree(descriptor)
    return msvcrt.open_osfhandle(handle, os.O_WRONLY)


def _user() -> str:
    """The current user's security identifier, as a string."""
    token = wintypes.HANDLE()
    _require(_advapi32.OpenProcessToken(_kernel32.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)))
    try:
        size = wintypes.DWORD()
        _advapi32.GetTokenInformation(token, _TOKEN_USER, None, 0, ctypes.byref(size))
        held = ctypes.create_string_buffer(size.value)
        _require(_advapi32.GetTokenInformation(token, _TOKEN_USER, held, size, ctypes.byref(size)))
    finally:
        _kernel32.CloseHandle(token)
    # A TOKEN_USER begins with a pointer to the identifier, which is in the same memory.
    identifier = ctypes.c_void_p.from_buffer(held)
    words = ctypes.c_void_p()
    _require(_advapi32.ConvertSidToStringSidW(identifier, ctypes.byref(words)))
    try:
        return ctypes.wstring_at(words.value or 0)
    finally:
        _kernel32.LocalFree(words)


def _require(done: object) -> None:
    if not done:
        raise ctypes.WinError(ctypes.get_last_error())

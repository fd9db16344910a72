"""The firmware's part for the secure element on CPython."""

from tests.support.aesio import install

install()

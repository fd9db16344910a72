"""The plugins and fixtures of the core's tests, for those of the extensions."""

from tests.conftest import image, mountable, native, official_image, pytest_plugins

__all__ = ["image", "mountable", "native", "official_image", "pytest_plugins"]

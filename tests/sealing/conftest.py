from tests.install.conftest import given_file, says
from virtual.tests.chip.conftest import make_key

__all__ = ["given_file", "make_key", "says"]

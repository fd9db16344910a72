"""What a registry would show of the command: addresses, classifiers, authors. Pyroma judges it."""

from __future__ import annotations

from pathlib import Path


def test_pyroma_gives_it_ten_of_ten() -> None:
    # Here, since it takes long to import, and every process that runs tests imports this file.
    from pyroma import projectdata, ratings

    assert ratings.rate(projectdata.get_data(str(Path(__file__).resolve().parents[2]))) == (10, [])

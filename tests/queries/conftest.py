"""Run files of the incident for tests that only read them, and a copy of the sample run for tests that change it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.queries.incident import make_incident


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the function that writes a run file of the incident, with some tables replaced."""
    folder, number = tmp_path_factory.mktemp("incidents"), count()

    def made(**changed: Any) -> Path:
        return make_incident(folder / f"{next(number)}.duckdb", **changed)

    return made


@pytest.fixture(scope="session")
def run(make: Callable[..., Path]) -> Path:
    """Return the run file of the incident."""
    return make()


@pytest.fixture(scope="session")
def bare(make: Callable[..., Path]) -> Path:
    """Return a run file of the same accounts without events and without trails."""
    return make(records=(), unread=(), reads=(), trails=())


@pytest.fixture
def altered(demo_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the sample run that a test may change."""
    return Path(shutil.copy(demo_run, tmp_path / "altered.duckdb"))

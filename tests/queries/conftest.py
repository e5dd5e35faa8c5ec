"""Run files of the incident, made once for the tests that only read them, and a copy of the demo's to change."""

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
    """Make a run file of the incident, some of it changed."""
    folder, number = tmp_path_factory.mktemp("incidents"), count()

    def made(**changed: Any) -> Path:
        return make_incident(folder / f"{next(number)}.duckdb", **changed)

    return made


@pytest.fixture(scope="session")
def run(make: Callable[..., Path]) -> Path:
    """The incident as it was."""
    return make()


@pytest.fixture(scope="session")
def bare(make: Callable[..., Path]) -> Path:
    """The same accounts, when no event was read and no trail asked about."""
    return make(records=(), unread=(), reads=(), trails=())


@pytest.fixture
def altered(demo_run: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may spoil."""
    return Path(shutil.copy(demo_run, tmp_path / "altered.duckdb"))

"""The run in memory that the tests of rules fill with records."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from iamsql.query.sigma import is_installed
from tests.detections.harness import empty_run

collect_ignore_glob = [] if is_installed() else ["test_*.py"]  # pySigma is an extra


@pytest.fixture(scope="session")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a run that each test fills with its own records."""
    with empty_run() as connection:
        yield connection

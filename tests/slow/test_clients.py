"""The versions of DuckDB that can be installed read a run file as the results say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slow.client_results import VERSIONS, client_results
from tests.slow.clients import measure, statements
from tests.slow.venvs import CannotInstallError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("version", [versions.tested for versions in VERSIONS])
def test_a_version_of_duckdb_reads_a_run_file_as_listed(demo_run: Path, version: str) -> None:
    recorded = {result.key: result for result in client_results() if result.version == version}
    try:
        results = list(measure(demo_run, [version]))
    except CannotInstallError as error:
        pytest.skip(f"DuckDB cannot be installed: {error}")
    # New tables and macros need not be in the list, which the nightly workflow writes.
    assert [result for result in results if result != recorded.get(result.key, result)] == []


@pytest.mark.lists
def test_the_results_list_every_object(demo_run: Path) -> None:
    expected = {(version.tested, *key) for version in VERSIONS for key in statements(demo_run)}
    assert {result.key for result in client_results()} == expected, "Write the results again: make clients"

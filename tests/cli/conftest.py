"""Work in a folder of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.minimal_run import GAPS, make_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder. Its folder `runs` has a small run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)
    return tmp_path

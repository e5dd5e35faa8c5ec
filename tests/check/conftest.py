"""Working folders for the tests of `iamsql check`, whose queries replace the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.runs.file.template import template
from tests.check.example_controls import make


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder without runs; a folder without queries replaces the shipped ones."""
    template()  # with the queries that are shipped, for the tests that come later
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    (tmp_path / "none").mkdir()
    monkeypatch.setattr("iamsql.catalog.shipped_folder", lambda: tmp_path / "none")
    return tmp_path


@pytest.fixture
def folder(empty_folder: Path) -> Path:
    """Make a run and two controls."""
    make(empty_folder)
    return empty_folder

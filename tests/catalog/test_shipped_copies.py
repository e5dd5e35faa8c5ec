"""An installed iamsql works in a checkout, whose ./queries are copies of the shipped queries."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.catalog.shipped_copies import is_copy
from iamsql.check.selection import load_catalog


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder whose ./queries are copies of shipped files, and return that folder."""
    shipped = catalog.shipped_folder()
    for part in ("keys", "benchmarks"):
        shutil.copytree(shipped / part, tmp_path / "queries" / part)
    monkeypatch.chdir(tmp_path)
    return Path("queries")


def test_copies_are_left_out_and_other_files_are_not(checkout: Path) -> None:
    (checkout / "own.sql").write_text("-- title: Own\nselect 1 as x\n")
    loaded = catalog.read_catalog(catalog.folders())
    assert loaded.queries["stale_keys"][-1].shipped and not loaded.queries["own"][-1].shipped and not loaded.invalid
    checks = load_catalog()
    assert "iamsql" in checks.benchmarks and not checks.invalid_benchmarks and not checks.invalid
    assert [path for path, _ in catalog.files([checkout / "keys"])], "a folder alone has its files"


def test_a_changed_copy_is_a_second_file_of_the_name(checkout: Path) -> None:
    changed = checkout / "keys/stale_keys.sql"
    changed.write_text(changed.read_text() + "\n-- changed\n")
    assert (
        "two files define the query stale_keys" in catalog.read_catalog(catalog.folders()).invalid["stale_keys"].reason
    )


def test_a_link_and_a_missing_file_are_not_copies(tmp_path: Path) -> None:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "shipped/a.sql").write_text("select 1")
    (tmp_path / "own/a.sql").symlink_to(tmp_path / "shipped/a.sql")
    assert not is_copy(tmp_path / "own/a.sql", tmp_path / "own", tmp_path / "shipped")
    assert not is_copy(tmp_path / "own/b.sql", tmp_path / "own", tmp_path / "shipped")

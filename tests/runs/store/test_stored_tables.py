"""What a sync reads of earlier run files: their stored tables, and nothing that would execute SQL of the author of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.store.open_errors import OpenError
from iamsql.runs.store.stored_tables import StoredTables
from tests.minimal_run import make_run

STATUS = "select status, coalesce(status, 'none') from {run}.iamsql.run"


def add_run(folder: Path, *statements: str, name: str = "a.duckdb") -> Path:
    return make_run(folder / name, statements=statements)


def test_tables_of_several_files_are_read(tmp_path: Path) -> None:
    paths = [
        add_run(tmp_path, f"update iamsql.run set status = '{name}'", name=f"{name}.duckdb") for name in ("one", "two")
    ]
    with StoredTables(tmp_path) as files:
        assert [files.run(path).rows(STATUS) for path in (*paths, paths[0])] == [
            [("one",) * 2],
            [("two",) * 2],
            [("one",) * 2],
        ]
        assert [files.run(path).metadata.status for path in paths] == ["one", "two"]
        assert files.run(paths[0]).columns["iamsql.run"]["status"] == "VARCHAR"


def test_macros_and_views_of_a_file_are_not_used(tmp_path: Path) -> None:
    path = add_run(
        tmp_path,
        "create macro coalesce(a, b) as 'macro'",
        "create macro main.concat(a) as 'macro'",
        "drop table iamsql.accounts",
        "create view iamsql.accounts as from read_csv('/etc/passwd')",
    )
    with StoredTables(tmp_path) as files:
        run = files.run(path)
        assert "iamsql.accounts" not in run.columns
        assert run.rows("select coalesce(null, 'own'), concat('own') from {run}.iamsql.run") == [("own", "own")]
        with pytest.raises(OpenError, match="cannot be read as a run: Permission Error"):
            run.rows("select * from {run}.iamsql.accounts")


def test_a_file_that_is_not_a_run_has_no_metadata(tmp_path: Path) -> None:
    path = add_run(tmp_path, "drop table iamsql.run")
    with StoredTables(tmp_path) as files:
        assert files.run(path).metadata.run_id == ""


def test_metadata_of_another_type_is_an_error(tmp_path: Path) -> None:
    path = add_run(tmp_path, "update iamsql.run set options = '[]'")
    with StoredTables(tmp_path) as files, pytest.raises(OpenError, match="options has another type"):
        _ = files.run(path).metadata


def test_files_that_must_not_be_opened_are_errors(tmp_path: Path) -> None:
    path = add_run(tmp_path)
    (tmp_path / "a.duckdb.wal").write_bytes(b"")
    (tmp_path / "b.duckdb").write_bytes(b"not a database")
    with StoredTables(tmp_path) as files:
        with pytest.raises(OpenError, match="write-ahead log"):
            files.run(path)
        with pytest.raises(OpenError, match="cannot be read as a run"):
            files.run(tmp_path / "b.duckdb")
        with pytest.raises(IamsqlError, match="There is no run file"):
            files.run(tmp_path / "c.duckdb")


def test_a_missing_folder_has_no_files(tmp_path: Path) -> None:
    with StoredTables(tmp_path / "missing") as files:
        assert not files.folder.exists()

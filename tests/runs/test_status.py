"""The status of each run in the list of runs, and the description of one run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.query import listing as describe
from iamsql.runs import status
from iamsql.runs.status import table_of_runs
from tests.runs.run_folders import WRITES, add_run, id_of, running
from tests.tiers import slow_but_every


def listed(folder: Path) -> dict[str, dict[str, object]]:
    result = table_of_runs(folder)
    return {row[0]: dict(zip(result.columns, row, strict=True)) for row in result.rows}


def statuses(folder: Path) -> dict[str, object]:
    return {run: row["status"] for run, row in listed(folder).items()}


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    add_run(tmp_path, 5, "complete")
    add_run(tmp_path, 4, "incomplete", iamsql_version="0.0.9")
    add_run(tmp_path, 3, "empty")
    add_run(tmp_path, 2, partial=True)
    content = add_run(tmp_path, 1).read_bytes()
    (tmp_path / f"{id_of(1)}.duckdb").write_bytes(content[: len(content) // 3])
    with duckdb.connect(str(tmp_path / "others.duckdb")) as con:
        con.execute("create table t as select 1 as one")
    (tmp_path / f"{id_of(0)}.duckdb").write_bytes(b"")
    return tmp_path


def test_each_run_has_its_status(folder: Path) -> None:
    statuses = listed(folder)
    assert [(run, row["status"]) for run, row in statuses.items()] == [
        (id_of(0), "corrupt"),
        (id_of(1), "corrupt"),
        (id_of(2), "partial"),
        (id_of(3), "empty"),
        (id_of(4), "incomplete"),
        (id_of(5), "complete"),
        ("others", "foreign"),
    ]
    gaps = statuses[id_of(4)]
    assert [gaps[column] for column in ("organization", "read", "missing", "iamsql_version")] == ["o-1", 2, 0, "0.0.9"]
    assert gaps["bytes"] == (folder / f"{id_of(4)}.duckdb").stat().st_size
    assert str(gaps["started_at"]) == "2026-03-28 12:00:00+00:00"
    assert statuses[id_of(2)]["note"] == "interrupted, and a later run exists"
    assert "not a valid DuckDB database file" in str(statuses[id_of(0)]["note"])
    for later in (0, 1):
        next(folder.glob(f"{id_of(later)}*")).unlink()
    assert listed(folder)[id_of(2)]["note"] == "to continue: iamsql sync --resume"


def test_the_number_of_selected_accounts_is_listed(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1)
    with duckdb.connect(str(path)) as con:
        con.execute("update iamsql.accounts set selected = name <> 'old'")
        con.execute("update iamsql.accounts set outcome = 'incomplete' where name = 'app'")
    row = listed(tmp_path)[id_of(1)]
    assert (row["read"], row["missing"]) == (2, 1)


@pytest.mark.slow
def test_a_run_that_is_being_written_is_running(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1, partial=True)
    with running(WRITES, path) as writer:
        row = listed(tmp_path)[id_of(1)]
        assert (row["status"], row["note"]) == ("running", f"process {writer.pid} writes it")
        result = iamsql("runs", "show", path)
        assert result.exit_code == 2
        assert f"{path} is being written by process {writer.pid}.\n" in result.stderr
    assert statuses(tmp_path) == {id_of(1): "partial"}


@pytest.mark.slow
def test_a_run_that_was_interrupted_at_once_is_partial_and_a_renamed_file_is_noted(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / f"{id_of(1)}.duckdb.partial")):
        pass
    add_run(tmp_path, 2, "running")
    statuses = listed(tmp_path)
    assert (statuses[id_of(1)]["status"], statuses[id_of(1)]["note"]) == (
        "partial",
        "interrupted before anything was read",
    )
    assert statuses[id_of(2)]["note"] == "was never finished, though its name says so"


@pytest.mark.slow
def test_a_finished_run_is_opened_once(folder: Path) -> None:
    first = table_of_runs(folder).rows
    with patch("iamsql.runs.status.run_status", side_effect=status.run_status) as looks:
        assert table_of_runs(folder).rows == first
    assert sorted(call.args[0].run_id for call in looks.call_args_list) == sorted([id_of(0), id_of(1), id_of(2)])
    assert (folder / status.STATUS_FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_cached_status_counts_only_for_the_same_file(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1, "complete")
    assert statuses(tmp_path) == {id_of(1): "complete"}
    was = path.stat()
    other = add_run(tmp_path / "other", 1, "incomplete")
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)  # as large and as old as the one that was known
    assert path.stat().st_size == was.st_size and path.stat().st_mtime_ns == was.st_mtime_ns
    assert statuses(tmp_path) == {id_of(1): "incomplete"}


KNOWN = [
    "",
    "{",
    "[]",
    "null",
    "[" * 100_000,
    '{"iamsql": "%s", "runs": []}',
    '{"iamsql": "%s", "runs": {"a": [1, {}]}}',
    '{"iamsql": "%s", "runs": {"a": []}}',
    '{"iamsql": "0.0.0", "runs": {}}',
]


@pytest.mark.parametrize("text", KNOWN)
def test_an_unreadable_cache_entry_is_computed_again(tmp_path: Path, text: str) -> None:
    add_run(tmp_path, 1, "incomplete")
    (tmp_path / status.STATUS_FILE_NAME).write_text(text.replace("%s", status.__version__))
    assert statuses(tmp_path) == {id_of(1): "incomplete"}
    assert json.loads((tmp_path / status.STATUS_FILE_NAME).read_text())["runs"].keys() == {f"{id_of(1)}.duckdb"}


@pytest.mark.parametrize(
    ("key", "value"),
    slow_but_every(2, [("status", "fine"), ("read", "many"), ("note", 7), ("started", "yesterday"), ("more", 1)]),
)
def test_an_invalid_cache_entry_is_computed_again(tmp_path: Path, key: str, value: object) -> None:
    add_run(tmp_path, 1, "incomplete")
    first = table_of_runs(tmp_path).rows
    cache = json.loads((tmp_path / status.STATUS_FILE_NAME).read_text())
    cache["runs"][f"{id_of(1)}.duckdb"][-1][key] = value
    (tmp_path / status.STATUS_FILE_NAME).write_text(json.dumps(cache))
    assert table_of_runs(tmp_path).rows == first


def test_a_read_only_folder_is_listed(tmp_path: Path) -> None:
    add_run(tmp_path, 1, "incomplete")
    (tmp_path / status.STATUS_FILE_NAME).mkdir()
    assert statuses(tmp_path) == {id_of(1): "incomplete"}


@pytest.mark.slow
def test_the_command_runs_lists_and_accepts_options_in_either_position(folder: Path) -> None:
    plain = iamsql("runs", "--runs", folder, "-o", "csv")
    assert plain.exit_code == 0 and plain.stdout.startswith(
        "run,started_at,organization,read,missing,status,scope,bytes,"
    )
    assert plain.stdout == iamsql("runs", "list", "--runs", folder, "-o", "csv").stdout
    assert plain.stdout == iamsql("runs", "--runs", folder, "-o", "csv", "list").stdout
    rows = json.loads(iamsql("runs", "-o", "json", "--runs", folder).stdout)
    assert [row["status"] for row in rows] == list(statuses(folder).values())
    assert iamsql("runs", "--runs", folder / "none").stdout.startswith("run ")


def shown(path: Path) -> dict[str, str]:
    return dict(describe.run(path).rows)


@pytest.mark.slow
def test_a_run_is_described_with_accounts_by_reason_and_both_times_of_a_resumed_run(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1, resumed_at="2026-03-31T13:00:00Z", reused_from=id_of(9))
    with duckdb.connect(str(path)) as con:
        con.execute("insert into iamsql.coverage by name select '333333333333' as account_id, 'sts' as service, "
                    "'AssumeRole' as operation, 'denied' as status, 'AccessDenied' as error_code")  # fmt: skip
        con.execute("insert into iamsql.coverage by name select '222222222222' as account_id, 'iam' as service, "
                    "'ListRoles' as operation, 'throttled' as status, 'Throttling' as error_code")  # fmt: skip
    description = shown(path)
    assert description["resumed_at"] == "2026-03-31 13:00:00+00:00" and description["reused_from"] == id_of(9)
    assert "reused_started_at" not in description and "to resume" not in description
    assert description["status"] == "complete" and description["accounts complete"] == "2"
    assert description["accounts assume_role_failed"] == description["accounts assume_role_failed: AccessDenied"] == "1"
    assert description["accounts inactive: SUSPENDED"] == "1"
    assert description["gap iam:ListRoles throttled Throttling"] == "1"


@pytest.mark.slow
def test_a_partial_run_is_described_with_the_command_that_resumes_it(tmp_path: Path) -> None:
    description = shown(add_run(tmp_path, 1, partial=True))
    assert (description["status"], description["to resume"]) == ("partial", "iamsql sync --resume")
    assert "resumed_at" not in description
    assert "was not finished" in shown(add_run(tmp_path, 2, "running"))["note"]


def test_a_file_of_another_program_is_not_described(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "others.duckdb")):
        pass
    with pytest.raises(IamsqlError, match="not a run of iamsql"):
        describe.run(tmp_path / "others.duckdb")

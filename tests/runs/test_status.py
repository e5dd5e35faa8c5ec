"""How each run of a folder stands, and what is said of one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql import describe
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs import status
from iamsql.runs.status import table_of_runs
from tests.runs.run_folders import WRITES, beside, name, put


def listed(folder: Path) -> dict[str, dict[str, object]]:
    result = table_of_runs(folder)
    return {row[0]: dict(zip(result.columns, row, strict=True)) for row in result.rows}


def statuses(folder: Path) -> dict[str, object]:
    return {run: row["status"] for run, row in listed(folder).items()}


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, 5, "complete")
    put(tmp_path, 4, "gaps", iamsql_version="0.0.9")
    put(tmp_path, 3, "empty")
    put(tmp_path, 2, partial=True)
    whole = put(tmp_path, 1).read_bytes()
    (tmp_path / f"{name(1)}.duckdb").write_bytes(whole[: len(whole) // 3])
    with duckdb.connect(str(tmp_path / "others.duckdb")) as con:
        con.execute("create table t as select 1 as one")
    (tmp_path / f"{name(0)}.duckdb").write_bytes(b"")
    return tmp_path


def test_tells_how_each_run_stands(folder: Path) -> None:
    found = listed(folder)
    assert [(run, row["status"]) for run, row in found.items()] == [
        (name(0), "corrupt"),
        (name(1), "corrupt"),
        (name(2), "partial"),
        (name(3), "empty"),
        (name(4), "gaps"),
        (name(5), "complete"),
        ("others", "foreign"),
    ]
    gaps = found[name(4)]
    assert [gaps[one] for one in ("organization", "read", "missing", "iamsql_version")] == ["o-1", 2, 0, "0.0.9"]
    assert gaps["bytes"] == (folder / f"{name(4)}.duckdb").stat().st_size
    assert str(gaps["started_at"]) == "2026-03-28 12:00:00+00:00"
    assert found[name(2)]["note"] == "interrupted, and a later run exists"
    assert "not a valid DuckDB database file" in str(found[name(0)]["note"])
    for later in (0, 1):
        next(folder.glob(f"{name(later)}*")).unlink()
    assert listed(folder)[name(2)]["note"] == "to continue: iamsql sync --resume"


def test_counts_the_accounts_that_were_to_be_read(tmp_path: Path) -> None:
    path = put(tmp_path, 1)
    with duckdb.connect(str(path)) as con:
        con.execute("update iamsql.accounts set selected = name <> 'old'")
        con.execute("update iamsql.accounts set outcome = 'partial' where name = 'app'")
    row = listed(tmp_path)[name(1)]
    assert (row["read"], row["missing"]) == (2, 1)


def test_a_run_that_is_being_written_is_running(tmp_path: Path) -> None:
    path = put(tmp_path, 1, partial=True)
    with beside(WRITES, path) as writer:
        row = listed(tmp_path)[name(1)]
        assert (row["status"], row["note"]) == ("running", f"process {writer.pid} writes it")
        shown = iamsql("runs", "show", path)
        assert shown.exit_code == 2
        assert f"{path} is being written just now, by process {writer.pid}.\n" in shown.stderr
    assert statuses(tmp_path) == {name(1): "partial"}


def test_what_was_cut_off_at_once_is_partial_and_a_renamed_one_is_told(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / f"{name(1)}.duckdb.partial")):
        pass
    put(tmp_path, 2, "running")
    found = listed(tmp_path)
    assert (found[name(1)]["status"], found[name(1)]["note"]) == ("partial", "interrupted before anything was read")
    assert found[name(2)]["note"] == "was never finished, though its name says so"


def test_a_finished_run_is_opened_once(folder: Path) -> None:
    first = table_of_runs(folder).rows
    with patch("iamsql.runs.status.run_status", side_effect=status.run_status) as looks:
        assert table_of_runs(folder).rows == first
    assert sorted(call.args[0].run_id for call in looks.call_args_list) == sorted([name(0), name(1), name(2)])
    assert (folder / status.NAME).stat().st_mode & 0o777 == 0o600


def test_what_is_known_counts_only_for_the_file_that_it_is_of(tmp_path: Path) -> None:
    path = put(tmp_path, 1, "complete")
    assert statuses(tmp_path) == {name(1): "complete"}
    was = path.stat()
    other = put(tmp_path / "other", 1, "gaps")
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)  # as large and as old as the one that was known
    assert path.stat().st_size == was.st_size and path.stat().st_mtime_ns == was.st_mtime_ns
    assert statuses(tmp_path) == {name(1): "gaps"}


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
def test_what_cannot_be_read_of_it_is_looked_at_again(tmp_path: Path, text: str) -> None:
    put(tmp_path, 1, "gaps")
    (tmp_path / status.NAME).write_text(text.replace("%s", status.__version__))
    assert statuses(tmp_path) == {name(1): "gaps"}
    assert json.loads((tmp_path / status.NAME).read_text())["runs"].keys() == {f"{name(1)}.duckdb"}


@pytest.mark.parametrize(
    ("key", "value"), [("status", "fine"), ("read", "many"), ("note", 7), ("started", "yesterday"), ("more", 1)]
)
def test_a_row_that_can_be_none_is_looked_at_again(tmp_path: Path, key: str, value: object) -> None:
    put(tmp_path, 1, "gaps")
    first = table_of_runs(tmp_path).rows
    kept = json.loads((tmp_path / status.NAME).read_text())
    kept["runs"][f"{name(1)}.duckdb"][-1][key] = value
    (tmp_path / status.NAME).write_text(json.dumps(kept))
    assert table_of_runs(tmp_path).rows == first


def test_a_folder_that_takes_no_file_is_listed_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, 1, "gaps")
    (tmp_path / status.NAME).mkdir()
    assert statuses(tmp_path) == {name(1): "gaps"}


def test_the_command_lists_by_itself_and_takes_options_in_either_place(folder: Path) -> None:
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


def test_shows_accounts_by_reason_and_what_spans_two_times(tmp_path: Path) -> None:
    path = put(tmp_path, 1, resumed_at="2026-03-31T13:00:00Z", carried_from=name(9))
    with duckdb.connect(str(path)) as con:
        con.execute("insert into iamsql.coverage by name select '333333333333' as account_id, 'sts' as service, "
                    "'AssumeRole' as operation, 'denied' as status, 'AccessDenied' as error_code")  # fmt: skip
        con.execute("insert into iamsql.coverage by name select '222222222222' as account_id, 'iam' as service, "
                    "'ListRoles' as operation, 'throttled' as status, 'Throttling' as error_code")  # fmt: skip
    facts = shown(path)
    assert facts["resumed_at"] == "2026-03-31 13:00:00+00:00" and facts["carried_from"] == name(9)
    assert "carried_started_at" not in facts and "to resume" not in facts
    assert facts["status"] == "complete" and facts["accounts read"] == "2"
    assert facts["accounts assume_role_failed"] == facts["accounts assume_role_failed: AccessDenied"] == "1"
    assert facts["accounts not_tried: SUSPENDED"] == "1"
    assert facts["gap iam:ListRoles throttled Throttling"] == "1"


def test_shows_what_to_do_with_a_partial(tmp_path: Path) -> None:
    facts = shown(put(tmp_path, 1, partial=True))
    assert (facts["status"], facts["to resume"]) == ("partial", "iamsql sync --resume")
    assert "resumed_at" not in facts
    assert "was not finished" in shown(put(tmp_path, 2, "running"))["note"]


def test_shows_no_file_of_others(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "others.duckdb")):
        pass
    with pytest.raises(IamsqlError, match="not a run of iamsql"):
        describe.run(tmp_path / "others.duckdb")

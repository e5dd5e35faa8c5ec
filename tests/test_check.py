"""`iamsql check`: which detections run, what becomes of their rows, and what is said beside them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql.check import COLUMNS, FINDING
from iamsql.cli import main
from iamsql.store.reader import open_run
from tests.runfile import GAPS, make_run

A, B = "111111111111", "222222222222"
EVENTS = f"""
create table events as select * from (values
    ('2026-02-28 09:59:00'::timestamp, '{A}', 'CreateUser', 'e1'),
    ('2026-02-20 10:00:00'::timestamp, '{B}', 'CreateUser', 'e2'),
    ('2026-03-01 09:00:00'::timestamp, '{B}', 'StopLogging', 'e3'),
    (null, '{A}', 'Unknown', 'e4')
) t(event_time, account_id, event_name, event_id)
"""
SELECT = (
    "select event_time, account_id, 'us-east-1' as region, 'ana' as actor, '10.0.0.1' as source_ip, event_name, 'x' as target,"
    " 'd' as detail, event_id, 1 as extra from events where event_name"
)
USERS = (
    "select null::timestamp as event_time, account_id, null as region, name as actor, null as source_ip, null as event_name,"
    " name as target, null as detail, null as event_id from aws_iam_user where age > 99"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a run with four events and a folder that holds no queries yet; those that are shipped stay away."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    for name in ("none", "queries"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("iamsql.catalog.shipped_folder", lambda: tmp_path / "none")
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS, more=(EVENTS,))
    return tmp_path


def write(here: Path, name: str, sql: str, **front: str) -> Path:
    path = here / "queries" / f"{name}.sql"
    lines = {"title": name, "kind": "detection"} | front
    path.write_text("\n".join((*(f"-- {key}: {value}" for key, value in lines.items()), "", sql, "")))
    return path


def three(here: Path) -> None:
    """Write three detections that find something, and a report."""
    write(here, "users_made", f"{SELECT} = 'CreateUser'", severity="low", tags="mitre:T1136, mitre:T1078.004, x")
    write(here, "logging_stopped", f"{SELECT} = 'StopLogging'", severity="critical", tags="mitre:T1562.008")
    write(here, "strange", f"{SELECT} = $name", param="name text = 'Unknown'")
    write(here, "users", "select 1 as one", kind="report")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["check", *args])


def found(*args: str) -> list[tuple[str, str]]:
    """Give the detections and events of the findings, in their order."""
    rows = csv.DictReader(io.StringIO(run(*args, "-o", "csv").stdout))
    return [(row["detection"], row["event_id"]) for row in rows]


ALL = [("logging_stopped", "e3"), ("users_made", "e2"), ("users_made", "e1"), ("strange", "e4")]


@pytest.mark.parametrize("names", [(), ("detections",), ("strange", "users_made", "logging_stopped", "detections")])
def test_findings_come_gravest_first_then_by_detection_and_time(here: Path, names: tuple[str, ...]) -> None:
    three(here)
    assert found(*names) == ALL
    done = run(*names, "-o", "json")
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    assert done.exit_code == 1 and tuple(rows[0]) == COLUMNS
    assert [(row["severity"], row["technique"]) for row in rows] == [
        ("critical", "T1562.008"),
        ("low", "T1136, T1078.004"),
        ("low", "T1136, T1078.004"),
        ("none", None),
    ]
    assert rows[0] | {"event_time": None} == {
        "severity": "critical",
        "detection": "logging_stopped",
        "technique": "T1562.008",
        **dict(zip(FINDING, (None, B, "us-east-1", "ana", "10.0.0.1", "StopLogging", "x", "d", "e3"), strict=True)),
    }
    assert rows[0]["event_time"] == "2026-03-01T09:00:00"


def test_the_summary_counts_and_the_caveats_come_once(here: Path) -> None:
    three(here)
    for name in ("no_users", "no_users_either"):
        write(here, name, USERS, severity="high")
    done = run()
    assert done.stderr.splitlines() == [
        "From ./queries: "
        + ", ".join(
            f"./queries/{name}.sql"
            for name in ("logging_stopped", "no_users", "no_users_either", "strange", "users_made")
        )
        + ".",
        "5 detections ran, 2 without findings.",
        "4 findings: 1 critical, 2 low, 1 none.",
        "2 detections could not be evaluated in 2 accounts: the data was not read. See: iamsql query skipped_accounts",
        "2 of 4 accounts not read in full: 1 denied iam:GetAccountAuthorizationDetails, 1 AssumeRole failed (AccessDenied); "
        "1 account never tried: 1 suspended. See: iamsql query skipped_accounts",
    ]
    assert run("-q").stderr == ""


def test_no_findings_say_what_was_read_and_where_nothing_was(here: Path) -> None:
    write(here, "no_users", USERS)
    done = run("no_users")
    assert (done.exit_code, done.stderr.splitlines()[:5]) == (
        4,
        [
            "From ./queries: ./queries/no_users.sql.",
            "1 detection ran, 1 without findings.",
            "No findings.",
            "1 detection could not be evaluated in 2 accounts: the data was not read. See: iamsql query skipped_accounts",
            "No rows: nothing found in 1 account read.",
        ],
    )
    assert run("--severity", "high").stderr == "0 detections ran, 0 without findings.\nNo findings.\n"


@pytest.mark.parametrize(
    ("args", "kept"),
    [
        (("--severity", "critical"), ["e3"]),
        (("--severity", "low"), ["e3", "e2", "e1"]),
        (("--days", "1"), ["e3", "e4"]),
        (("--days", "2"), ["e3", "e1", "e4"]),
        (("--account", A), ["e1", "e4"]),
        (("--account", A, "--account", B), ["e3", "e2", "e1", "e4"]),
        (("--account", B, "--days", "5"), ["e3"]),
        (("--arg", "name=StopLogging"), ["e3", "e2", "e1", "e3"]),
        (("strange", "users_made"), ["e2", "e1", "e4"]),
        (("strange@1",), ["e4"]),
    ],
)
def test_what_is_wanted_can_be_narrowed(here: Path, args: tuple[str, ...], kept: list[str]) -> None:
    three(here)
    assert [event for _, event in found(*args)] == kept


def test_a_time_with_a_zone_is_told_in_utc(here: Path) -> None:
    sql = SELECT.replace("select event_time", "select '2026-02-28 12:00:00+02'::timestamptz as event_time")
    write(here, "zoned", f"{sql} = 'CreateUser'")
    write(here, "plain", f"{SELECT} = 'CreateUser'")
    rows = [json.loads(line) for line in run("--days", "2", "-o", "jsonl").stdout.splitlines()]
    assert [(row["detection"], row["event_time"]) for row in rows] == [
        ("plain", "2026-02-28T09:59:00"),
        ("zoned", "2026-02-28T10:00:00"),
        ("zoned", "2026-02-28T10:00:00"),
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("user_made",), "no benchmark, control, tag or detection named 'user_made'; did you mean users_made?"),
        (("detection",), "did you mean detections?"),
        (("users",), "users is a report, not a control or detection; run it with: iamsql query users"),
        (("users_made@2",), "no version '2'"),
        (("--arg", "nam=x"), "none of the detections has a parameter 'nam'; did you mean name?"),
        (("users_made", "--arg", "name=x"), "none of the detections has a parameter 'name'"),
        (("--arg", "name"), "NAME=VALUE"),
        (("--account", "12"), "12 digits"),
        (("--account", "9" * 12), "The run has no account 999999999999."),
        (("--days", "0"), "--days must be 1 or more"),
        (("--severity", "grave"), "grave"),
        (("-o", "cvs"), "csv"),
        (("--run", "nope"), "no run nope"),
    ],
)
def test_bad_input_is_told_in_a_line_or_two(here: Path, args: tuple[str, ...], words: str) -> None:
    three(here)
    done = run(*args)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert done.stderr.startswith("Error: ") and words in done.stderr and len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select nonsense from events", "nonsense"),
        ("select 1 as one", "the first columns of a detection must be event_time, account_id"),
        (f"{SELECT.replace('select event_time', 'select event_name as event_time')} is not null", "not VARCHAR"),
    ],
)
def test_a_detection_that_fails_is_named_and_hides_nothing(here: Path, sql: str, words: str) -> None:
    three(here)
    path = write(here, "bad", sql)
    done = run("-o", "csv")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[1] == "3 detections ran, 0 without findings; 1 failed."
    [error] = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert error.startswith(f"Error: {path.relative_to(here)}: ") and words in error
    assert len(done.stdout.splitlines()) == 1 + len(ALL)


def test_bad_front_matter_names_its_line(here: Path) -> None:
    write(here, "bad", "select 1", severity="grave")
    done = run()
    assert done.exit_code == 2
    assert "Error: queries/bad.sql:3: severity must be" in done.stderr


def test_explain_shows_what_each_stands_on(here: Path) -> None:
    write(here, "no_users", USERS)
    write(here, "users_made", f"{SELECT} = 'CreateUser'")
    write(here, "bad", "select")
    done = run("--explain", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert ("no_users", "aws_iam_user", "iam:ListUsers", "0") in [
        (row["detection"], row["table"], row["call"], row["read"]) for row in rows
    ]
    assert ("users_made", "events") in [(row["detection"], row["table"]) for row in rows]
    assert done.exit_code == 2 and "queries/bad.sql" in done.stderr
    (here / "queries" / "bad.sql").unlink()
    assert run("--explain").exit_code == 0


def test_export(here: Path) -> None:
    three(here)
    done = run("--export", "findings.jsonl")
    assert (done.exit_code, done.stdout) == (1, "")
    assert len((here / "findings.jsonl").read_text().splitlines()) == len(ALL)


def test_the_run_is_opened_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def counting(path: Path, **options: Any) -> Any:
        opened.append(path)
        return open_run(path, **options)

    monkeypatch.setattr("iamsql.query.compat.open_run", counting)
    three(here)
    assert run().exit_code == 1 and len(opened) == 1


def test_a_file_of_another_program_is_asked_too(here: Path) -> None:
    write(here, "one", f"{SELECT} = 'CreateUser'")
    import duckdb

    with duckdb.connect("other.duckdb") as con:
        con.execute(EVENTS)
    assert found("--run", "other.duckdb", "--account", A) == [("one", "e1")]
    assert "has no start time" in run("--run", "other.duckdb", "--days", "3").stderr


@pytest.mark.parametrize(
    ("fail_on", "found", "silent"), [("any", 1, 4), ("alarm", 1, 0), ("error", 4, 4), ("none", 0, 0)]
)
def test_fail_on_chooses_what_to_exit_for(here: Path, fail_on: str, found: int, silent: int) -> None:
    three(here)
    write(here, "no_users", USERS)
    assert run("users_made", "no_users", "--fail-on", fail_on).exit_code == found
    assert run("no_users", "--fail-on", fail_on).exit_code == silent


def test_a_detection_over_what_was_read_in_all_accounts_is_green(here: Path) -> None:
    write(here, "no_users", USERS)
    assert run("no_users", "--account", A).exit_code == 0  # the others were not read

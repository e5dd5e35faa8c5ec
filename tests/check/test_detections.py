"""`iamsql check` of detections: which run, the order of their rows, and the messages on stderr."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.check.detections import COLUMNS, FINDING_COLUMNS
from iamsql.cli import main
from iamsql.runs.store.reader import open_run
from tests.minimal_run import GAPS, make_run
from tests.tiers import slow_but_every

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
    "select event_time, account_id, 'us-east-1' as region, 'ana' as actor, '10.0.0.1' as source_ip_address, event_name,"
    " 'x' as target,"
    " 'd' as detail, event_id, 1 as extra from events where event_name"
)
USERS = (
    "select null::timestamp as event_time, account_id, null as region, name as actor, null as source_ip_address,"
    " null as event_name,"
    " name as target, null as detail, null as event_id from aws_iam_user where age > 99"
)


@pytest.fixture
def folder(empty_folder: Path) -> Path:
    """Make a run with four events, and a folder of queries."""
    (empty_folder / "queries").mkdir()
    make_run(empty_folder / "runs" / "20260301T100000Z-o-1.duckdb", GAPS, statements=(EVENTS,))
    return empty_folder


def write(here: Path, name: str, sql: str, **front: str) -> Path:
    path = here / "queries" / f"{name}.sql"
    lines = {"title": name, "kind": "detection"} | front
    path.write_text("\n".join((*(f"-- {key}: {value}" for key, value in lines.items()), "", sql, "")))
    return path


def three(here: Path) -> None:
    """Write three detections with findings, and a report."""
    write(here, "users_made", f"{SELECT} = 'CreateUser'", severity="low", tags="mitre:T1136, mitre:T1078.004, x")
    write(here, "logging_stopped", f"{SELECT} = 'StopLogging'", severity="critical", tags="mitre:T1562.008")
    write(here, "strange", f"{SELECT} = $name", param="name text = 'Unknown'")
    write(here, "users", "select 1 as one", kind="report")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["check", *args])


def findings(*args: str) -> list[tuple[str, str]]:
    """Return the detection and the event of each finding, in order."""
    rows = csv.DictReader(io.StringIO(run(*args, "-o", "csv").stdout))
    return [(row["detection"], row["event_id"]) for row in rows]


ALL = [("logging_stopped", "e3"), ("users_made", "e2"), ("users_made", "e1"), ("strange", "e4")]


@pytest.mark.slow
@pytest.mark.parametrize("names", [(), ("detections",), ("strange", "users_made", "logging_stopped", "detections")])
def test_findings_are_ordered_by_severity_detection_and_time(folder: Path, names: tuple[str, ...]) -> None:
    three(folder)
    assert findings(*names) == ALL
    result = run(*names, "-o", "json")
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert result.exit_code == 1 and tuple(rows[0]) == COLUMNS
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
        **dict(
            zip(FINDING_COLUMNS, (None, B, "us-east-1", "ana", "10.0.0.1", "StopLogging", "x", "d", "e3"), strict=True)
        ),
    }
    assert rows[0]["event_time"] == "2026-03-01T09:00:00"


@pytest.mark.slow
def test_the_summary_counts_findings_and_each_caveat_is_printed_once(folder: Path) -> None:
    three(folder)
    for name in ("no_users", "no_users_either"):
        write(folder, name, USERS, severity="high")
    result = run()
    assert result.stderr.splitlines() == [
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


@pytest.mark.slow
def test_without_findings_the_output_says_what_was_read_and_what_was_not(folder: Path) -> None:
    write(folder, "no_users", USERS)
    result = run("no_users")
    assert (result.exit_code, result.stderr.splitlines()[:5]) == (
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
    ("args", "expected"),
    slow_but_every(
        4,
        [
            (("--severity", "critical"), ["e3"]),
            (("--severity", "low"), ["e3", "e2", "e1"]),
            (("--days", "1"), ["e3", "e4"]),
            (("--days", "2"), ["e3", "e1", "e4"]),
            (("--account", A), ["e1", "e4"]),
            (("--account", A, "--account", B), ["e3", "e2", "e1", "e4"]),
            (("--account", B, "--days", "5"), ["e3"]),
            (("--arg", "name=StopLogging"), ["e3", "e2", "e1", "e3"]),
            (("--arg", "strange.name=StopLogging", "--arg", "name=x"), ["e3", "e2", "e1", "e3"]),
            (("strange", "users_made"), ["e2", "e1", "e4"]),
            (("strange@1",), ["e4"]),
        ],
    ),
)
def test_options_select_detections_and_findings(folder: Path, args: tuple[str, ...], expected: list[str]) -> None:
    three(folder)
    assert [event for _, event in findings(*args)] == expected


@pytest.mark.slow
def test_a_time_with_a_time_zone_is_printed_in_utc(folder: Path) -> None:
    sql = SELECT.replace("select event_time", "select '2026-02-28 12:00:00+02'::timestamptz as event_time")
    write(folder, "zoned", f"{sql} = 'CreateUser'")
    write(folder, "plain", f"{SELECT} = 'CreateUser'")
    rows = [json.loads(line) for line in run("--days", "2", "-o", "jsonl").stdout.splitlines()]
    assert [(row["detection"], row["event_time"]) for row in rows] == [
        ("plain", "2026-02-28T09:59:00"),
        ("zoned", "2026-02-28T10:00:00"),
        ("zoned", "2026-02-28T10:00:00"),
    ]


@pytest.mark.parametrize(
    ("args", "message"),
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
def test_invalid_input_is_an_error_of_one_or_two_lines(folder: Path, args: tuple[str, ...], message: str) -> None:
    three(folder)
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("Error: ") and message in result.stderr and len(result.stderr.splitlines()) <= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select nonsense from events", "nonsense"),
        ("select 1 as one", "the first columns of a detection must be event_time, account_id"),
        (f"{SELECT.replace('select event_time', 'select event_name as event_time')} is not null", "not VARCHAR"),
    ],
)
def test_a_detection_that_fails_is_named_and_the_others_run(folder: Path, sql: str, message: str) -> None:
    three(folder)
    path = write(folder, "bad", sql)
    result = run("-o", "csv")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[1] == "3 detections ran, 0 without findings; 1 failed."
    [error] = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert error.startswith(f"Error: {path.relative_to(folder)}: ") and message in error
    assert len(result.stdout.splitlines()) == 1 + len(ALL)


@pytest.mark.slow
def test_an_error_in_front_matter_names_its_line(folder: Path) -> None:
    write(folder, "bad", "select 1", severity="grave")
    result = run()
    assert result.exit_code == 2
    assert "Error: queries/bad.sql:3: severity must be" in result.stderr


@pytest.mark.slow
def test_explain_lists_the_tables_of_each_detection(folder: Path) -> None:
    write(folder, "no_users", USERS)
    write(folder, "users_made", f"{SELECT} = 'CreateUser'")
    write(folder, "bad", "select")
    result = run("--explain", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert ("no_users", "aws_iam_user", "iam:ListUsers", "0") in [
        (row["detection"], row["table"], row["call"], row["read"]) for row in rows
    ]
    assert ("users_made", "events") in [(row["detection"], row["table"]) for row in rows]
    assert result.exit_code == 2 and "queries/bad.sql" in result.stderr
    (folder / "queries" / "bad.sql").unlink()
    assert run("--explain").exit_code == 0


@pytest.mark.slow
def test_export(folder: Path) -> None:
    three(folder)
    result = run("--export", "findings.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len((folder / "findings.jsonl").read_text().splitlines()) == len(ALL)


@pytest.mark.slow
def test_the_run_is_opened_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def counting(path: Path, **options: Any) -> Any:
        opened.append(path)
        return open_run(path, **options)

    monkeypatch.setattr("iamsql.query.compat.open_run", counting)
    three(folder)
    assert run().exit_code == 1 and len(opened) == 1


def test_detections_run_over_a_file_of_another_program(folder: Path) -> None:
    write(folder, "one", f"{SELECT} = 'CreateUser'")
    with duckdb.connect("other.duckdb") as con:
        con.execute(EVENTS)
    assert findings("--run", "other.duckdb", "--account", A) == [("one", "e1")]
    assert "has no start time" in run("--run", "other.duckdb", "--days", "3").stderr


@pytest.mark.parametrize(
    ("fail_on", "code_with_findings", "code_without_findings"),
    slow_but_every(2, [("any", 1, 4), ("alarm", 1, 0), ("error", 4, 4), ("none", 0, 0)]),
)
def test_fail_on_selects_the_findings_that_fail_the_command(
    folder: Path, fail_on: str, code_with_findings: int, code_without_findings: int
) -> None:
    three(folder)
    write(folder, "no_users", USERS)
    assert run("users_made", "no_users", "--fail-on", fail_on).exit_code == code_with_findings
    assert run("no_users", "--fail-on", fail_on).exit_code == code_without_findings


@pytest.mark.slow
def test_a_detection_passes_when_all_accounts_were_read(folder: Path) -> None:
    write(folder, "no_users", USERS)
    assert run("no_users", "--account", A).exit_code == 0  # the others were not read

"""The outcomes of tests: expected rows, cases, files, limits, unread data and more runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamsql.check.testing.cases import find_tests
from iamsql.check.testing.execute import Outcome, Runner, summary_sentence, to_result
from iamsql.check.testing.open_run import OpenRun
from iamsql.check.testing.sample_runs import DENIED_RUN, SAMPLE_RUN, sample_run
from iamsql.runs.coverage.not_collected import NotCollected
from tests.check.testing.conftest import CONTROL, QUERY

Write = Callable[[str, str], Path]
FINDING = """timestamp '2026-03-01' as event_time, '1' as account_id, 'r' as region, 'a' as actor, 's' as source_ip_address,
    'e' as event_name, 't' as target, 'd' as detail, 'i' as event_id"""


def outcomes(**options: object) -> list[Outcome]:
    """Run the tests of ./queries."""
    return list(_outcomes(**options))


def _outcomes(**options: object) -> Iterator[Outcome]:
    runner = Runner(find_tests([]), **options)  # type: ignore[arg-type]
    yield from map(runner.outcome, list(runner.tests()))
    runner.close()


def results(**options: object) -> dict[str, str]:
    """Return the result of each test of ./queries."""
    return {f"{outcome.test.file.name}: {outcome.test.name}": outcome.result for outcome in outcomes(**options)}


@pytest.mark.slow
def test_rows_are_compared_with_the_rows_of_the_file(write: Write, queries: Path) -> None:
    write("users.sql", QUERY)
    (ran,) = outcomes()
    assert ran.result == "ran" and ran.detail.endswith("rows, none expected: there is no users.expected.csv")
    (updated,) = outcomes(update=True)
    assert updated.result == "updated" and updated.detail.startswith("wrote ")
    path = queries / "users.expected.csv"
    lines = path.read_text().splitlines()
    assert lines[0] == "account_id,name,create_date" and len(lines) > 3
    path.write_text("\n".join([lines[0], lines[1].replace("111122223333", "1"), *lines[3:], "2,zed,"]) + "\n")
    (failed,) = outcomes()
    assert (failed.result, failed.detail) == ("failed", "rows differ: 1 changed, 1 removed, 1 added")
    assert failed.lines[0].endswith(": account_id 1 → 111122223333") and failed.lines[1] == "removed: 2,zed,"
    assert failed.lines[2] == f"added: {lines[2]}"
    (written,) = outcomes(update=True)
    assert (written.result, written.lines) == ("updated", failed.lines)
    assert path.read_text().splitlines() == lines
    assert results() == {"users: sample": "passed"}


@pytest.mark.slow
def test_each_case_has_its_values_and_rows(write: Write) -> None:
    write(
        "numbers.sql",
        "-- title: A\n-- param: last integer = 2\nselect unnest(range(1, $last + 1)) as number order by 1",
    )
    write("numbers.cases.toml", "[four]\nlast = 4\n")
    write("numbers.expected.csv", "number\n1\n2\n")
    write("numbers.four.expected.csv", "number\n1\n2\n3\n")
    assert results() == {"numbers: sample": "passed", "numbers: sample four": "failed"}


@pytest.mark.slow
def test_an_error_of_the_file_or_of_the_sql_is_a_failure(write: Write) -> None:
    write("untitled.sql", "select 1")
    write("unknown.sql", "-- title: A\nselect nam from aws_iam_user")
    write("copied.sql", "-- title: A\ncopy (select 1) to 'copied.csv'")
    by_name = {outcome.test.file.name: outcome for outcome in outcomes(update=True)}
    assert {name: outcome.result for name, outcome in by_name.items()} == dict.fromkeys(by_name, "failed")
    assert by_name["unknown"].detail == "queries/unknown.sql: There is no column nam; did you mean name?"
    assert by_name["unknown"].lines[0] == "LINE 2: select nam from aws_iam_user"
    assert "no title" in by_name["untitled"].detail and by_name["untitled"].test.name == "file"
    assert not Path("copied.csv").exists() and not list(Path("queries").glob("*.csv"))


@pytest.mark.slow
def test_controls_and_detections_need_the_columns_of_check(write: Write) -> None:
    write("control.sql", "-- title: A\n-- kind: control\nselect 1 as x")
    write("status.sql", CONTROL.replace("'ok'", "'fine'"))
    write("detection.sql", "-- title: A\n-- kind: detection\nselect 1 as x")
    write("found.sql", f"-- title: A\n-- kind: detection\nselect {FINDING}")
    details = {outcome.test.file.name: outcome.detail for outcome in outcomes() if outcome.result == "failed"}
    assert details.keys() == {"control", "status", "detection"}
    assert details["control"].endswith(
        "the first columns of a control must be resource, status, reason, account_id, region."
    )
    assert details["status"].endswith("status must be ok, alarm, info, skip or error, not 'fine'.")
    assert "the first columns of a detection must be event_time" in details["detection"]


@pytest.mark.slow
def test_the_expected_rows_of_a_control_are_its_results(write: Write, queries: Path) -> None:
    write("password.sql", CONTROL)
    assert results(update=True) == {"password: sample": "updated", "password: unread data": "passed"}
    text = (queries / "password.expected.csv").read_text()
    assert text.startswith("status,resource,reason,account_id,account_name,region,dimensions")
    assert "error,arn:aws:::999900001111,Unknown: AssumeRole failed (AccessDenied)." in text


@pytest.mark.slow
def test_a_control_that_is_ok_without_data_fails(write: Write) -> None:
    every = "select 'arn:aws:::1' as resource, 'ok' as status, 'Fine.' as reason, '111122223333' as account_id, 'global' as region"
    write("every.sql", f"-- title: A\n-- kind: control\n{every}")
    (outcome,) = (outcome for outcome in outcomes() if outcome.test.name == "unread data")
    assert (outcome.result, outcome.detail) == (
        "failed",
        "ok without data: sample: returns ok without reading a table of AWS data",
    )
    assert outcome.lines[1] == "denied: returns ok without reading a table of AWS data"


@pytest.mark.slow
def test_a_slow_query_fails(write: Write) -> None:
    write("users.sql", QUERY)
    (outcome,) = outcomes(max_seconds=1e-9)
    assert (
        outcome.result == "failed" and outcome.detail.endswith("s, more than 1e-09 s") and outcome.seconds is not None
    )


@pytest.mark.slow
def test_a_further_run_has_no_expected_rows(write: Write) -> None:
    write("users.sql", QUERY)
    write("users.expected.csv", "account_id,name,create_date\n")
    result_by_test = {outcome.test.name: outcome.result for outcome in outcomes(runs={"run x": sample_run(DENIED_RUN)})}
    assert result_by_test == {SAMPLE_RUN: "failed", "run x": "ran"}


def test_a_run_that_did_not_collect_the_tables_skips_the_test(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(*_: object) -> None:
        raise NotCollected("The run did not collect aws_iam_user.\nCollect it with: iamsql sync", ["aws_iam_user"])

    write("users.sql", QUERY)
    monkeypatch.setattr(OpenRun, "rows", rows)
    (outcome, _) = outcomes(runs={"run x": Path("x.duckdb")})
    assert (outcome.result, outcome.detail) == ("skipped", "The run did not collect aws_iam_user.")


@pytest.mark.slow
def test_columns_that_vary_are_not_compared(write: Write, queries: Path) -> None:
    write("run.sql", "-- title: A\nselect run_id, status from iamsql.run")
    assert results(update=True) == {"run: sample": "updated"}
    assert (queries / "run.expected.csv").read_text().splitlines() == ["status", "incomplete"]
    (outcome,) = outcomes()
    assert (outcome.result, outcome.detail) == ("passed", "not compared: run_id")


@pytest.mark.slow
def test_outcomes_are_rows_and_a_sentence(write: Write) -> None:
    write("users.sql", QUERY)
    write("untitled.sql", "select 1")
    all_outcomes = outcomes()
    assert to_result(all_outcomes).columns == ("query", "test", "result", "seconds", "detail")
    assert [row[:3] for row in to_result(all_outcomes).rows] == [
        ("untitled", "file", "failed"),
        ("users", "sample", "ran"),
    ]
    assert summary_sentence(all_outcomes) == "2 tests of 2 queries: 1 failed, 1 ran without expected rows."
    assert summary_sentence(all_outcomes[:1]) == "1 test of 1 query: 1 failed."


@pytest.mark.slow
def test_every_shipped_query_passes(queries: Path) -> None:
    runner = Runner(find_tests(["shipped"]))
    all_outcomes = list(map(runner.outcome, list(runner.tests())))
    runner.close()
    assert [outcome for outcome in all_outcomes if outcome.result not in ("ran", "passed")] == []
    assert sum(outcome.test.name == "unread data" for outcome in all_outcomes) > 100

"""Without events, each report returns unknown with the reason; a trail that was read completely makes the values known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.queries.five_accounts import BLIND, CLEAN, GONE, NOON, READ, SHUT, by_account, rows
from tests.queries.incident import EVENT_MACROS, RECORDS, coverage_row, only_row

pytestmark = pytest.mark.slow

Make = Callable[..., Path]


def test_the_creator_of_a_principal_is_known_or_has_a_reason(run: Path) -> None:
    unknown_reasons = {
        row["access_key_id"] or row["user_name"]: row["unknown_reason"] for row in rows(run, "who_created()")
    }
    assert unknown_reasons == {
        "svc": "no event found",  # the user of that name which was made and deleted was another
        "dan": "events not read",
        "cleo": "no event found",
        "ann": "before the window",
        "AKIAANN": "before the window",
        "AKIACLEO": "no event found",
    }


def test_a_creation_is_found_by_id_or_by_name_and_time(make: Make) -> None:
    def creator(at: str, user_id: str | None) -> Any:
        (record,) = (
            candidate
            for candidate in RECORDS
            if candidate.get("event", {}).get("eventID") == "CreateUser-2026-02-20T02:00:00"
        )
        response = {"user": {"userId": user_id}} if user_id else None
        changed = record["event"] | {"eventTime": at, "responseElements": response}
        return only_row(make(records=[{**record, "event": changed}]), "who_created()", user_name="svc")["created_by"]

    ann = f"arn:aws:iam::{READ}:user/ann"
    assert creator("2026-02-20T02:00:00Z", "AIDAANEW") == ann
    assert creator("2026-02-25T00:04:00Z", None) == ann
    assert creator("2026-02-25T00:06:00Z", None) is None


def test_root_activity_is_known_only_from_its_lookup_or_a_complete_trail(run: Path, make: Make) -> None:
    assert by_account(run, "root_activity()", "state") == {
        READ: "used before the window",
        BLIND: "unknown",
        SHUT: "unknown",
        GONE: "unknown",
        CLEAN: "used",
    }
    assert only_row(run, "root_activity()", account_id=CLEAN)["sign_ins_without_mfa"] == 1
    other = make(records=(), reads=[coverage_row(CLEAN, "us-east-1", "event_history", "EventName=CreateUser")])
    assert by_account(other, "root_activity()", "events")[CLEAN] == "not requested"
    assert by_account(other, "root_activity()", "state")[CLEAN] == "unknown"
    assert by_account(other, "root_report_v1()", "root_last_login")[CLEAN] == "Unknown"
    assert by_account(other, "root_report()", "events")[CLEAN] == "not read"


def test_a_lookup_of_sign_ins_is_sufficient_for_the_root_report(make: Make) -> None:
    path = make(records=(), reads=[coverage_row(CLEAN, "us-east-1", "event_history", "EventName=ConsoleLogin")])
    assert by_account(path, "root_report()", "events")[CLEAN] == "read"
    assert by_account(path, "root_report_v1()", "root_last_login")[CLEAN] == "Never"
    assert by_account(path, "root_activity()", "state")[CLEAN] == "unknown"


def test_gaps_of_a_trail_are_listed(run: Path, bare: Path) -> None:
    gaps = [(row["gap"], row["account_id"]) for row in rows(run, "trail_gaps()")]
    assert gaps == [
        ("no log files", BLIND),
        ("no log files", SHUT),
        ("no log files", CLEAN),
        ("days without log files", READ),
        ("no log files since", READ),
        ("log files not read", READ),
        ("trail does not log", READ),
        ("logging was stopped", READ),
        ("stop of logging failed", READ),
    ]
    days = {row["gap"]: (str(row["from_day"]), str(row["to_day"])) for row in rows(run, "trail_gaps()")}
    assert days["no log files since"] == ("2026-02-27", "2026-02-28")  # the file of the 26th is there, though unread
    assert days["days without log files"] == ("2026-01-11", "2026-02-19")
    assert days["log files not read"] == ("2026-02-26", "2026-02-26")
    assert [row["gap"] for row in rows(bare, "trail_gaps()")] == ["no trail was read"]


def test_reused_events_count_as_read_and_a_trail_without_files_does_not(make: Make) -> None:
    reused = coverage_row(CLEAN, "us-east-1", "trail", "s3://b/p", objects=0, reused_from="earlier", reused_until=NOON)
    silent = coverage_row(READ, "us-east-1", "trail", "s3://b/p", objects=0, error_code="no_objects")
    path = make(records=(), reads=[reused, silent])
    assert by_account(path, "root_activity()", "events") == {
        READ: "no_objects",
        BLIND: "AccessDenied",
        SHUT: "AssumeRole",
        GONE: "account_suspended",
        CLEAN: "read",
    }
    assert rows(path, "key_history('AKIACLEO')")[0]["event_coverage"].startswith("all events; regions read: 1")
    assert rows(path, "key_history('AKIAANN')")[0]["event_coverage"] == "not read"
    assert only_row(path, "who_created()", user_name="dan")["unknown_reason"] == "events not read"


def reasons(path: Path, **arguments: Any) -> dict[str, str]:
    """Return the reasons for missing events, without their common beginning, by account."""
    argument_list = ", ".join(f"{name} := {value!r}" for name, value in arguments.items())
    event_rows = [
        row
        for row in rows(path, f"why_empty({argument_list})")
        if row["reason"].startswith("events: ") and row["holds"]
    ]
    return {row["reason"].removeprefix("events: "): row["detail"] for row in event_rows}


def test_four_reasons_for_missing_events_are_distinguished(run: Path, make: Make, bare: Path) -> None:
    every = reasons(run, names="CreateRole", regions="us-east-1")
    assert list(every) == ["nothing happened", "could not be read", "not requested", "not logged"]
    assert every["nothing happened"].startswith("0 events in 2 of 5 accounts from 2025-12-01")
    assert every["could not be read"].startswith("ReadOnly=false AccessDeniedException (accounts: 1)")
    assert "all events of 1, writes of 1, some events of 0, nothing of 3" in every["not requested"]
    assert every["not logged"].startswith("accounts without a log file in the window: 1; trails that do not log: 1")
    assert list(reasons(run, names="CreateUser", regions="us-east-1")) == list(every)[1:]
    accounts = (READ, BLIND, SHUT, GONE, CLEAN)
    complete = make(
        records=(), reads=[coverage_row(each, "us-east-1", "trail", "s3://b/p") for each in accounts], trails=()
    )
    assert list(reasons(complete)) == ["nothing happened"]
    writes = make(
        records=(),
        reads=[coverage_row(each, "us-east-1", "event_history", "ReadOnly=false") for each in accounts],
        trails=(),
    )
    assert list(reasons(writes, names="CreateUser", regions="us-east-1")) == ["nothing happened"]
    assert "no data of eu-west-1" in reasons(writes, names="RunInstances", regions="eu-west-1")["not requested"]
    assert "not requested" in reasons(writes)
    assert reasons(complete, days=120)["not requested"].startswith("nothing before 2025-12-01")
    assert reasons(bare, tables="aws_iam_user") == {}


@pytest.mark.parametrize("macro", EVENT_MACROS)
def test_each_report_answers_over_a_run_without_events(bare: Path, macro: str) -> None:
    with duckdb.connect(str(bare), read_only=True) as con:
        report_rows = con.execute(f"from {macro}").fetchall()
    always = ("key_history", "who_created", "sign_ins", "root_activity", "trail_gaps", "why_empty")
    assert bool(report_rows) == macro.startswith(always)

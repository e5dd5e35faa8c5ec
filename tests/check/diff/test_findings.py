"""Findings of queries and controls over several runs: opened, resolved or still open, and since when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamsql.check.diff import DiffResult
from iamsql.model import IamsqlError
from tests.check.diff.run_pairs import GREEN, WEB, compare, copy, deny_sql, insert_sql, row_values

KEYS = "select account_id, user_name, access_key_id from aws_iam_access_key where status = 'Inactive'"
DEPLOY, PURGE = "AKIAAB4GC4CAZF4B5HNX", "AKIA4BWV7NVGPFCC4K4C"
OFF = "update aws_iam_access_key set status = 'Inactive' where access_key_id = '{}'"
ON = "update aws_iam_access_key set status = 'Active' where access_key_id = '{}'"
UNSEEN = [deny_sql("ListAccessKeys", WEB), f"delete from aws_iam_access_key where account_id = '{WEB}'"]
COLUMNS = ("change", "resource", "first_seen", "days_open")


def at(day: int) -> datetime:
    return datetime(2026, 3, 2 + day, 12, tzinfo=UTC)


def inactive(comparison: DiffResult) -> list[tuple[object, ...]]:
    """Return the rows of WEB's keys, with times in UTC."""
    rows = [row for row in row_values(comparison, *COLUMNS, "account_id") if row[4] == WEB]
    return [(row[0], row[1], row[2] and row[2].astimezone(UTC), row[3]) for row in rows]


@pytest.mark.slow
def test_a_finding_is_open_since_before_runs_that_did_not_cover_its_account(demo_run: Path, tmp_path: Path) -> None:
    copy(demo_run, tmp_path, 0, [OFF.format(PURGE), OFF.format(DEPLOY)])
    copy(demo_run, tmp_path, 1, [OFF.format(PURGE)])  # DEPLOY was seen active: its streak begins anew
    copy(demo_run, tmp_path, 2, UNSEEN)
    old = copy(demo_run, tmp_path, 3, [OFF.format(PURGE), OFF.format(DEPLOY)])
    new = copy(demo_run, tmp_path, 4, [OFF.format(PURGE)])
    comparison = compare(old, new, everything=True, queries=(KEYS,))
    was = "AKIAC2RXEBFMGMIHDSZS"  # inactive in every run that covered it
    assert inactive(comparison) == [
        ("resolved", DEPLOY, at(3), 1),
        ("still_open", PURGE, at(0), 4),
        ("still_open", was, at(0), 4),
    ]
    opened = compare(tmp_path / old.name.replace("20260305", "20260303"), old, queries=(KEYS,))
    assert inactive(opened) == [("opened", DEPLOY, at(3), 0)]
    assert opened.notes == ["SQL: a finding is identified by account_id, user_name, access_key_id."]
    assert "1 opened, 0 resolved, " in opened.summary and "still open" in opened.summary


@pytest.mark.slow
def test_findings_of_an_account_that_a_run_did_not_cover_are_neither_opened_nor_resolved(
    demo_run: Path, tmp_path: Path
) -> None:
    seen = copy(demo_run, tmp_path, 0)
    unseen = copy(demo_run, tmp_path, 1, UNSEEN)
    for old, new, side in ((seen, unseen, "new"), (unseen, seen, "old")):
        comparison = compare(old, new, queries=(KEYS,))
        assert row_values(comparison, "change", "kind", "account_id", "query", "reason") == [
            ("not_compared", "finding", WEB, "SQL", f"{side}: iam:ListAccessKeys denied (AccessDenied)")
        ]
        assert comparison.counts.rows["opened"] == comparison.counts.rows["resolved"] == 0


@pytest.mark.slow
def test_rows_with_the_same_key_are_counted(demo_run: Path, tmp_path: Path) -> None:
    old = copy(demo_run, tmp_path, 0)
    change = insert_sql(
        "aws_iam_access_key", f"access_key_id = '{DEPLOY}'", access_key_id="'AKIAMORE'", status="'Inactive'"
    )
    new = copy(demo_run, tmp_path, 1, [change])
    comparison = compare(old, new, queries=(KEYS,), key=("account_id",), everything=True)
    assert [row[0] for row in row_values(comparison, "change", "account_id") if row[1] == WEB] == [
        "opened",
        "still_open",
    ]
    with pytest.raises(IamsqlError, match="SQL has no column 'user_nam'; did you mean user_name"):
        compare(old, new, queries=(KEYS,), key=("user_nam",))


@pytest.mark.slow
def test_alarms_of_controls_and_unknown_results_are_compared(demo_run: Path, tmp_path: Path) -> None:
    old = copy(demo_run, tmp_path, 0, [f"update aws_iam_user set mfa_enabled = true where account_id = '{GREEN}'"])
    changes = [
        f"update aws_iam_user set mfa_enabled = true where account_id = '{WEB}' and name = 'hugo'",
        "update iamsql.coverage set status = 'denied', error_code = 'AccessDenied'"
        " where account_id = '222233334444' and operation in ('GetCredentialReport', 'ListMFADevices')",
    ]
    new = copy(demo_run, tmp_path, 1, changes)
    comparison = compare(old, new, controls=("user_mfa",))
    rows = row_values(comparison, "change", "kind", "query", "account_id", "name", "days_open")
    assert [row for row in rows if row[0] != "not_compared"] == [
        ("opened", "finding", "user_mfa", GREEN, "ci-runner", 0),
        ("resolved", "finding", "user_mfa", WEB, "hugo", 1),
    ]
    assert ("not_compared", "finding", "user_mfa", "222233334444", None, None) in rows


@pytest.mark.slow
def test_suppressed_alarms_are_open_and_marked(demo_run: Path, tmp_path: Path) -> None:
    mutes = tmp_path / "mutes.csv"
    mutes.write_text(
        f"control,account,resource,owner,reason,expires\nuser_mfa,{WEB},*hugo,ana,leaves soon,2027-01-01\n",
        encoding="utf-8",
    )
    runs = tmp_path / "runs"
    old, new = copy(demo_run, runs, 0), copy(demo_run, runs, 1)
    comparison = compare(old, new, controls=("user_mfa",), mutes=(mutes,), everything=True)
    ((change, reason),) = [
        row[:2] for row in row_values(comparison, "change", "reason", "name", "account_id") if row[2:] == ("hugo", WEB)
    ]
    assert change == "still_open" and "muted until 2027-01-01 by ana" in reason


@pytest.mark.slow
def test_a_finding_of_an_account_that_left_is_resolved_with_that_reason(demo_run: Path, tmp_path: Path) -> None:
    departure = [
        f"delete from {table} where account_id = '{WEB}'"
        for table in ("iamsql.accounts", "iamsql.coverage", "aws_iam_access_key")
    ]
    comparison = compare(copy(demo_run, tmp_path, 0), copy(demo_run, tmp_path, 1, departure), queries=(KEYS,))
    assert row_values(comparison, "change", "account_id", "reason") == [
        ("resolved", WEB, "the account left the organization")
    ]


@pytest.mark.slow
def test_an_argument_goes_to_the_query_that_declares_it(demo_run: Path, tmp_path: Path) -> None:
    old, new = copy(demo_run, tmp_path, 0), copy(demo_run, tmp_path, 1)
    few = compare(old, new, queries=("stale_keys",), args={"days": "700"})
    many = compare(old, new, queries=("stale_keys",), args={"days": "30"})
    assert 0 < few.counts.rows["still_open"] < many.counts.rows["still_open"]
    with pytest.raises(IamsqlError, match="none of the queries has a parameter 'dayz'; did you mean days"):
        compare(old, new, queries=("stale_keys",), args={"dayz": "30"})


@pytest.mark.slow
def test_files_that_are_not_runs_are_left_out_with_one_note(demo_run: Path, tmp_path: Path) -> None:
    old, new = copy(demo_run, tmp_path, 0), copy(demo_run, tmp_path, 1)
    (tmp_path / "20260101T000000Z-broken.duckdb").write_bytes(b"no database")
    (tmp_path / "20260102T000000Z-o-demo123456.duckdb.partial").write_bytes(b"")
    comparison = compare(old, new, queries=(KEYS,))
    (left_out,) = [note for note in comparison.notes if note.startswith("Left out of the history: ")]
    assert left_out.count("20260101T000000Z-broken.duckdb:") == 1 and "never finished" in left_out

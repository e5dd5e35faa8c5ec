"""Data that could not be read is unknown in each answer, and ages in days count back from the start of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.queries.five_accounts import BLIND, CLEAN, GONE, READ, SHUT, by_account, make_small, rows


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small(tmp_path_factory.mktemp("small") / "small.duckdb")


@pytest.mark.slow
def test_a_key_is_old_from_the_exact_second(small: Path) -> None:
    old = {row["access_key_id"]: row["reason"] for row in rows(small, "stale_keys()")}
    assert old == {
        "AKIA11:59:59": "at least 90 days old",
        "AKIA12:00:00": "at least 90 days old",
        "AKIAUNKNOWN": "last use unknown: it could not be read",
    }


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("macro", ["stale_keys(days := 90)", "audit_report()", "audit_report_v1()", "root_report_v1()"])
def test_the_time_zone_of_the_client_changes_no_result(small: Path, zone: str, macro: str) -> None:
    assert rows(small, macro, zone) == rows(small, macro)


def test_a_key_with_an_unknown_last_use_is_not_unused(small: Path) -> None:
    unknown = {row["access_key_id"]: row for row in rows(small, "stale_keys()")}["AKIAUNKNOWN"]
    assert unknown["unused_days"] is None
    assert {row["access_key_id"]: row["state"] for row in rows(small, "keys_never_used()")} == {
        "AKIAUNKNOWN": "unknown",
        "AKIAYOUNG": "unknown",
    }
    states = {(row["user_name"], row["credential"]): row["state"] for row in rows(small, "unused_credentials()")}
    assert states == {
        ("ann", "password"): "unused",
        ("dan", "password"): "unknown",
        ("dan", "access key"): "unknown",
    }


def test_a_root_key_that_only_the_account_summary_counts_is_a_contradiction(small: Path) -> None:
    assert by_account(small, "root_keys()", "state") == {
        READ: "key present",
        BLIND: "no key",
        SHUT: "unknown",
        GONE: "unknown",
        CLEAN: "no root credentials",
    }
    assert by_account(small, "root_keys()", "agreement") == {
        READ: "disagree",
        BLIND: "summary only",
        SHUT: "no source",
        GONE: "no source",
        CLEAN: "agree",
    }


def test_root_activity_distinguishes_failures_uses_unknown_and_never(small: Path) -> None:
    assert by_account(small, "root_activity()", "state") == {
        READ: "failed sign-ins only",
        BLIND: "unknown",
        SHUT: "unknown",
        GONE: "unknown",
        CLEAN: "never used",
    }
    assert by_account(small, "root_activity()", "failed_sign_ins") == {
        READ: 1,
        BLIND: None,
        SHUT: None,
        GONE: None,
        CLEAN: 0,
    }


def test_a_failed_lookup_is_unknown_and_a_failed_sign_in_is_not(small: Path) -> None:
    assert by_account(small, "root_report_v1()", "root_last_login") == {
        READ: "Never",
        BLIND: "Unknown",
        CLEAN: "Never",
    }
    spanish = by_account(small, "root_report_v1(lang := 'es')", "root_last_login")
    assert spanish == {READ: "Nunca", BLIND: "Desconocido", CLEAN: "Nunca"}


def test_a_user_named_root_is_not_root(small: Path) -> None:
    assert [row["eventTime"] for row in rows(small, "cloudtrail_events_v1()")] == ["2026-02-20 08:00:00+00:00"]
    assert [row["outcome"] for row in rows(small, "cloudtrail_events()")] == ["failed"]


def test_version_1_returns_unknown_in_both_languages(small: Path) -> None:
    english, spanish = rows(small, "audit_report_v1()")[-1], rows(small, "audit_report_v1(lang := 'es')")[-1]
    doubtful = ("password_status", "password_last_used", "last_used_date", "service_name", "mfa_status")
    assert [english[name] for name in doubtful] == ["Unknown"] * 5
    assert [spanish[name] for name in doubtful] == ["Desconocido"] * 5


def test_version_1_uses_the_serial_number_of_the_first_device(small: Path) -> None:
    assert {row["mfa_status"] for row in rows(small, "audit_report_v1()") if row["username"] == "ann"} == {"Virtual"}


def test_users_with_unknown_mfa_are_listed(small: Path) -> None:
    users = {row["user_name"]: (row["mfa"], row["has_password"]) for row in rows(small, "users_without_mfa()")}
    assert users == {"late": ("unknown", None), "dan": ("unknown", None)}
    assert [row["user_name"] for row in rows(small, "users_without_mfa(console_only := true)")] == ["late", "dan"]
    assert {row["user_name"]: row["password"] for row in rows(small, "console_users()")} == {
        "ann": "set",
        "late": "unknown",
        "dan": "unknown",
    }


@pytest.mark.slow
def test_the_audit_report_lists_unknown_values(small: Path) -> None:
    report = {(row["account_id"], row["user_name"], row["access_key_id"]): row for row in rows(small, "audit_report()")}
    assert report[BLIND, "dan", "AKIAUNKNOWN"]["unknowns"] == "password, last sign-in, MFA, last use of the key"
    assert report[READ, "late", None]["unknowns"] == "password, last sign-in, MFA"
    assert report[READ, "ann", "AKIA12:00:00"]["administrator"] is True
    assert report[READ, "<root_account>", None]["risk_reason"] == "inactive access key, root user"
    assert report[READ, "late", None]["risk_certainty"] == "at least"


def test_each_account_with_missing_data_has_a_remedy(small: Path) -> None:
    assert by_account(small, "skipped_accounts()", "remediation") == {
        SHUT: "create a role in it that trusts the caller, or pass an existing one: iamsql sync --retry-gaps --role NAME",
        BLIND: "allow cloudtrail:LookupEvents, iam:GetCredentialReport to iamsql-audit, then iamsql sync --retry-gaps",
        GONE: f"ask AWS Support why it is suspended; once it is active, iamsql sync --account {GONE}",
    }


def test_why_empty_is_limited_to_the_tables_of_the_answer(small: Path) -> None:
    def holding(tables: str) -> list[str]:
        return [row["reason"] for row in rows(small, f"why_empty(tables := '{tables}')") if row["holds"]]

    always = ["nothing found in the accounts read", "some accounts were not read"]
    assert holding("aws_iam_user") == always
    failed = ["events: could not be read", "events: not requested"]
    assert holding("aws_cloudtrail_lookup_event, aws_iam_user") == always + failed

"""Data that one of the runs does not cover is reported as not compared, with the reason, and is never new or gone."""

from __future__ import annotations

import lzma
from pathlib import Path

import duckdb
import pytest

from iamsql.check.diff import diff
from iamsql.model import IamsqlError
from tests.check.diff.run_pairs import (
    DATA,
    GREEN,
    MANAGEMENT,
    PAYMENTS,
    SHARED,
    SHUT,
    WEB,
    compare,
    copy,
    delete_sql,
    deny_sql,
    pair,
    row_values,
)
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import run_sync

OLD = Path(__file__).parents[2] / "runs" / "file" / "earlier_schema"
BULK = "GetAccountAuthorizationDetails"
BULK_TABLES = ("aws_iam_user", "aws_iam_role", "aws_iam_group", "aws_iam_policy")
LOCKED = [deny_sql(BULK, WEB), *delete_sql(WEB, *BULK_TABLES)]
KINDS = ("user", "role", "group", "policy", "access_key")


@pytest.mark.slow
def test_data_denied_in_the_later_run_is_not_gone(demo_run: Path, tmp_path: Path) -> None:
    comparison = compare(*pair(demo_run, tmp_path, LOCKED), *KINDS)
    assert row_values(comparison, "change", "kind", "account_id", "account_name", "reason") == [
        ("not_compared", "group, policy, role, user", WEB, "web-prod", f"new: iam:{BULK} denied (AccessDenied)")
    ]
    assert comparison.summary.startswith("No change; 1 account not compared, ")


@pytest.mark.slow
def test_data_denied_in_the_earlier_run_is_not_new(demo_run: Path, tmp_path: Path) -> None:
    comparison = compare(*pair(demo_run, tmp_path, [], LOCKED), *KINDS)
    assert row_values(comparison, "change", "kind", "account_id", "reason") == [
        ("not_compared", "group, policy, role, user", WEB, f"old: iam:{BULK} denied (AccessDenied)")
    ]


@pytest.mark.slow
def test_data_of_fallback_calls_is_compared(demo_run: Path, tmp_path: Path) -> None:
    """The users of PAYMENTS-test were read one by one, because the call for all of them was denied there."""
    comparison = compare(*pair(demo_run, tmp_path, ["delete from aws_iam_user where name = 'stub'"]), "user")
    assert row_values(comparison, "change", "name") == [("gone", "stub")]


@pytest.mark.slow
def test_a_denied_credential_report_leaves_out_only_its_columns(demo_run: Path, tmp_path: Path) -> None:
    changes = [
        deny_sql("GetCredentialReport", WEB),
        f"delete from aws_iam_credential_report where account_id = '{WEB}'",
        f"update aws_iam_user set mfa_enabled = true, password_enabled = null where account_id = '{WEB}'",
        f"update aws_iam_user set user_id = 'AIDAAGAIN' where account_id = '{WEB}' and name = 'hugo'",
        f"delete from aws_iam_user where account_id = '{WEB}' and name = 'irene'",
    ]
    comparison = compare(*pair(demo_run, tmp_path, changes), "user", "root")
    assert row_values(comparison, "change", "kind", "name", "column_name") == [
        ("changed", "user", "hugo", "user_id"),
        ("gone", "user", "irene", None),
        (
            "not_compared", "root, user", None,
            "key_1_active, key_1_last_used, key_2_active, key_2_last_used, mfa_enabled, password_enabled, password_last_used",
        ),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            [
                f"update iamsql.accounts set state = 'SUSPENDED', outcome = 'inactive' where account_id = '{GREEN}'",
                "update iamsql.coverage set status = 'skipped', error_code = 'account_suspended'"
                f" where account_id = '{GREEN}'",
            ],
            "account suspended",
        ),
        (
            [
                f"update iamsql.accounts set outcome = 'assume_role_failed' where account_id = '{GREEN}'",
                "update iamsql.coverage set status = 'denied', error_code = 'AccessDenied'"
                f" where account_id = '{GREEN}' and operation = 'AssumeRole'",
                "update iamsql.coverage set status = 'not_requested', error_code = 'AssumeRole'"
                f" where account_id = '{GREEN}' and operation <> 'AssumeRole'",
            ],
            "AssumeRole failed (AccessDenied)",
        ),
        (
            [
                f"update iamsql.accounts set selected = false, outcome = 'excluded' where account_id = '{GREEN}'",
                "update iamsql.coverage set status = 'skipped', error_code = 'account_not_selected'"
                f" where account_id = '{GREEN}'",
            ],
            "not selected",
        ),
        (
            [
                "update iamsql.coverage set status = 'skipped', error_code = 'not_reached'"
                f" where account_id = '{GREEN}' and operation <> 'AssumeRole'"
            ],
            "not reached before the run was interrupted",
        ),
        ([f"delete from iamsql.coverage where account_id = '{GREEN}' and operation = '{BULK}'"], f"not collected (iam:{BULK})"),
        (
            ["update iamsql.coverage set status = 'partial', error_code = 'InternalFailure'"
             f" where account_id = '{GREEN}' and operation = '{BULK}'"],
            f"iam:{BULK} partial (InternalFailure)",
        ),
    ],
    ids=["suspended", "AssumeRole failed", "not selected", "not reached", "not collected", "partial"],
)  # fmt: skip
def test_the_reason_is_that_of_the_run(changes: list[str], reason: str, demo_run: Path, tmp_path: Path) -> None:
    deletions = delete_sql(GREEN, "aws_iam_user")
    comparison = compare(*pair(demo_run, tmp_path, [*changes, *deletions]), "user")
    rows = row_values(comparison, "change", "kind", "account_id", "reason")
    assert [row for row in rows if row[1] == "user"] == [("not_compared", "user", GREEN, f"new: {reason}")]
    assert {row[0] for row in rows if row[1] != "user"} <= {"changed"}


@pytest.mark.slow
def test_accounts_that_could_not_be_listed_are_not_gone(demo_run: Path, tmp_path: Path) -> None:
    lost = [
        "update iamsql.coverage set status = 'denied', error_code = 'AccessDeniedException'"
        " where service = 'organizations'",
        f"delete from iamsql.accounts where account_id in ('{GREEN}', '{WEB}')",
        f"delete from iamsql.coverage where account_id in ('{GREEN}', '{WEB}')",
        *delete_sql(GREEN, "aws_iam_user"),
        *delete_sql(WEB, "aws_iam_user"),
    ]
    old, new = pair(demo_run, tmp_path, lost)
    why = "not listed (organizations:DescribeOrganization denied (AccessDeniedException))"
    for first, second, side in ((old, new, "new"), (new, old, "old")):
        rows = row_values(compare(first, second, "user"), "change", "kind", "account_name", "reason")
        assert ("not_compared", "user", "web-prod", f"{side}: {why}") in rows
        assert ("not_compared", "user", "greenfield", f"{side}: {why}") in rows
        assert {row[0] for row in rows} == {"not_compared"} and len(rows) == 2
    both = row_values(compare(old, new, "user", "account"), "change", "kind")
    assert both.count(("not_compared", "account")) == 1 and ("gone", "account") not in both


@pytest.mark.slow
def test_data_that_neither_run_covers_is_counted_and_listed_on_request(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, [])
    assert not compare(old, new, "role").result.rows
    for rows in (
        row_values(compare(old, new, "role", everything=True), "account_id", "reason"),
        row_values(compare(old, new, "role", changes=("not_compared",)), "account_id", "reason"),
    ):
        assert len(rows) == 4 and (SHUT, "old and new: AssumeRole failed (AccessDenied)") in rows


@pytest.mark.slow
def test_a_run_of_one_table_has_the_others_not_collected(tmp_path: Path, demo_run: Path) -> None:
    narrow = run_sync(tmp_path, typed=True, tables=("aws_iam_account_summary",), events=("none",)).path
    with duckdb.connect(str(narrow)) as con:
        con.execute("update iamsql.run set started_at = started_at + interval 1 day")
    comparison = diff(demo_run, narrow, runs_dir=tmp_path)
    rows = row_values(comparison, "change", "kind", "account_id", "reason")
    assert {row[0] for row in rows} == {"not_compared"}
    assert any(f"new: not collected (iam:{BULK})" == row[3] and "user" in row[1] for row in rows if row[2] == WEB)
    assert not any("account_summary" in str(row[3]) for row in rows)


REPORTED = (
    "update iamsql.coverage set status = 'partial', error_code = 'trust_report'"
    " where operation = 'ListAccessKeys' and status = 'ok'"
)
PURGE = "AKIA4BWV7NVGPFCC4K4C"


@pytest.mark.slow
def test_with_trust_report_a_key_younger_than_the_report_is_not_gone(demo_run: Path, tmp_path: Path) -> None:
    young = f"update aws_iam_access_key set create_date = as_of() where access_key_id = '{PURGE}'"
    changes = ["delete from aws_iam_access_key where user_name in ('cdn-purge', 'seo-tool')", REPORTED]
    comparison = compare(*pair(demo_run, tmp_path, changes, [young]), "access_key")
    rows = row_values(comparison, "change", "account_id", "name", "column_name", "reason")
    assert [row[:3] for row in rows if row[0] == "gone"] == [("gone", WEB, "cdn-purge"), ("gone", WEB, "seo-tool")]
    assert [row for row in rows if row[0] != "gone"] == [
        ("not_compared", WEB, None, "(keys newer than the report)", "new: iam:ListAccessKeys partial (trust_report)")
    ]


@pytest.mark.slow
def test_a_run_of_an_earlier_schema_is_compared_with_the_current_declarations(demo_run: Path, tmp_path: Path) -> None:
    old = copy(
        demo_run,
        tmp_path,
        0,
        [
            "update iamsql.run set schema_fingerprint = 'another'",
            "drop table aws_iam_policy",  # its raw items are there
            "alter table aws_iam_user drop column password_enabled",
            "alter table aws_iam_virtual_mfa_device drop column assignment_status",
            "update raw.iam_get_account_authorization_details_users set"
            ' item = replace(item::varchar, \'"UserId":"AIDA\', \'"UserId":"AIDAOLD\')::json'
            f" where account_id = '{WEB}' and item ->> '$.UserName' = 'hugo'",
            "alter table iamsql.coverage drop column seconds",
        ],
    )
    new = copy(demo_run, tmp_path, 1)
    comparison = compare(old, new, "user", "policy", "mfa_device", "role")
    ((change, name, column, before),) = row_values(comparison, "change", "name", "column_name", "old_value")
    assert (change, name, column) == ("changed", "hugo", "user_id") and before.startswith("AIDAOLD")


@pytest.mark.slow
def test_a_table_that_an_earlier_file_lacks_is_not_compared(demo_run: Path, tmp_path: Path) -> None:
    old = copy(
        demo_run,
        tmp_path,
        0,
        [
            "update iamsql.run set schema_fingerprint = 'another'",
            "drop table aws_iam_saml_provider",
            "drop table raw.iam_list_saml_providers",
            "delete from iamsql.coverage where operation = 'ListSAMLProviders'",
        ],
    )
    rows = row_values(compare(old, copy(demo_run, tmp_path, 1), "saml_provider"), "change", "account_id", "reason")
    assert ("not_compared", SHARED, "old: not collected (iam:ListSAMLProviders)") in rows
    assert {row[0] for row in rows} == {"not_compared"}


@pytest.mark.slow
@pytest.mark.parametrize("packed", sorted(OLD.glob("*.xz")), ids=lambda path: path.stem)
def test_run_files_of_an_earlier_version_show_no_change_where_there_is_none(
    packed: Path, demo_run: Path, tmp_path: Path
) -> None:
    old = tmp_path / packed.stem
    old.write_bytes(lzma.decompress(packed.read_bytes()))
    comparison = compare(old, demo_run, "user", "role", "trust_policy", "policy", "access_key", "root")
    rows = row_values(comparison, "change", "account_id")
    assert {change for change, _ in rows} == {"not_compared"}
    assert PAYMENTS not in {account for _, account in rows}  # which was read in full then


@pytest.mark.slow
def test_service_control_policies_are_reported_once_for_the_organization(demo_run: Path, tmp_path: Path) -> None:
    changes = [deny_sql("DescribePolicy", MANAGEMENT, "organizations")]
    comparison = compare(*pair(demo_run, tmp_path, changes), "privilege")
    assert row_values(comparison, "change", "kind", "account_id", "reason") == [
        ("not_compared", "privilege", MANAGEMENT, "new: organizations:DescribePolicy denied (AccessDenied)")
    ]


@pytest.mark.slow
def test_of_two_syncs_one_had_a_denied_call(tmp_path: Path) -> None:
    few = {"tables": ("aws_iam_user", "aws_iam_access_key"), "events": ("none",), "typed": True}
    old = run_sync(tmp_path, **few).path
    faults = Faults(deny=((PAYMENTS, BULK), (PAYMENTS, "ListUsers"), (DATA, "ListAccessKeys")))
    new = run_sync(tmp_path, aws=FakeAws(DAY, faults=faults), **few).path
    rows = row_values(compare(old, new, "user", "access_key", "membership"), "change", "kind", "account_id", "reason")
    assert {row[0] for row in rows} == {"not_compared"}
    assert ("not_compared", "access_key", DATA, "new: iam:ListAccessKeys denied (AccessDenied)") in rows
    assert any("user" in row[1] and "new: iam:" in row[3] for row in rows if row[2] == PAYMENTS)


@pytest.mark.slow
def test_runs_of_two_organizations_are_an_error(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, ["update iamsql.run set organization_id = 'o-other'"])
    with pytest.raises(IamsqlError, match=r"of o-demo123456 and .* of o-other: they cannot be compared"):
        compare(old, new, "user")


@pytest.mark.slow
def test_runs_in_reverse_order_are_compared_with_a_note(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, ["delete from aws_iam_user where name = 'hugo'"])
    comparison = compare(new, old, "user")
    assert row_values(comparison, "change", "name") == [("new", "hugo")]
    assert "is later than NEW" in comparison.notes[0]


@pytest.mark.slow
def test_a_run_with_reused_rows_has_a_note(demo_run: Path, tmp_path: Path) -> None:
    changes = ["update iamsql.run set reused_from = 'the-first'", "update iamsql.run set iamsql_version = '999.0'"]
    old, new = pair(demo_run, tmp_path, changes)
    (note,) = compare(old, new, "group").notes
    assert note.startswith("20260303T120000Z-o-demo123456 copied the data of some accounts from the-first")

"""What one of the runs does not cover is told as not compared, with the run's words, and is never new or gone."""

from __future__ import annotations

import lzma
from pathlib import Path

import duckdb
import pytest

from iamsql.diff import diff
from iamsql.model import IamsqlError
from tests.conftest import DAY
from tests.diff.pairs import (
    DATA,
    GREEN,
    MANAGEMENT,
    PAYMENTS,
    SHARED,
    SHUT,
    WEB,
    compare,
    copy,
    denied,
    emptied,
    pair,
    told,
)
from tests.fake_aws import FakeAws, Faults
from tests.sync.rooms import ran

OLD = Path(__file__).parents[1] / "old"
BULK = "GetAccountAuthorizationDetails"
THINGS = ("aws_iam_user", "aws_iam_role", "aws_iam_group", "aws_iam_policy")
LOCKED = [denied(BULK, WEB), *emptied(WEB, *THINGS)]
KINDS = ("user", "role", "group", "policy", "access_key")


def test_what_the_later_run_was_denied_is_not_gone(demo_run: Path, tmp_path: Path) -> None:
    found = compare(*pair(demo_run, tmp_path, LOCKED), *KINDS)
    assert told(found, "change", "kind", "account_id", "account_name", "reason") == [
        ("not_compared", "group, policy, role, user", WEB, "web-prod", f"new: iam:{BULK} denied (AccessDenied)")
    ]
    assert found.summary.startswith("No change; 1 account not compared, ")


def test_what_the_earlier_run_was_denied_is_not_new(demo_run: Path, tmp_path: Path) -> None:
    found = compare(*pair(demo_run, tmp_path, [], LOCKED), *KINDS)
    assert told(found, "change", "kind", "account_id", "reason") == [
        ("not_compared", "group, policy, role, user", WEB, f"old: iam:{BULK} denied (AccessDenied)")
    ]


def test_what_stood_in_for_a_call_covers_as_well(demo_run: Path, tmp_path: Path) -> None:
    """PAYMENTS-test of the demo was read user by user, for the bulk answer was denied there."""
    found = compare(*pair(demo_run, tmp_path, ["delete from aws_iam_user where name = 'stub'"]), "user")
    assert told(found, "change", "name") == [("gone", "stub")]


def test_a_denied_report_leaves_out_its_columns_and_no_more(demo_run: Path, tmp_path: Path) -> None:
    changes = [
        denied("GetCredentialReport", WEB),
        f"delete from aws_iam_credential_report where account_id = '{WEB}'",
        f"update aws_iam_user set mfa_enabled = true, password_enabled = null where account_id = '{WEB}'",
        f"update aws_iam_user set user_id = 'AIDAAGAIN' where account_id = '{WEB}' and name = 'hugo'",
        f"delete from aws_iam_user where account_id = '{WEB}' and name = 'irene'",
    ]
    found = compare(*pair(demo_run, tmp_path, changes), "user", "root")
    assert told(found, "change", "kind", "name", "column_name") == [
        ("changed", "user", "hugo", "user_id"),
        ("gone", "user", "irene", None),
        (
            "not_compared", "root, user", None,
            "key_1_active, key_1_last_used, key_2_active, key_2_last_used, mfa_enabled, password_enabled, password_last_used",
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [
                f"update iamsql.accounts set state = 'SUSPENDED', outcome = 'not_tried' where account_id = '{GREEN}'",
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
                "update iamsql.coverage set status = 'not_asked', error_code = 'AssumeRole'"
                f" where account_id = '{GREEN}' and operation <> 'AssumeRole'",
            ],
            "AssumeRole failed (AccessDenied)",
        ),
        (
            [
                f"update iamsql.accounts set selected = false, outcome = 'not_selected' where account_id = '{GREEN}'",
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
def test_the_runs_own_words_say_why(changes: list[str], words: str, demo_run: Path, tmp_path: Path) -> None:
    gone = emptied(GREEN, "aws_iam_user")
    found = compare(*pair(demo_run, tmp_path, [*changes, *gone]), "user")
    rows = told(found, "change", "kind", "account_id", "reason")
    assert [row for row in rows if row[1] == "user"] == [("not_compared", "user", GREEN, f"new: {words}")]
    assert {row[0] for row in rows if row[1] != "user"} <= {"changed"}


def test_accounts_that_the_organization_could_not_list_are_not_gone(demo_run: Path, tmp_path: Path) -> None:
    lost = [
        "update iamsql.coverage set status = 'denied', error_code = 'AccessDeniedException'"
        " where service = 'organizations'",
        f"delete from iamsql.accounts where account_id in ('{GREEN}', '{WEB}')",
        f"delete from iamsql.coverage where account_id in ('{GREEN}', '{WEB}')",
        *emptied(GREEN, "aws_iam_user"),
        *emptied(WEB, "aws_iam_user"),
    ]
    old, new = pair(demo_run, tmp_path, lost)
    why = "not listed (organizations:DescribeOrganization denied (AccessDeniedException))"
    for one, other, side in ((old, new, "new"), (new, old, "old")):
        rows = told(compare(one, other, "user"), "change", "kind", "account_name", "reason")
        assert ("not_compared", "user", "web-prod", f"{side}: {why}") in rows
        assert ("not_compared", "user", "greenfield", f"{side}: {why}") in rows
        assert {row[0] for row in rows} == {"not_compared"} and len(rows) == 2
    both = told(compare(old, new, "user", "account"), "change", "kind")
    assert both.count(("not_compared", "account")) == 1 and ("gone", "account") not in both


def test_what_neither_run_covers_is_counted_and_shown_on_request(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, [])
    assert not compare(old, new, "role").result.rows
    for rows in (
        told(compare(old, new, "role", everything=True), "account_id", "reason"),
        told(compare(old, new, "role", changes=("not_compared",)), "account_id", "reason"),
    ):
        assert len(rows) == 4 and (SHUT, "old and new: AssumeRole failed (AccessDenied)") in rows


def test_a_run_narrowed_to_a_table_has_the_rest_not_collected(tmp_path: Path, demo_run: Path) -> None:
    narrow = ran(tmp_path, typed=True, tables=("aws_iam_account_summary",), events=("none",)).path
    with duckdb.connect(str(narrow)) as con:
        con.execute("update iamsql.run set started_at = started_at + interval 1 day")
    found = diff(demo_run, narrow, runs_dir=tmp_path)
    rows = told(found, "change", "kind", "account_id", "reason")
    assert {row[0] for row in rows} == {"not_compared"}
    assert any(f"new: not collected (iam:{BULK})" == row[3] and "user" in row[1] for row in rows if row[2] == WEB)
    assert not any("account_summary" in str(row[3]) for row in rows)


REPORTED = (
    "update iamsql.coverage set status = 'partial', error_code = 'trust_report'"
    " where operation = 'ListAccessKeys' and status = 'ok'"
)
PURGE = "AKIA4BWV7NVGPFCC4K4C"


def test_under_trust_report_a_key_younger_than_the_report_is_not_gone(demo_run: Path, tmp_path: Path) -> None:
    young = f"update aws_iam_access_key set create_date = as_of() where access_key_id = '{PURGE}'"
    gone = ["delete from aws_iam_access_key where user_name in ('cdn-purge', 'seo-tool')", REPORTED]
    found = compare(*pair(demo_run, tmp_path, gone, [young]), "access_key")
    rows = told(found, "change", "account_id", "name", "column_name", "reason")
    assert [row[:3] for row in rows if row[0] == "gone"] == [("gone", WEB, "cdn-purge"), ("gone", WEB, "seo-tool")]
    assert [row for row in rows if row[0] != "gone"] == [
        ("not_compared", WEB, None, "(keys newer than the report)", "new: iam:ListAccessKeys partial (trust_report)")
    ]


def test_a_run_of_an_earlier_schema_is_read_through_todays_declarations(demo_run: Path, tmp_path: Path) -> None:
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
    found = compare(old, new, "user", "policy", "mfa_device", "role")
    ((change, name, column, before),) = told(found, "change", "name", "column_name", "old_value")
    assert (change, name, column) == ("changed", "hugo", "user_id") and before.startswith("AIDAOLD")


def test_a_table_that_an_earlier_file_has_not_got_is_not_compared(demo_run: Path, tmp_path: Path) -> None:
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
    rows = told(compare(old, copy(demo_run, tmp_path, 1), "saml_provider"), "change", "account_id", "reason")
    assert ("not_compared", SHARED, "old: not collected (iam:ListSAMLProviders)") in rows
    assert {row[0] for row in rows} == {"not_compared"}


@pytest.mark.parametrize("packed", sorted(OLD.glob("*.xz")), ids=lambda path: path.stem)
def test_run_files_of_earlier_versions_show_no_change_where_nothing_changed(
    packed: Path, demo_run: Path, tmp_path: Path
) -> None:
    old = tmp_path / packed.stem
    old.write_bytes(lzma.decompress(packed.read_bytes()))
    found = compare(old, demo_run, "user", "role", "trust_policy", "policy", "access_key", "root")
    rows = told(found, "change", "account_id")
    assert {change for change, _ in rows} == {"not_compared"}
    assert PAYMENTS not in {account for _, account in rows}  # which was read in full then


def test_what_guards_privileges_is_told_once_for_the_organization(demo_run: Path, tmp_path: Path) -> None:
    changes = [denied("DescribePolicy", MANAGEMENT, "organizations")]
    found = compare(*pair(demo_run, tmp_path, changes), "privilege")
    assert told(found, "change", "kind", "account_id", "reason") == [
        ("not_compared", "privilege", MANAGEMENT, "new: organizations:DescribePolicy denied (AccessDenied)")
    ]


def test_two_syncs_of_which_one_was_denied(tmp_path: Path) -> None:
    few = {"tables": ("aws_iam_user", "aws_iam_access_key"), "events": ("none",), "typed": True}
    old = ran(tmp_path, **few).path
    faults = Faults(deny=((PAYMENTS, BULK), (PAYMENTS, "ListUsers"), (DATA, "ListAccessKeys")))
    new = ran(tmp_path, room=FakeAws(DAY, faults=faults), **few).path
    rows = told(compare(old, new, "user", "access_key", "membership"), "change", "kind", "account_id", "reason")
    assert {row[0] for row in rows} == {"not_compared"}
    assert ("not_compared", "access_key", DATA, "new: iam:ListAccessKeys denied (AccessDenied)") in rows
    assert any("user" in row[1] and "new: iam:" in row[3] for row in rows if row[2] == PAYMENTS)


def test_runs_of_two_organizations_are_refused(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, ["update iamsql.run set organization_id = 'o-other'"])
    with pytest.raises(IamsqlError, match=r"of o-demo123456 and .* of o-other: they cannot be compared"):
        compare(old, new, "user")


def test_runs_the_wrong_way_round_are_compared_and_said_to_be(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, ["delete from aws_iam_user where name = 'hugo'"])
    found = compare(new, old, "user")
    assert told(found, "change", "name") == [("new", "hugo")]
    assert "is later than NEW" in found.notes[0]


def test_a_run_that_carries_rows_over_says_so(demo_run: Path, tmp_path: Path) -> None:
    changes = ["update iamsql.run set carried_from = 'the-first'", "update iamsql.run set iamsql_version = '999.0'"]
    old, new = pair(demo_run, tmp_path, changes)
    (said,) = compare(old, new, "group").notes
    assert said.startswith("20260303T120000Z-o-demo123456 copied the data of some accounts from the-first")

"""The data of denied calls comes from fallback calls, value by value; coverage has both facts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from iamsql.demo.iam import GET_OPERATIONS, LIST_OPERATIONS, SINGLE_ANSWERS
from tests.sync.syncs import DATA, HOSTILE, PAYMENTS, TRIAL, WEB, SyncedRun, query, sync_with_faults, table_rows

REPORT = ("GenerateCredentialReport", "GetCredentialReport")
BULK = "GetAccountAuthorizationDetails"
OPERATIONS = (*LIST_OPERATIONS, *GET_OPERATIONS, *SINGLE_ANSWERS, "ListOrganizationsFeatures")
PREDECESSORS = {
    "ListUsers",
    "ListAccessKeys",
    "GetAccessKeyLastUsed",
    "ListMFADevices",
    "GetLoginProfile",
    "LookupEvents",
}
BOTH = (PAYMENTS, WEB)
# Columns that the list calls lack.
NOT_LISTED = {
    "aws_iam_user": "permissions_boundary_arn permissions_boundary_type tags tags_src".split(),
    "aws_iam_group": [],
    "aws_iam_role": (
        "permissions_boundary_arn permissions_boundary_type tags tags_src role_last_used_date role_last_used_region "
        "instance_profile_arns"
    ).split(),
    "aws_iam_policy": ["tags", "tags_src"],
    "aws_iam_policy_attachment": [],
}
BEYOND_BULK = {"aws_iam_role": ("description", "max_session_duration")}  # from the list calls alone
BY_USER = "select name, password_last_used, mfa_enabled, password_enabled from aws_iam_user where account_id = ? order by position"
KEYS = (
    "select access_key_id, user_name, status, create_date, access_key_last_used_date, access_key_last_used_service, "
    "access_key_last_used_region, position from aws_iam_access_key where account_id = ? order by all"
)


@pytest.fixture(scope="module")
def sync_without(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SyncedRun]:
    """Return the run of two accounts with denied operations; each is made once."""
    synced_runs: dict[tuple[str, ...], SyncedRun] = {}

    def run(*operations: str) -> SyncedRun:
        if operations not in synced_runs:
            deny = tuple(("*", name) for name in operations)
            runs = tmp_path_factory.mktemp("denied")
            synced_runs[operations] = sync_with_faults(
                runs, typed=True, deny=deny, options={"accounts": BOTH, "tables": ("all",)}
            )
        return synced_runs[operations]

    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NOT_LISTED))
def test_list_calls_return_the_values_of_the_bulk_call(
    sync_without: Callable[..., SyncedRun], demo_run: Path, name: str
) -> None:
    unlisted = NOT_LISTED[name]
    run = sync_without(BULK)
    apart = [*unlisted, *BEYOND_BULK.get(name, ())]
    assert table_rows(run.path, name, BOTH, apart) == table_rows(demo_run, name, BOTH, apart)
    filled = [column for column in unlisted if run.rows(f"select 1 from {name} where {column} is not null limit 1")]
    assert filled == []  # unknown is NULL, not an empty list


@pytest.mark.slow
def test_coverage_has_the_denied_bulk_call_and_its_fallback_calls(sync_without: Callable[..., SyncedRun]) -> None:
    run = sync_without(BULK)
    assert run.status(BULK, PAYMENTS) == {("denied", "AccessDenied")}
    for operation in ("ListUsers", "ListRoles", "ListGroups", "ListPolicies", "GetUserPolicy", "ListGroupsForUser"):
        assert run.status(operation, PAYMENTS) == {("ok", None)}, operation
    assert run.status("ListMFADevices", PAYMENTS) == {("skipped", "not_selected")}


@pytest.mark.slow
@pytest.mark.parametrize("account", BOTH)
def test_without_the_credential_report_each_user_is_requested(
    sync_without: Callable[..., SyncedRun], demo_run: Path, account: str
) -> None:
    run, plain = sync_without(*REPORT), {row[0]: row for row in query(demo_run, BY_USER, account)}
    rows = run.rows(BY_USER, account)
    assert [row[0] for row in rows] == list(plain)
    for row in rows:
        # The report is older than the newest user, for whom the API returns more.
        assert row == plain[row[0]] or plain[row[0]][2:] == (None, None), row
    assert None not in {row[2] for row in rows} | {row[3] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("account", BOTH)
def test_without_the_credential_report_each_key_is_requested(
    sync_without: Callable[..., SyncedRun], demo_run: Path, account: str
) -> None:
    run = sync_without(*REPORT)
    assert run.rows(KEYS, account) == query(demo_run, KEYS, account)
    assert run.rows("select distinct last_used_source from aws_iam_access_key") == [("GetAccessKeyLastUsed",)]


@pytest.mark.slow
def test_coverage_has_the_denied_report_and_its_fallback_calls(sync_without: Callable[..., SyncedRun]) -> None:
    run = sync_without(*REPORT)
    for operation in REPORT:
        assert run.status(operation, WEB) == {("denied", "AccessDenied")}
    for operation in ("ListMFADevices", "GetLoginProfile", "GetAccessKeyLastUsed", "ListUsers"):
        assert run.status(operation, WEB) == {("ok", None)}, operation


def test_an_existing_report_is_read_if_its_generation_is_denied(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, deny=(("*", "GenerateCredentialReport"),), options={"accounts": (PAYMENTS,)})
    assert run.status("GenerateCredentialReport", PAYMENTS) == {("denied", "AccessDenied")}
    assert run.count_calls("GetCredentialReport", PAYMENTS) == 1
    assert run.status("GetCredentialReport", PAYMENTS) == {("error", "ReportNotPresent")}
    assert run.status("ListMFADevices", PAYMENTS) == {("ok", None)}


@pytest.mark.slow
def test_a_policy_of_few_actions_is_sufficient_for_its_reports(
    sync_without: Callable[..., SyncedRun], demo_run: Path
) -> None:
    denied = sorted({*OPERATIONS, *REPORT} - PREDECESSORS)
    run = sync_without(*denied)
    for account in BOTH:
        assert run.rows(KEYS, account) == query(demo_run, KEYS, account)
        plain = {row[0]: row for row in query(demo_run, BY_USER, account)}
        for row in run.rows(BY_USER, account):
            assert row == plain[row[0]] or plain[row[0]][2:] == (None, None), row
    events = (
        "select event_id, event_name, username from aws_cloudtrail_event "
        "where data_source like 'event_history%' and list_contains(?, account_id) order by 1"
    )
    assert run.rows(events, list(BOTH)) == query(demo_run, events, list(BOTH))
    assert {outcome for (outcome,) in run.rows("select outcome from iamsql.accounts where selected")} == {"incomplete"}
    nobody = run.rows("select distinct groups::varchar, inline_policies::varchar, tags::varchar from aws_iam_user")
    assert nobody == [(None, None, None)]


@pytest.mark.slow
def test_after_several_denied_users_no_further_user_is_requested(sync_without: Callable[..., SyncedRun]) -> None:
    run = sync_without(*sorted({*OPERATIONS, *REPORT} - PREDECESSORS))
    assert run.count_calls("ListGroupsForUser", PAYMENTS) <= 10
    assert run.status("ListGroupsForUser", PAYMENTS) == {("denied", "AccessDenied")}


@pytest.mark.slow
def test_without_a_list_of_users_no_call_for_users_is_reported(tmp_path: Path) -> None:
    denied = (BULK, "ListUsers", *REPORT)
    run = sync_with_faults(tmp_path, deny=tuple(("*", name) for name in denied), options={"accounts": (PAYMENTS,)})
    assert ("denied", "AccessDenied") in run.status("ListUsers", PAYMENTS)
    assert run.status("ListAccessKeys", PAYMENTS) == {("not_requested", "ListUsers")}
    assert run.count_calls("ListAccessKeys") == 0
    [row] = run.rows(
        "select error_message from iamsql.coverage where operation = 'ListAccessKeys' and status = 'not_requested'"
    )
    assert row[0].startswith("It depends on ListUsers, which failed: AccessDenied: ")
    [line] = [text for text in run.result.lines if "iam:ListUsers" in text]
    assert line.startswith(f"  iam:ListUsers: denied (AccessDenied) in {PAYMENTS}; ") and "depend on it" in line
    assert not any("not_requested" in text or "ListAccessKeys" in text for text in run.result.lines)


@pytest.mark.slow
def test_policies_with_the_same_name_are_read_for_each_owner(tmp_path: Path, demo_run: Path) -> None:
    """Each group 'developers' and several roles have inline policies with the same name."""
    run = sync_with_faults(
        tmp_path, deny=(("*", BULK),), typed=True, options={"accounts": (DATA, TRIAL, HOSTILE, PAYMENTS)}
    )
    sql = (
        "select account_id, 'user', name, inline_policies_std::varchar from aws_iam_user union all "
        "select account_id, 'role', name, inline_policies_std::varchar from aws_iam_role union all "
        "select account_id, 'group', name, inline_policies_std::varchar from aws_iam_group order by all"
    )
    accounts = {account for (account, *_) in run.rows(sql)}
    assert run.rows(sql) == [row for row in query(demo_run, sql) if row[0] in accounts]

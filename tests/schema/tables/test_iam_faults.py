"""What goes wrong in the calls on demand is a row of coverage with its reason, and no other row is lost by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iamsql.runfile.rows import CoverageRow
from iamsql.schema.registry import all_calls
from iamsql.schema.tables import _iam_calls as calls
from iamsql.sync.coverage import merge_rows
from tests.schema.tables.boto3_oracle import rows_of
from tests.sync.syncs import PAYMENTS, SHARED, TOOLS, TRIAL, WEB, SyncedRun, run_sync, sync_with_faults

SAML, CERTIFICATE, SSH = "aws_iam_saml_provider", "aws_iam_server_certificate", "aws_iam_ssh_public_key"
ADVISOR, POLICY, VERSION = "aws_iam_access_advisor", "aws_iam_policy", "aws_iam_policy_version"


def read(runs: Path, table: str, account_id: str, **faults: Any) -> SyncedRun:
    """Sync one table of one account."""
    return sync_with_faults(runs, typed=True, options={"tables": (table,), "accounts": (account_id,)}, **faults)


def test_a_sync_that_names_no_table_makes_none_of_these_calls(tmp_path: Path) -> None:
    made = run_sync(tmp_path, accounts=(SHARED, PAYMENTS), events=("none",))
    asked = {one.operation for one in made.aws.calls}
    new = {call.operation for call in vars(calls).values() if hasattr(call, "operation") and call.on_demand}
    new |= {call.operation for pair in calls.JOBS for call in pair}
    assert new and not asked & new
    states = made.rows("select distinct status from iamsql.coverage where operation = 'GetAccountAuthorizationDetails'")
    assert ("ok",) in states and made.rows(
        "select count(*) from iamsql.coverage where operation = 'GetAccountAuthorizationDetails' and account_id = ?",
        SHARED,
    ) == [(1,)]


def test_what_has_gone_between_list_and_get_is_none_and_no_fault(tmp_path: Path) -> None:
    made = read(tmp_path, SAML, SHARED, errors=((SHARED, "GetSAMLProvider", "NoSuchEntity", 1),))
    rows = rows_of(made.path, SAML)
    assert [row["saml_metadata_document"] is None for row in rows].count(True) == 1 < len(rows)
    assert all(row["create_date"] for row in rows)
    assert made.status("GetSAMLProvider", SHARED) == {("ok", None)}


def test_a_user_who_has_gone_has_no_keys_and_is_no_fault(tmp_path: Path) -> None:
    made = read(tmp_path, SSH, SHARED, delete_user=(SHARED, "git.mirror"))
    assert rows_of(made.path, SSH) == []
    assert made.status("ListSSHPublicKeys", SHARED) == {("ok", None)}


def test_a_list_that_is_denied_leaves_the_table_empty_and_says_so(tmp_path: Path) -> None:
    made = read(tmp_path, CERTIFICATE, PAYMENTS, deny=((PAYMENTS, "ListServerCertificates"),))
    assert rows_of(made.path, CERTIFICATE) == []
    assert made.status("ListServerCertificates", PAYMENTS) == {("denied", "AccessDenied")}
    [(*told, words)] = made.rows(
        "select status, error_code, error_message from iamsql.coverage where operation = 'GetServerCertificate' and account_id = ?",
        PAYMENTS,
    )
    assert told == ["not_asked", "ListServerCertificates"] and "which failed: AccessDenied" in words


def test_a_detail_that_is_denied_leaves_what_the_list_tells(tmp_path: Path) -> None:
    made = read(tmp_path, CERTIFICATE, WEB)
    [row] = rows_of(made.path, CERTIFICATE)
    assert row["name"] == "www" and row["expiration"] is not None
    assert [row[name] for name in ("certificate_body", "certificate_chain", "tags_src", "tags")] == [None] * 4
    assert made.status("GetServerCertificate", WEB) == {("denied", "AccessDenied")}


def test_a_job_that_fails_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    made = read(tmp_path, ADVISOR, TOOLS, failed_jobs=("scanner",))
    principals = {row["principal_arn"].split("/")[-1] for row in rows_of(made.path, ADVISOR)}
    assert "scanner" not in principals and {"siem", "auditors", "app-server"} <= principals
    assert made.status("GetServiceLastAccessedDetails", TOOLS) == {("partial", "ServiceFailure")}
    assert made.status("GenerateServiceLastAccessedDetails", TOOLS) == {("ok", None)}


def test_jobs_that_are_denied_are_given_up_and_told(tmp_path: Path) -> None:
    made = read(tmp_path, ADVISOR, TOOLS, deny=((TOOLS, "GenerateServiceLastAccessedDetails"),))
    assert rows_of(made.path, ADVISOR) == []
    assert made.status("GenerateServiceLastAccessedDetails", TOOLS) == {("denied", "AccessDenied")}
    assert made.status("GetServiceLastAccessedDetails", TOOLS) == {("not_asked", "GenerateServiceLastAccessedDetails")}
    assert made.count_calls("GetServiceLastAccessedDetails") == 0


def test_a_job_is_asked_again_until_it_is_done_and_never_made_twice(tmp_path: Path) -> None:
    made = read(tmp_path, ADVISOR, TOOLS)
    jobs = [dict(one.params)["JobId"] for one in made.aws.calls if one.operation == "GetServiceLastAccessedDetails"]
    arns = [dict(one.params)["Arn"] for one in made.aws.calls if one.operation == "GenerateServiceLastAccessedDetails"]
    assert len(arns) == len(set(arns)) == len(set(jobs)) < len(jobs)
    roles = [row for row in rows_of(made.path, ADVISOR) if ":role/" in row["principal_arn"]]
    assert roles and any(row["last_authenticated"] is None for row in roles)


def test_awss_own_policies_come_by_lists_where_the_bulk_answer_is_denied(tmp_path: Path) -> None:
    made = read(tmp_path, POLICY, TRIAL)
    plain = read(tmp_path / "all", POLICY, PAYMENTS)
    own = {row["arn"]: row["policy"] for row in rows_of(plain.path, POLICY) if row["is_aws_managed"]}
    stood_in = {row["arn"]: row["policy"] for row in rows_of(made.path, POLICY) if row["is_aws_managed"]}
    both = stood_in.keys() & own.keys()
    assert both and [own[arn] for arn in both] == [stood_in[arn] for arn in both]
    assert made.status("ListPolicies", TRIAL) == made.status("GetPolicyVersion", TRIAL) == {("ok", None)}


def test_awss_own_policies_are_missing_and_told_where_all_of_it_is_denied(tmp_path: Path) -> None:
    denied = tuple((PAYMENTS, name) for name in ("GetAccountAuthorizationDetails", "ListPolicies"))
    made = read(tmp_path, VERSION, PAYMENTS, deny=denied)
    assert rows_of(made.path, VERSION) == []
    assert made.status("GetAccountAuthorizationDetails", PAYMENTS) == {("denied", "AccessDenied")}


def test_one_row_of_coverage_tells_what_several_tables_asked_of_one_operation(tmp_path: Path) -> None:
    made = read(tmp_path, POLICY, PAYMENTS)
    sql = "select count(*), sum(items), sum(requests) from iamsql.coverage where account_id = ? and operation = ?"
    [(rows, items, requests)] = made.rows(sql, PAYMENTS, "GetAccountAuthorizationDetails")
    assert rows == 1 and requests == made.count_calls("GetAccountAuthorizationDetails", PAYMENTS)
    assert items > len(rows_of(made.path, POLICY))
    [row] = [one for one in _covered(made, PAYMENTS) if one.operation == "GetAccountAuthorizationDetails"]
    denied = _with(row, status="denied", error_code="AccessDenied", items=0, requests=1)
    skipped = _with(row, status="skipped", error_code="not_selected", items=0, requests=0)
    assert merge_rows([row, skipped]) == merge_rows([skipped, row]) == [row]
    [both] = merge_rows([row, denied])
    assert (both.status, both.error_code, both.items, both.requests) == (
        "partial",
        "AccessDenied",
        row.items,
        row.requests + 1,
    )
    assert merge_rows([denied, denied])[0].status == "denied"


def _covered(made: SyncedRun, account_id: str) -> list[Any]:
    names = ", ".join(CoverageRow.__dataclass_fields__)
    rows = made.rows(f"select {names} from iamsql.coverage where account_id = ?", account_id)
    return [CoverageRow(*row[:-1], row[-1] and f"{row[-1]:%Y-%m-%dT%H:%M:%SZ}") for row in rows]


def _with(row: Any, **more: Any) -> Any:
    return type(row)(**{**row.__dict__, **more})


def test_what_is_bound_is_kept_of_the_parents(tmp_path: Path) -> None:
    made = read(tmp_path, SSH, SHARED)
    bounds = made.rows("select distinct bound from raw.iam_get_ssh_public_key")
    assert {tuple(sorted(json.loads(bound))) for (bound,) in bounds} == {("SSHPublicKeyId", "UserName")}
    assert len(bounds) == 3
    requests = {call.request_key for call in all_calls()}
    assert (
        len({asked.request_key for asked, _ in calls.JOBS})
        == len({got.request_key for _, got in calls.JOBS})
        == 3
        <= len(requests)
    )

"""Faults of IAM calls that are made on demand: a row of coverage with the reason, and no other row is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.runs.file.rows import CoverageRow
from iamsql.sync.coverage import merge_rows
from iamsql.tables.aws_iam_access_advisor import JOBS
from iamsql.tables.registry import all_calls
from tests.sync.syncs import PAYMENTS, SHARED, TOOLS, TRIAL, WEB, SyncedRun, run_sync, sync_with_faults
from tests.tables.boto3_oracle import rows_of

pytestmark = pytest.mark.slow

SAML, CERTIFICATE, SSH = "aws_iam_saml_provider", "aws_iam_server_certificate", "aws_iam_ssh_public_key"
ADVISOR, POLICY, VERSION = "aws_iam_access_advisor", "aws_iam_policy", "aws_iam_policy_version"


def sync_table(runs: Path, table: str, account_id: str, **faults: Any) -> SyncedRun:
    """Sync one table of one account."""
    return sync_with_faults(runs, typed=True, options={"tables": (table,), "accounts": (account_id,)}, **faults)


def test_a_sync_that_names_no_table_makes_none_of_these_calls(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(SHARED, PAYMENTS), events=("none",))
    operations = {call.operation for call in run.aws.calls}
    new = {call.operation for call in all_calls() if call.service == "iam" and call.on_demand}
    assert new and not operations & new
    states = run.rows("select distinct status from iamsql.coverage where operation = 'GetAccountAuthorizationDetails'")
    assert ("ok",) in states and run.rows(
        "select count(*) from iamsql.coverage where operation = 'GetAccountAuthorizationDetails' and account_id = ?",
        SHARED,
    ) == [(1,)]


def test_a_resource_deleted_between_list_and_get_is_not_a_fault(tmp_path: Path) -> None:
    run = sync_table(tmp_path, SAML, SHARED, errors=((SHARED, "GetSAMLProvider", "NoSuchEntity", 1),))
    rows = rows_of(run.path, SAML)
    assert [row["saml_metadata_document"] is None for row in rows].count(True) == 1 < len(rows)
    assert all(row["create_date"] for row in rows)
    assert run.status("GetSAMLProvider", SHARED) == {("ok", None)}


def test_a_deleted_user_has_no_keys_and_is_not_a_fault(tmp_path: Path) -> None:
    run = sync_table(tmp_path, SSH, SHARED, delete_user=(SHARED, "git.mirror"))
    assert rows_of(run.path, SSH) == []
    assert run.status("ListSSHPublicKeys", SHARED) == {("ok", None)}


def test_a_denied_list_leaves_the_table_empty_with_a_gap(tmp_path: Path) -> None:
    run = sync_table(tmp_path, CERTIFICATE, PAYMENTS, deny=((PAYMENTS, "ListServerCertificates"),))
    assert rows_of(run.path, CERTIFICATE) == []
    assert run.status("ListServerCertificates", PAYMENTS) == {("denied", "AccessDenied")}
    [(*status_and_code, message)] = run.rows(
        "select status, error_code, error_message from iamsql.coverage where operation = 'GetServerCertificate' and account_id = ?",
        PAYMENTS,
    )
    assert status_and_code == ["not_requested", "ListServerCertificates"] and "which failed: AccessDenied" in message


def test_a_denied_get_leaves_the_columns_of_the_list(tmp_path: Path) -> None:
    run = sync_table(tmp_path, CERTIFICATE, WEB)
    [row] = rows_of(run.path, CERTIFICATE)
    assert row["name"] == "www" and row["expiration"] is not None
    assert [row[name] for name in ("certificate_body", "certificate_chain", "tags_src", "tags")] == [None] * 4
    assert run.status("GetServerCertificate", WEB) == {("denied", "AccessDenied")}


def test_a_failed_job_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    run = sync_table(tmp_path, ADVISOR, TOOLS, failed_jobs=("scanner",))
    principals = {row["principal_arn"].split("/")[-1] for row in rows_of(run.path, ADVISOR)}
    assert "scanner" not in principals and {"siem", "auditors", "app-server"} <= principals
    assert run.status("GetServiceLastAccessedDetails", TOOLS) == {("partial", "ServiceFailure")}
    assert run.status("GenerateServiceLastAccessedDetails", TOOLS) == {("ok", None)}


def test_after_several_denied_jobs_no_further_job_is_requested(tmp_path: Path) -> None:
    run = sync_table(tmp_path, ADVISOR, TOOLS, deny=((TOOLS, "GenerateServiceLastAccessedDetails"),))
    assert rows_of(run.path, ADVISOR) == []
    assert run.status("GenerateServiceLastAccessedDetails", TOOLS) == {("denied", "AccessDenied")}
    assert run.status("GetServiceLastAccessedDetails", TOOLS) == {
        ("not_requested", "GenerateServiceLastAccessedDetails")
    }
    assert run.count_calls("GetServiceLastAccessedDetails") == 0


def test_a_job_is_requested_once_and_polled_until_it_is_done(tmp_path: Path) -> None:
    run = sync_table(tmp_path, ADVISOR, TOOLS)
    jobs = [dict(call.params)["JobId"] for call in run.aws.calls if call.operation == "GetServiceLastAccessedDetails"]
    arns = [
        dict(call.params)["Arn"] for call in run.aws.calls if call.operation == "GenerateServiceLastAccessedDetails"
    ]
    assert len(arns) == len(set(arns)) == len(set(jobs)) < len(jobs)
    roles = [row for row in rows_of(run.path, ADVISOR) if ":role/" in row["principal_arn"]]
    assert roles and any(row["last_authenticated"] is None for row in roles)


def test_aws_managed_policies_come_from_list_calls_if_the_bulk_call_is_denied(tmp_path: Path) -> None:
    denied = sync_table(tmp_path, POLICY, TRIAL)
    plain = sync_table(tmp_path / "all", POLICY, PAYMENTS)
    documents = {row["arn"]: row["policy"] for row in rows_of(plain.path, POLICY) if row["is_aws_managed"]}
    by_list_calls = {row["arn"]: row["policy"] for row in rows_of(denied.path, POLICY) if row["is_aws_managed"]}
    both = by_list_calls.keys() & documents.keys()
    assert both and [documents[arn] for arn in both] == [by_list_calls[arn] for arn in both]
    assert denied.status("ListPolicies", TRIAL) == denied.status("GetPolicyVersion", TRIAL) == {("ok", None)}


def test_aws_managed_policies_are_a_gap_if_all_calls_are_denied(tmp_path: Path) -> None:
    denied = tuple((PAYMENTS, name) for name in ("GetAccountAuthorizationDetails", "ListPolicies"))
    run = sync_table(tmp_path, VERSION, PAYMENTS, deny=denied)
    assert rows_of(run.path, VERSION) == []
    assert run.status("GetAccountAuthorizationDetails", PAYMENTS) == {("denied", "AccessDenied")}


def test_an_operation_of_several_tables_is_one_row_of_coverage(tmp_path: Path) -> None:
    run = sync_table(tmp_path, POLICY, PAYMENTS)
    sql = "select count(*), sum(items), sum(requests) from iamsql.coverage where account_id = ? and operation = ?"
    [(rows, items, requests)] = run.rows(sql, PAYMENTS, "GetAccountAuthorizationDetails")
    assert rows == 1 and requests == run.count_calls("GetAccountAuthorizationDetails", PAYMENTS)
    assert items > len(rows_of(run.path, POLICY))
    [row] = [covered for covered in _covered(run, PAYMENTS) if covered.operation == "GetAccountAuthorizationDetails"]
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


def _covered(run: SyncedRun, account_id: str) -> list[Any]:
    names = ", ".join(CoverageRow.__dataclass_fields__)
    rows = run.rows(f"select {names} from iamsql.coverage where account_id = ?", account_id)
    return [CoverageRow(*row[:-1], row[-1] and f"{row[-1]:%Y-%m-%dT%H:%M:%SZ}") for row in rows]


def _with(row: Any, **values: Any) -> Any:
    return type(row)(**{**row.__dict__, **values})


def test_parameters_of_child_calls_are_kept_from_their_parents(tmp_path: Path) -> None:
    run = sync_table(tmp_path, SSH, SHARED)
    bounds = run.rows("select distinct bound from raw.iam_get_ssh_public_key")
    assert {tuple(sorted(json.loads(bound))) for (bound,) in bounds} == {("SSHPublicKeyId", "UserName")}
    assert len(bounds) == 3
    requests = {call.request_key for call in all_calls()}
    assert len({job.request_key for job, _ in JOBS}) == len({got.request_key for _, got in JOBS}) == 3 <= len(requests)

"""Incomplete, copied and damaged responses: a missing page is missing data, a copy changes nothing, damage is an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.sync.importer.completeness import NEXT_PAGE
from iamsql.sync.importer.read import read
from iamsql.sync.importer.write import import_files
from iamsql.tables.registry import all_calls
from tests.conftest import query
from tests.demo.clients import LOADER

ME, ROOT = "111122223333", "r-ab12"
ARN = f"arn:aws:organizations::{ME}:account/o-1/222233334444"
USER = {"UserName": "ana", "UserId": "AIDA1", "Arn": f"arn:aws:iam::{ME}:user/ana"}
DETAILS = {"UserDetailList": [USER], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
KEY = {"UserName": "ana", "AccessKeyId": "AKIA1", "Status": "Active"}


def written(folder: Path, files: Mapping[str, Any]) -> Path:
    for name, response in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(response if isinstance(response, str) else json.dumps(response), encoding="utf-8")
    return folder


def test_the_members_of_a_next_page_match_the_service_models() -> None:
    members = set()
    for call in all_calls():
        if call.implicit:
            continue
        paginators = LOADER.load_service_model(call.service, "paginators-1")["pagination"]
        if pages := paginators.get(call.operation):
            tokens = pages["output_token"]
            members |= {*([tokens] if isinstance(tokens, str) else tokens), *filter(None, [pages.get("more_results")])}
    assert members <= {*NEXT_PAGE}


ODD = {
    "list-targets-for-policy-p-abc.json": {},
    "list-targets-for-policy-any.json": {"Targets": []},
    "describe-policy-p-abc.json": {"Policy": {"PolicySummary": "x", "Content": "{}"}},
    "describe-permission-set-x.json": {"PermissionSet": {"PermissionSetArn": 1}},
    "list-access-keys-odd.json": {"AccessKeyMetadata": [KEY | {"AccessKeyId": [], "UserName": "odd"}]},
    "get-access-key-last-used-AKIA1.json": {},
}


@pytest.mark.slow
def test_a_missing_page_is_missing_data_and_a_copy_adds_no_rows(tmp_path: Path) -> None:
    files = {
        "details.json": DETAILS,
        "copy/details.json": DETAILS,
        "list-access-keys-ana.json": {"AccessKeyMetadata": [KEY]},
        "iam-list_access_keys-ana.json": {"AccessKeyMetadata": [KEY]},
        "list-access-keys.ana.json": {},
        "list-users.json": {"Users": [USER], "IsTruncated": True, "Marker": "x"},
        "list-mfa-devices-ana.json": {"MFADevices": [], "NextToken": "x"},
        "list-account-aliases.json": {"AccountAliases": ["a"], "IsTruncated": False, "NextToken": None},
        "pages/1.json": {"VirtualMFADevices": [{"SerialNumber": "a"}], "IsTruncated": True, "Marker": "x"},
        "pages/2.json": {"VirtualMFADevices": [{"SerialNumber": "b"}], "IsTruncated": False},
        "x\nRun file: y\x1b[2J.json": {"x": 1},
        **ODD,
    }
    dumps = written(tmp_path / "dumps", {f"{ME}/{name}": document for name, document in files.items()})
    result = import_files([dumps], None, tmp_path / "runs")
    rows = query(result.path, "select operation, status, error_message from iamsql.coverage")
    by_operation = {operation: (status, message) for operation, status, message in rows}
    assert (
        by_operation["ListUsers"]
        == by_operation["ListMFADevices"]
        == ("partial", "No file has the last page of 1 response.")
    )
    assert by_operation["ListAccountAliases"] == by_operation["ListVirtualMFADevices"] == ("ok", None)
    counts = (
        "select (select count(*) from aws_iam_user), (select count(*) from aws_iam_access_key where user_name = 'ana')"
    )
    assert query(result.path, counts) == [(1, 1)]
    # The name of a file that is skipped cannot look like output.
    assert any("x\\nRun file: y\\x1b[2J.json: JSON, but" in line for line in result.lines)
    assert not any("\n" in line for line in result.lines)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("list-saml-providers.json", "{}\nAn error occurred (AccessDenied)", "not valid JSON"),
        ("details.json", '{"UserDetailList": [1], "UserDetailList": []}', "has UserDetailList twice"),
        ("get-credential-report.json", '{"Content": "\u00e9", "ReportFormat": "text/csv"}', "neither base64 nor CSV"),
        ("list-accounts.json", {"Accounts": [{"Id": ME, "Arn": ARN}, None]}, "ListAccounts has no text as its Id"),
        ("list-accounts.json", {"Accounts": [{"Id": [], "Arn": ARN}]}, "ListAccounts has no text as its Id"),
        ("list-roots.json", {"Roots": [{"Id": ROOT}, {}]}, "ListRoots has no text as its Id"),
        ("list-policies-TAG_POLICY.json", {"Policies": {"Id": 1}}, "ListPolicies has no text as its Id"),
        (
            f"list-organizational-units-for-parent-{ROOT}.json",
            {"OrganizationalUnits": [{"Id": "x"}]},
            "text as its Name",
        ),
        ("list-targets-for-policy-p-abc.json", {"Targets": [{"Type": "ROOT"}]}, "has no text as its TargetId"),
        ("list-delegated-administrators.json", {"DelegatedAdministrators": {"Arn": "x"}}, "has no text as its Id"),
    ],
)
def test_a_damaged_response_is_an_error_with_its_file(tmp_path: Path, name: str, text: Any, message: str) -> None:
    with pytest.raises(IamsqlError, match=message) as raised:
        read([written(tmp_path, {f"{ME}/{name}": text})], ME)
    assert name in str(raised.value) and str(raised.value).count("\n") == 1


@pytest.mark.slow
def test_a_value_of_another_type_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    broken = DETAILS | {"UserDetailList": [USER | {"GroupList": "admins"}]}
    result = CliRunner().invoke(
        main, ["import", str(written(tmp_path / "dumps", {"d.json": broken})), "--runs", str(tmp_path / "runs")]
    )
    assert result.exit_code == 2 and "a value that AWS does not return" in result.stderr
    assert [*(tmp_path / "runs").iterdir()] == []

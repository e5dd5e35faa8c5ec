"""Files of the AWS CLI have everything that a sync reads; file names express empty lists, and that AWS had nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore import xform_name

from iamsql.catalog import load, shipped_folder
from iamsql.model import Query
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.sync.importer.named_files import RESPONSE_MEMBERS, named_files
from iamsql.sync.importer.read import read
from iamsql.sync.importer.write import import_files
from iamsql.tables.registry import all_calls, all_tables
from tests.conftest import DAY, connect_run, query
from tests.demo.clients import LOADER
from tests.fake_aws import FakeAws
from tests.fixtures import built_once
from tests.queries.test_queries import required_arguments
from tests.sync.importer.api_dumps import write_dumps
from tests.sync.syncs import LOGS, MANAGEMENT, PAYMENTS, TOOLS, run_sync
from tests.tables.permissions import organization_dumps
from tests.tiers import slow_but_every

ME = MANAGEMENT
ACCOUNTS = (MANAGEMENT, LOGS, TOOLS, PAYMENTS)  # which a sync reads completely
PATTERNS = (
    "aws_iam_*",
    "aws_organizations_*",
    "aws_account*",
    "aws_ssoadmin_*",
    "aws_identitystore_*",
    "aws_accessanalyzer_*",
)
# Jobs of AWS, the list of a package, and events: no file has the former, and files of events are log files.
WITHOUT = ("aws_iam_access_advisor", "aws_iam_action", "aws_iam_action_use")
TABLES = [name for name in all_tables() if any(fnmatch(name, pattern) for pattern in PATTERNS) and name not in WITHOUT]
# Queries about the run: its requests, why it lacks events, and why it did not read some accounts.
ABOUT_RUNS = {
    *("account_read", "accounts", "api_calls", "coverage_gaps", "help", "run_info", "skipped_accounts", "why_empty"),
    *("key_history", "principal_report", "root_activity", "root_report", "top_risks", "user_history", "who_created"),
}
QUERIES = [
    query for versions in load([shipped_folder()]).values() for query in versions if query.name not in ABOUT_RUNS
]


def written(folder: Path, files: dict[str, Any]) -> Path:
    for name, response in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(response), encoding="utf-8")
    return folder


def _build(folder: Path) -> None:
    """Write the run of a sync, and the run of an import of the same responses, with the time of the sync."""
    synced = run_sync(
        folder / "sync", typed=True, accounts=ACCOUNTS, events=("none",), tables=(*TABLES, "aws_iam_action")
    )
    synced.path.rename(folder / "synced.duckdb")
    dumps = write_dumps(FakeAws(DAY), folder / "dumps", ACCOUNTS, TABLES)
    imported = import_files([dumps], None, folder / "import").path.rename(folder / "imported.duckdb")
    ((started,),) = query(folder / "synced.duckdb", "select started_at from iamsql.run")
    with duckdb.connect(imported) as con:
        con.execute("update iamsql.run set started_at = ?", [started])


@pytest.fixture(scope="module")
def runs() -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]]:
    """Open the run of a sync, and the run of an import of the same responses."""
    folder = built_once("imported", _build, Path(__file__), Path(__file__).with_name("api_dumps.py"))
    with connect_run(folder / "synced.duckdb") as synced, connect_run(folder / "imported.duckdb") as imported:
        yield synced, imported


@pytest.mark.slow
def test_an_import_has_the_typed_tables_of_a_sync(
    runs: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
) -> None:
    for name in all_tables():
        sql = f"select columns(lambda c: c not in ('_ctx', 'sp_ctx'))::varchar from {name} order by all"
        synced, imported = (con.execute(sql).fetchall() for con in runs)
        assert imported == synced, name


@pytest.mark.slow
def test_an_import_of_all_responses_lacks_events_alone(
    runs: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
) -> None:
    sql = "select distinct operation, error_code from iamsql.coverage where status <> 'ok' and list_contains(?, account_id)"
    assert runs[1].execute(sql, [[*ACCOUNTS]]).fetchall() == [("LookupEvents", "not_imported")]


@pytest.mark.parametrize("shipped", slow_but_every(40, QUERIES), ids=lambda query: query.macro)
def test_a_query_over_an_import_has_the_rows_of_a_sync(
    runs: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection], shipped: Query
) -> None:
    """Compare the rows about the accounts that both read: the reasons for the other accounts differ."""
    synced, imported = (_rows(con, shipped) for con in runs)
    assert imported == synced


def _rows(con: duckdb.DuckDBPyConnection, shipped: Query) -> list[tuple[Any, ...]]:
    con.execute("set TimeZone = 'UTC'")
    values = {param.name: param.default for param in shipped.params} | required_arguments(shipped)
    cursor = con.execute(shipped.sql, values)
    names = [column[0] for column in cursor.description or []]
    account = names.index("account_id") if "account_id" in names else None
    return [row for row in cursor.fetchall() if account is None or row[account] in (None, *ACCOUNTS)]


# -- names -------------------------------------------------------------------------------------------------------------


def test_a_file_is_named_after_the_command_of_the_aws_cli() -> None:
    for named_file in named_files():
        assert named_file.command == xform_name(named_file.call.operation, "-")
    assert {"list-access-keys-UserName.json", "list-delegated-services-for-account-AccountId.json"} <= {
        named_file.example for named_file in named_files()
    }


def test_two_calls_have_different_file_names() -> None:
    # The types of an organization's policies are in the name: the two calls have different types.
    names = [file.example for file in named_files() if file.call.operation not in ("ListPolicies", "DescribePolicy")]
    names = [name for name in names if name != "list-targets-for-policy-PolicyId.json"]
    ambiguous = {name for name in names if names.count(name) > 1}
    assert ambiguous <= {"get-policy-version-PolicyArn-VersionId.json", "generate-service-last-accessed-details-Arn.json",
                         "get-service-last-accessed-details-JobId.json"}  # fmt: skip


def test_a_response_without_a_list_has_a_member_that_each_response_has() -> None:
    for call in {named_file.call for named_file in named_files() if not named_file.call.items}:
        if call.operation == "GenerateServiceLastAccessedDetails":  # recognized by content
            continue
        service = LOADER.load_service_model(call.service, "service-2")
        output = service["operations"][call.operation]["output"]["shape"]
        assert RESPONSE_MEMBERS[call.operation] in service["shapes"][output]["members"], call.operation
    assert set(RESPONSE_MEMBERS) <= {call.operation for call in all_calls()}


USERS = {"UserDetailList": [{"UserName": "ana", "Arn": f"arn:aws:iam::{ME}:user/ana"}], "RoleDetailList": []}
PROVIDER = f"arn:aws:iam::{ME}:oidc-provider/a.example/b"
ANALYZER = f"arn:aws:access-analyzer:eu-west-1:{ME}:analyzer/all"


@pytest.mark.parametrize(
    ("name", "document", "expected"),
    [
        ("list-delegated-administrators.json", {"DelegatedAdministrators": []}, ("ListDelegatedAdministrators", {}, 0)),
        ("list-organizations-features.json", {}, ("ListOrganizationsFeatures", {}, 0)),
        ("list-policies-TAG_POLICY.json", {"Policies": []}, ("ListPolicies", {"Filter": "TAG_POLICY"}, 0)),
        (f"{ME}/list-access-keys-ana.json", {"AccessKeyMetadata": []}, ("ListAccessKeys", {"UserName": "ana"}, 0)),
        (f"{ME}/iam-list_mfa_devices-ana.json", {"MFADevices": []}, ("ListMFADevices", {"UserName": "ana"}, 0)),
        (f"{ME}/get-account-password-policy.json", {}, ("GetAccountPasswordPolicy", {}, 0)),
        (f"{ME}/get-alternate-contact-BILLING.json", {}, ("GetAlternateContact", {"AlternateContactType": "BILLING"}, 0)),
        (f"{ME}/list-saml-providers.json.gz", {"SAMLProviderList": []}, ("ListSAMLProviders", {}, 0)),
        (f"{ME}/get-open-id-connect-provider-oidc-provider-a.example-b.json", {"Url": "a.example/b"},
         ("GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": PROVIDER}, 1)),
        (f"{ME}/eu-west-1/list-findings-analyzer-all.json", {"findings": []}, ("ListFindings", {"analyzerArn": ANALYZER}, 0)),
        (f"{ME}/list-groups-for-user-ana.json", {"Groups": [{"GroupName": "devs"}]}, ("ListGroupsForUser", {"UserName": "ana"}, 1)),
        (f"{ME}/list-policies-Local.json", {"Policies": []}, ("ListPolicies", {}, 0)),
    ],
)  # fmt: skip
def test_the_name_identifies_the_request_of_a_response(
    tmp_path: Path, name: str, document: Any, expected: tuple[str, dict[str, str], int]
) -> None:
    lists = {
        f"{ME}/get-account-authorization-details.json": USERS,
        f"{ME}/list-open-id-connect-providers.json": {"OpenIDConnectProviderList": [{"Arn": PROVIDER}]},
        f"{ME}/eu-west-1/list-analyzers.json": {"analyzers": [{"arn": ANALYZER, "type": "ACCOUNT"}]},
    }
    responses = read([written(tmp_path, lists | {name: document})], ME).responses
    [response] = [response for response in responses if response.path == tmp_path / name]
    assert (response.operation, response.bound, len(response.items)) == expected
    assert response.account_id == ME and response.region in ("global", "eu-west-1")


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("list-access-keys.json", {}),  # which user has it?
        ("list-users-of-sales.json", {"people": []}),
        ("get-user-policy-ana-all.json", {"Version": "2012-10-17", "Statement": []}),  # the document alone
        ("get-account-password-policy.json", {"MinimumPasswordLength": 14}),
        ("list-policies-NO_POLICY.json", {"Policies": []}),
        ("my-list-saml-providers-old.json", {"SAMLProviders": []}),
    ],
)
def test_a_document_that_is_not_the_response_is_not_imported(tmp_path: Path, name: str, document: Any) -> None:
    contents = read([written(tmp_path, {f"{ME}/details.json": USERS, f"{ME}/{name}": document})])
    assert [path.name for path, _ in contents.ignored] == [name]


# -- missing responses -------------------------------------------------------------------------------------------------


def test_a_request_without_a_file_makes_its_call_partial(tmp_path: Path) -> None:
    profiles = {"InstanceProfiles": [{"InstanceProfileName": name, "Arn": f"arn:aws:iam::{ME}:instance-profile/{name}"}
                                   for name in ("a", "b")]}  # fmt: skip
    files = {
        f"{ME}/details.json": USERS,
        f"{ME}/list-instance-profiles.json": profiles,
        f"{ME}/get-instance-profile-a.json": {"InstanceProfile": profiles["InstanceProfiles"][0]},
        f"{ME}/list-saml-providers.json": {"SAMLProviderList": []},
        f"{ME}/list-server-certificates.json": {
            "ServerCertificateMetadataList": [{"ServerCertificateName": "a", "Arn": "x"}]
        },
    }
    imported = import_files([written(tmp_path / "dumps", files)], None, tmp_path / "runs").path
    sql = "select operation, status, error_message from iamsql.coverage where operation similar to 'Get(Inst|SAML|Server).*'"
    assert {row[0]: row[1:] for row in query(imported, sql)} == {
        "GetInstanceProfile": ("partial", "No file has the response to 1 of 2 requests."),
        "GetSAMLProvider": ("ok", None),
        "GetServerCertificate": ("skipped", "None of the imported files has the response."),
    }


@pytest.mark.slow
@pytest.mark.skipif(not organization_dumps.ORGANIZATIONS.is_dir(), reason="the shared data is not here")
def test_missing_data_is_a_note_with_rows_and_without(tmp_path: Path) -> None:
    """An organization without delegations is complete; without their file, an answer has a note, whether it has rows or none."""
    data = organization_dumps.read("shapes-1")
    organization = organization_dumps.write_dumps(data, tmp_path / "dumps")
    (organization / "list-delegated-administrators.json").unlink()
    details = {account: {"UserDetailList": []} for account in data["accounts"]}
    powerless = {f"{account}/get-account-authorization-details.json": item for account, item in details.items()}
    none_delegated = {"list-delegated-administrators.json": {"DelegatedAdministrators": []}}
    for extra, lacks in ((powerless, True), (powerless | none_delegated, False), (none_delegated, False)):
        folder = written(tmp_path / f"dumps{len(extra)}{lacks}", {})
        for path in organization.rglob("*.json"):
            target = folder / path.relative_to(organization)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        imported = import_files([written(folder, extra)], None, tmp_path / f"runs{len(extra)}{lacks}").path
        answer = run_query("escalation_paths", {}, QueryRequest(str(imported), tmp_path))
        assert bool(answer.result.rows) == (extra is none_delegated)
        assert any("delegated" in note for note in answer.caveats) == lacks, answer.caveats

"""Dumps are recognized by content, keep their items unchanged, and are an error with the path if they cannot be read."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync.importer.read import read
from iamsql.sync.importer.responses import Response
from tests.conftest import third_party

DATA = Path(__file__).parents[2] / "data" / "dumps"
REPORT = (DATA / "report.csv").read_text()
ME = "111122223333"
IDP = {"Arn": f"arn:aws:iam::{ME}:oidc-provider/idp.example.com"}
TLS = {"ServerCertificateName": "www", "Arn": f"arn:aws:iam::{ME}:server-certificate/www", "Path": "/"}
PROFILE = {"InstanceProfileName": "app", "Arn": f"arn:aws:iam::{ME}:instance-profile/app", "Roles": []}
CALLER = {"Account": ME, "Arn": f"arn:aws:iam::{ME}:user/me", "UserId": "AIDA"}


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def brief(responses: list[Response]) -> list[tuple[str, str, str, int]]:
    return [(response.operation, response.part, response.account_id, len(response.items)) for response in responses]


def test_a_folder_of_dumps() -> None:
    dump = read([DATA])
    assert brief(dump.responses) == [
        ("GetAccountAuthorizationDetails", "users", ME, 1),
        ("GetAccountAuthorizationDetails", "groups", ME, 0),
        ("GetAccountAuthorizationDetails", "roles", ME, 1),
        ("GetAccountAuthorizationDetails", "policies", ME, 1),
        ("ListAccessKeys", "", ME, 1),
        ("ListAccessKeys", "", ME, 1),
        ("GetCredentialReport", "", ME, 2),
    ]
    assert [response.bound for response in dump.responses[4:6]] == [{"UserName": "ana"}, {"UserName": "bob"}]
    assert dump.responses[0].items == json.loads((DATA / "details.json").read_text())["UserDetailList"]
    assert next(iter(dump.responses[6].items)) == {
        "user": "<root_account>",
        "arn": f"arn:aws:iam::{ME}:root",
        "user_creation_time": "2018-08-12T17:20:55+00:00",
        "password_enabled": "not_supported",
        "GeneratedTime": None,
    }


@pytest.mark.parametrize(
    ("value", "service", "operation", "items"),
    [
        ({"SummaryMap": {"Users": 1}}, "iam", "GetAccountSummary", [{"Users": 1}]),
        ({"PasswordPolicy": {}}, "iam", "GetAccountPasswordPolicy", [{}]),
        ({"AccountAliases": ["acme"]}, "iam", "ListAccountAliases", ["acme"]),
        ({"VirtualMFADevices": []}, "iam", "ListVirtualMFADevices", []),
        ({"ServiceSpecificCredentials": []}, "iam", "ListServiceSpecificCredentials", []),
        ({"Users": []}, "iam", "ListUsers", []),
        ({"SAMLProviderList": []}, "iam", "ListSAMLProviders", []),
        ({"OpenIDConnectProviderList": [IDP]}, "iam", "ListOpenIDConnectProviders", [IDP]),
        ({"ServerCertificateMetadataList": [TLS]}, "iam", "ListServerCertificates", [TLS]),
        ({"InstanceProfiles": [PROFILE]}, "iam", "ListInstanceProfiles", [PROFILE]),
        (CALLER, "sts", "GetCallerIdentity", [CALLER]),
        ({"AccessKeyMetadata": []}, "iam", "ListAccessKeys", []),
    ],
)
def test_small_responses_are_recognized(
    tmp_path: Path, value: Any, service: str, operation: str, items: list[Any]
) -> None:
    path = write(tmp_path / "any-name", value)
    assert read([path], ME).responses == [Response(service, operation, items, account_id=ME, path=path)]


def test_the_instance_profiles_of_one_role_are_not_the_list_of_all(tmp_path: Path) -> None:
    write(tmp_path / "iam-list-instance-profiles-for-role" / "app", {"InstanceProfiles": [PROFILE]})
    write(tmp_path / "iam-list-instance-profiles.json", {"InstanceProfiles": [PROFILE]})
    dump = read([tmp_path])
    assert [response.path.name for response in dump.responses] == ["iam-list-instance-profiles.json"]
    assert [path.name for path, _ in dump.ignored] == ["app"]


def test_reports_of_last_accessed_services_are_recognized_by_file_name(tmp_path: Path) -> None:
    job = "a2b53fd9-88bc-d0b5-1b9a-af9c4af22371"
    services = [{"ServiceName": "Amazon S3", "ServiceNamespace": "s3"}]
    write(tmp_path / "asked" / f"arn%3Aaws%3Aiam%3A%3A{ME}%3Agroup%2Fx%2Fdevs.json", {"JobId": job})
    done = {"JobStatus": "COMPLETED", "ServicesLastAccessed": services}
    write(tmp_path / "reports" / f"{job}.json", done)
    write(tmp_path / "reports" / "some-report.json", done)
    write(tmp_path / "reports" / f"{job[:-1]}2.json", done | {"JobStatus": "IN_PROGRESS"})
    dump = read([tmp_path], ME)
    assert [(response.operation, response.part, response.bound) for response in dump.responses] == [
        ("GenerateServiceLastAccessedDetails", "groups", {"Arn": f"arn:aws:iam::{ME}:group/x/devs"}),
        ("GetServiceLastAccessedDetails", "roles", {"JobId": job}),
    ]
    assert dump.responses[1].items == services
    assert len(dump.ignored) == 2


def test_responses_of_organizations_belong_to_the_management_account(tmp_path: Path) -> None:
    accounts = {"Accounts": [{"Id": "222233334444", "Arn": f"arn:aws:organizations::{ME}:account/o-1/222233334444"}]}
    organization = {"Organization": {"Id": "o-1", "Arn": f"arn:aws:organizations::{ME}:organization/o-1"}}
    responses = read([write(tmp_path / "a", accounts), write(tmp_path / "b", organization)]).responses
    assert brief(responses) == [("ListAccounts", "", ME, 1), ("DescribeOrganization", "", ME, 1)]


def test_account_and_region_of_events_come_from_the_records(tmp_path: Path) -> None:
    record = json.dumps({"recipientAccountId": ME, "awsRegion": "eu-west-1"})
    responses = read([write(tmp_path / "e.json", {"Events": [{"EventId": "1", "CloudTrailEvent": record}]})]).responses
    assert [(response.account_id, response.region, len(response.items)) for response in responses] == [
        (ME, "eu-west-1", 1)
    ]


@pytest.mark.parametrize("content", [REPORT, base64.b64encode(REPORT.encode()).decode()])
def test_a_credential_report_as_json_is_read(tmp_path: Path, content: str) -> None:
    document = {"Content": content, "GeneratedTime": "2020-01-01T00:00:00+00:00", "ReportFormat": "text/csv"}
    [response] = read([write(tmp_path / "r.json", document)]).responses
    assert {row["GeneratedTime"] for row in response.items} == {"2020-01-01T00:00:00+00:00"}
    assert response.account_id == ME


def test_other_encodings_and_gzip_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(json.dumps(CALLER).encode("utf-16"))
    (tmp_path / "b.csv").write_bytes(REPORT.encode("utf-8-sig"))
    (tmp_path / "c.json.gz").write_bytes(gzip.compress(json.dumps(CALLER).encode()))
    assert [response.operation for response in read([tmp_path]).responses] == [
        "GetCallerIdentity",
        "GetCredentialReport",
        "GetCallerIdentity",
    ]


def test_the_account_comes_from_the_nearest_folder(tmp_path: Path) -> None:
    for account in ("111111111111", "222222222222"):
        write(tmp_path / account / "who.json", CALLER | {"Account": account})
        write(tmp_path / account / "iam-list-access-keys" / "a%2Fb", {"AccessKeyMetadata": []})
    keys = [
        response for response in read([tmp_path], "333333333333").responses if response.operation == "ListAccessKeys"
    ]
    assert [response.account_id for response in keys] == ["111111111111", "222222222222"]
    assert [response.bound for response in keys] == [{"UserName": "a/b"}] * 2


def test_unknown_files_are_listed_and_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "caller.json", CALLER)
    write(tmp_path / "notes.md", "words")
    write(tmp_path / "other.json", {"Records": 1})
    (tmp_path / "blob").write_bytes(b"\x00\xff")
    (tmp_path / "again").symlink_to(tmp_path)
    dump = read([tmp_path, tmp_path])
    assert brief(dump.responses) == [("GetCallerIdentity", "", ME, 1)]
    assert {path.name: reason for path, reason in dump.ignored} == {
        "again": "a symbolic link, not followed",
        "blob": "not text",
        "notes.md": "neither JSON nor a credential report",
        "other.json": "JSON, but not a known response",
    }


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"Users": [', "the file ends too early"),
        (b'{"Users": "', "the file ends too early"),
        (b'{"Users": ]}', "not valid JSON"),
        (b'{"a": "\xe9"}', "not UTF-8 text"),
        (b"[" * 200_000, "nested deeper than 500 levels"),
        (gzip.compress(b"{}" * 99, mtime=0)[:-9], "damaged gzip"),
        (b"\x1f\x8b12345678901234567890", "damaged gzip"),
        (REPORT.encode()[:-8], "row 3 of the report has 3 values, not 4"),
        (b'{"Content": "%%", "ReportFormat": "text/csv"}', "neither base64 nor CSV"),
        (b'{"Content": "YWJj", "ReportFormat": "text/csv"}', "not a credential report"),
        (b'{"SummaryMap": {}}', "--account 123456789012"),
        (b"", "nothing to import (empty)"),
    ],
)
def test_an_invalid_file_is_an_error_with_its_name(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "bad.json").write_bytes(raw)
    with pytest.raises(IamsqlError) as error:
        read([tmp_path / "bad.json"])
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path))
    assert len(str(error.value).splitlines()) == 2


def test_invalid_paths_and_accounts_are_errors(tmp_path: Path) -> None:
    for paths, account, message in (
        ([tmp_path / "none"], None, "no such file"),
        ([tmp_path], None, "nothing to import (no files)"),
        ([tmp_path], "12", "12 digits"),
    ):
        with pytest.raises(IamsqlError, match=message.replace("(", r"\(").replace(")", r"\)")):
            read(paths, account)


@pytest.mark.parametrize(
    ("folder", "account", "items"),
    [
        ("cloudmapper-demo", "123456789012", [1, 1, 2, 1, 4, 2, 1, 3, 0, 1, *[1] * 8]),
        ("cloudsplaining", "012345678901", [3, 2, 3, 32]),
    ],
)
def test_dumps_of_other_projects_are_read(folder: str, account: str, items: list[int]) -> None:
    responses = read([third_party(folder)]).responses
    assert {response.account_id for response in responses} == {account}
    assert [len(response.items) for response in responses] == items

"""The command against moto over HTTP: an organization of three accounts.

Moto generates account IDs and allows every role to be assumed. It supports the credential report and IAM's lists, but
neither LookupEvents nor ListServiceSpecificCredentials."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.sync.syncs import query

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
WITHOUT_BACKOFF = """
from iamsql.aws import client
from iamsql.cli import main

client.backoff_seconds = lambda attempt: 0.0  # moto answers an unsupported call with an error that iamsql retries
main()
"""
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@dataclass
class MotoOrganization:
    """The resources that the test created in moto, and the run that was read from it."""

    url: str
    management: str = ""
    members: list[str] = field(default_factory=list)
    keys: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    runs: Path = Path()
    stderr: str = ""

    @property
    def path(self) -> Path:
        """Return the run file."""
        [path] = self.runs.glob("*.duckdb")
        return path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a caller: fake credentials, and the endpoint."""
        aside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        false = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
        nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        return aside | false | nowhere | {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}

    def client(self, service: str, account: str = "") -> Any:
        """Return a client of the caller, or of a role in a member account."""
        credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if account:
            arn = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
            credentials = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="maker")["Credentials"]
            names = {"AccessKeyId": "aws_access_key_id", "SecretAccessKey": "aws_secret_access_key"}
            credentials = {
                new: credentials[old] for old, new in (names | {"SessionToken": "aws_session_token"}).items()
            }
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **credentials)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a caller does."""
        full_command = [sys.executable, "-c", WITHOUT_BACKOFF, *arguments, "--runs", str(self.runs)]
        return subprocess.run(full_command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=90)


@pytest.fixture(scope="module")
def organization(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoOrganization]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    organization = MotoOrganization(f"http://{host}:{port}", runs=tmp_path_factory.mktemp("moto"))
    urlopen(
        Request(f"{organization.url}/moto-api/reset", method="POST")
    ).close()  # all servers of a process share their data
    try:
        create_organization(organization)
        for account in ("", *organization.members):
            create_principals(organization, account)
        time.sleep(1.1)  # the start of a run is in seconds, and the keys must be older
        synced = organization.command("sync", "--days", "7")
        organization.stderr = synced.stderr
        assert synced.returncode == 0, synced.stderr
        yield organization
    finally:
        server.stop()


def create_organization(organization: MotoOrganization) -> None:
    """Create an organization with a unit and two member accounts."""
    client = organization.client("organizations")
    organization.management = client.create_organization(FeatureSet="ALL")["Organization"]["MasterAccountId"]
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    for name in ("alpha", "beta"):
        status = client.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        organization.members.append(status["AccountId"])
    client.move_account(AccountId=organization.members[0], SourceParentId=root, DestinationParentId=unit)


def create_principals(organization: MotoOrganization, account: str) -> None:
    """Create a group, a policy, a role, three users and their keys in an account."""
    iam = organization.client("iam", account)
    policy = iam.create_policy(PolicyName="read-buckets", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn=policy)
    iam.create_role(RoleName="iamsql-audit", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="iamsql-audit", PolicyName="inline", PolicyDocument=json.dumps(READ))
    iam.update_account_password_policy(MinimumPasswordLength=12)
    for name, keys in (("ana", 1), ("bot", 2), ("carl", 0)):
        iam.create_user(UserName=name)
        ids = [iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for _ in range(keys)]
        organization.keys[account or organization.management, name] = ids
    iam.update_access_key(
        UserName="bot", AccessKeyId=organization.keys[account or organization.management, "bot"][1], Status="Inactive"
    )
    iam.add_user_to_group(GroupName="readers", UserName="ana")
    iam.create_login_profile(UserName="carl", Password="Correct-horse-battery-1")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="carl")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="carl", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def test_each_account_is_read_with_its_role(organization: MotoOrganization) -> None:
    rows = query(organization.path, "select account_id, role_used, ou_path from iamsql.accounts order by position")
    role = "arn:aws:iam::{}:role/iamsql-audit"
    alpha, beta = organization.members
    assert sorted(rows) == sorted(
        [
            (organization.management, "(caller)", ""),
            (alpha, role.format(alpha), "Workloads"),
            (beta, role.format(beta), ""),
        ]
    )


def test_users_and_their_keys_are_stored(organization: MotoOrganization) -> None:
    users = query(organization.path, "select account_id, name from aws_iam_user")
    assert set(users) == set(organization.keys) and len(users) == 9
    keys = query(organization.path, "select account_id, user_name, access_key_id from aws_iam_access_key")
    assert sorted(keys) == sorted((*owner, item) for owner, ids in organization.keys.items() for item in ids)
    inactive = query(organization.path, "select access_key_id from aws_iam_access_key where status = 'Inactive'")
    assert {item for (item,) in inactive} == {ids[1] for (_, name), ids in organization.keys.items() if name == "bot"}


def test_groups_roles_and_policies_are_stored(organization: MotoOrganization) -> None:
    for account in (organization.management, *organization.members):
        arn = f"arn:aws:iam::{account}:policy/read-buckets"
        groups = "select attached_policy_arns ->> 0, users ->> '$[0].UserName' from aws_iam_group where account_id = ?"
        assert query(organization.path, groups, account) == [(arn, "ana")]
        policies = "select arn, is_attached, policy -> '$.Statement[0].Action' ->> '$' from aws_iam_policy where account_id = ?"
        assert query(organization.path, policies, account) == [(arn, True, "s3:Get*")]
        roles = (
            "select assume_role_policy ->> '$.Statement[0].Action', inline_policies ->> '$[0].PolicyName' "
            "from aws_iam_role where account_id = ? and name = 'iamsql-audit'"
        )
        assert query(organization.path, roles, account) == [("sts:AssumeRole", "inline")]
        length = "select minimum_password_length from aws_iam_account_password_policy where account_id = ?"
        assert query(organization.path, length, account) == [(12,)]


def test_the_credential_report_is_stored(organization: MotoOrganization) -> None:
    rows = query(
        organization.path,
        "select account_id, user_name, access_key_1_active, access_key_2_active from aws_iam_credential_report "
        "where user_name <> '<root_account>' order by all",
    )
    expected = {"ana": (True, False), "bot": (True, False), "carl": (False, False)}
    assert rows == [(account, name, *expected[name]) for account, name in sorted(organization.keys)]
    console = "select name from aws_iam_user where account_id = ? and password_enabled and mfa_enabled"
    assert query(organization.path, console, organization.members[1]) == [("carl",)]


def test_unsupported_calls_are_in_coverage(organization: MotoOrganization) -> None:
    sql = "select operation, status from iamsql.coverage where account_id = ? and status not in ('ok', 'skipped') order by 1"
    for account in organization.members:
        bad = query(organization.path, sql, account)
        assert ("LookupEvents", "error") in bad
        assert {status for _, status in bad} == {"error"}
        assert not {name for name, _ in bad} & {
            "ListAccessKeys",
            "GetCredentialReport",
            "GetAccountAuthorizationDetails",
        }
    assert "cloudtrail:LookupEvents: error" in organization.stderr
    assert "Read 3 of 3 accounts" in organization.stderr


def test_clients_of_botocore_read_the_same_rows(organization: MotoOrganization, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[sync]\ntransport = 'botocore'\n")
    arguments = ["sync", "--days", "7", "--config", str(file), "--runs", str(tmp_path)]
    command = [sys.executable, "-c", WITHOUT_BACKOFF, *arguments]
    result = subprocess.run(command, cwd=ROOT, env=organization.environment, capture_output=True, text=True, timeout=90)
    assert result.returncode == 0, result.stderr
    [path] = tmp_path.glob("*.duckdb")
    sql = "select table_name from information_schema.tables where table_type = 'BASE TABLE' and table_name like 'aws_%' order by 1"
    names = [name for (name,) in query(path, sql)]
    assert len(names) > 20 and names == [name for (name,) in query(organization.path, sql)]
    filled = 0
    for name in names:
        # Moto takes the present time for the last use of a role and for the credential report.
        sql = "select column_name from information_schema.columns where table_name = ? and data_type not like 'TIMESTAMP%'"
        columns = ", ".join(f'"{column}"' for (column,) in query(path, sql, name) if column not in ("_ctx", "sp_ctx"))
        rows = [query(file, f"select {columns} from {name} order by all") for file in (path, organization.path)]
        assert rows[0] == rows[1], name
        filled += bool(rows[0])
    columns = "account_id, region, service, operation, status, error_code, error_message, items"
    sql = f"select {columns} from iamsql.coverage order by all"
    assert query(path, sql) == query(organization.path, sql) and filled > 8


def test_a_query_answers_over_the_run(organization: MotoOrganization) -> None:
    result = organization.command(
        "query", "stale_keys", "--output", "json", "--arg", "days=0", "--arg", "unused_days=0"
    )
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)
    active = {ids[0] for ids in organization.keys.values() if ids}
    assert {row["access_key_id"] for row in rows} == active


def test_a_selected_account_is_the_only_one_read(organization: MotoOrganization, tmp_path: Path) -> None:
    options = ["sync", "--account", organization.members[0], "--table", "aws_iam_user", "--strict"]
    command = [sys.executable, "-m", "iamsql", *options, "--runs", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, env=organization.environment, capture_output=True, text=True, timeout=90)
    assert "LookupEvents" not in result.stderr
    [path] = tmp_path.glob("*.duckdb")
    assert query(path, "select distinct account_id from aws_iam_user") == [(organization.members[0],)]

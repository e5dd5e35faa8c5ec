"""Policies of resources, read from moto over HTTP with each transport, compared with what was created.

Moto's list of buckets has no regions, its list of access points has the access points of every region, and it supports neither
GetBackupVaultAccessPolicy nor GetVaultAccessPolicy nor the schemas of EventBridge."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from iamsql.catalog.settings.option_types import TRANSPORTS
from tests.sync import moto_data_stores, moto_resources
from tests.sync.moto_resources import ACCOUNT, OTHER_REGION, OUTSIDE, REGION, Created
from tests.sync.syncs import query
from tests.sync.test_moto import ROOT, MotoOrganization

pytestmark = pytest.mark.slow
# Requests of s3control go to ACCOUNT.localhost. RFC 6761 makes such names local, but not every resolver does.
LOCAL_NAMES = """
import socket

getaddrinfo = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: getaddrinfo(
    "localhost" if str(host).endswith(".localhost") else host, *rest, **more)
"""
COMMAND = """
from iamsql.aws import client
from iamsql.cli import main

client.backoff_seconds = lambda attempt: 0.0
main()
"""
UNSUPPORTED = {
    ("backup", "GetBackupVaultAccessPolicy", "error", "404"),
    ("glacier", "GetVaultAccessPolicy", "error", "404"),
    ("schemas", "ListRegistries", "error", "500"),
    ("schemas", "GetResourcePolicy", "not_requested", "ListRegistries"),
}


class Moto(MotoOrganization):
    """A server of moto with resources of one account. Its clients have a region."""

    created: Created

    def in_region(self, service: str, region: str = REGION) -> Any:
        """Return a client."""
        false = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, endpoint_url=self.url, region_name=region, **false)

    def sync(self, runs: Path, transport: str) -> Path:
        """Sync the policies of resources, and return the run file."""
        file = runs.with_suffix(".toml")
        file.write_text(f"[sync]\ntransport = '{transport}'\n")
        arguments = ["sync", "--event", "none", "--config", str(file), "--runs", str(runs)]
        arguments += [word for region in (REGION, OTHER_REGION) for word in ("--region", region)]
        arguments += ["--table", "aws_resource_policy", "--table", "aws_s3_access_point", "--table", "aws_kms_key"]
        command = [sys.executable, "-c", LOCAL_NAMES + COMMAND, *arguments]
        result = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=90)
        assert result.returncode == 0, result.stderr
        [path] = runs.glob("*.duckdb")
        return path


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    moto = Moto(f"http://localhost:{server.get_host_and_port()[1]}")
    urlopen(Request(f"{moto.url}/moto-api/reset", method="POST")).close()  # all servers of a process share their data
    resolve = socket.getaddrinfo
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                socket,
                "getaddrinfo",
                lambda host, *arguments, **more: resolve(
                    "localhost" if str(host).endswith(".localhost") else host, *arguments, **more
                ),
            )
            moto.created = moto_resources.create_all(moto.in_region) | moto_data_stores.create_all(moto.in_region)
        yield moto
    finally:
        server.stop()


@pytest.fixture(scope="module", params=TRANSPORTS)
def run(moto: Moto, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    return moto.sync(tmp_path_factory.mktemp("runs"), request.param)


def test_resource_policies_and_their_status(moto: Moto, run: Path) -> None:
    rows = query(run, "select resource_type, region, name, policy::varchar, policy_status from aws_resource_policy")
    policies = {
        (resource_type, name, region): policy and json.loads(policy) for resource_type, region, name, policy, _ in rows
    }
    assert len(policies) == len(rows)
    defaults = {
        ("ecr_registry", ACCOUNT, OTHER_REGION): None,
        ("event_bus", "default", OTHER_REGION): None,
        ("glue_catalog", "catalog", REGION): None,
    }
    assert policies == moto.created | defaults
    status = {(resource_type, name, region): status for resource_type, region, name, _, status in rows}
    expected = {key: "none" if policy is None else "read" for key, policy in policies.items()}
    unread = {("backup_vault", "offsite", REGION), ("glacier_vault", "archive", REGION)}
    is_default = {key for key, policy in moto.created.items() if policy == moto_data_stores.DEFAULT_FILE_SYSTEM_POLICY}
    assert status == expected | dict.fromkeys(unread, "unread") | dict.fromkeys(is_default, "default")


def test_each_type_of_resource_was_created(moto: Moto, run: Path) -> None:
    [(description,)] = query(
        run,
        "select comment from duckdb_columns() where table_name = 'aws_resource_policy' and column_name = 'resource_type'",
    )
    created_types = {resource_type for resource_type, _, _ in moto.created}
    assert description and all(resource_type in description for resource_type in created_types)
    created_types |= {"schema_registry"}  # moto does not have the service
    assert description.count("_") == sum(resource_type.count("_") for resource_type in created_types)


def test_only_what_moto_lacks_is_missing(run: Path) -> None:
    sql = """
        select service, operation, status, error_code from iamsql.coverage
        where status not in ('ok', 'skipped') and service not in ('organizations', 'iam')"""
    assert set(query(run, sql)) == UNSUPPORTED


def test_buckets_have_their_settings_and_the_settings_of_the_account(run: Path) -> None:
    columns = "block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets, object_ownership"
    sql = f"select name, {columns} from aws_resource_policy where resource_type = 's3_bucket' order by all"
    assert query(run, sql) == [
        ("plain-data", True, True, True, False, "ObjectWriter"),  # the block of the account
        ("shared-data", True, True, True, True, "BucketOwnerEnforced"),
    ]


def test_keys_have_their_grants(run: Path) -> None:
    sql = "select grants::varchar from aws_resource_policy where resource_type = 'kms_key' order by length(grants::varchar)"
    [(none,), (grants,)] = query(run, sql)
    [grant] = json.loads(grants)
    assert none == "[]" and grant["GranteePrincipal"] == f"arn:aws:iam::{OUTSIDE}:role/reader"
    assert grant["Operations"] == ["Decrypt", "DescribeKey"]
    assert {row[0] for row in query(run, "select key_state from aws_kms_key")} == {"Enabled"}


def test_access_points_have_their_network_and_block(run: Path) -> None:
    columns = "network_origin, vpc_id, bucket_name, block_public_policy, restrict_public_buckets"
    assert query(run, f"select distinct name, {columns} from aws_s3_access_point order by all") == [
        ("internet", "Internet", None, "plain-data", False, True),
        ("network", "VPC", "vpc-1", "plain-data", True, True),
    ]
    columns = "vpc_id, block_public_policy, restrict_public_buckets"  # of the account too
    sql = f"select name, {columns} from aws_resource_policy where resource_type = 's3_access_point' order by all"
    assert query(run, sql) == [("internet", None, True, True), ("network", "vpc-1", True, True)]


def test_values_of_secrets_and_variables_are_not_stored(run: Path) -> None:
    assert b"not-a-secret" not in run.read_bytes()
    assert query(run, "select count(*) from raw.lambda_list_functions where item::varchar like '%PASSWORD%'") == [(0,)]


def test_arns_name_the_account_and_region(run: Path) -> None:
    sql = """
        select resource_type, arn from aws_resource_policy
        where arn not like concat('arn:aws:%:', region, ':', account_id, ':%') order by all"""
    arns = dict(query(run, sql))
    assert set(arns) <= {"s3_bucket", "s3_multi_region_access_point", "rest_api"}
    assert arns["rest_api"].startswith(f"arn:aws:apigateway:{REGION}::/restapis/")
    assert query(run, "select distinct account_id from aws_resource_policy") == [(ACCOUNT,)]

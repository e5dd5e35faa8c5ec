"""Files of the AWS CLI about resources: aws_resource_policy has each resource with its policy, and says what no file has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.sync.importer.write import import_files
from tests.sync.importer import resource_dumps
from tests.sync.syncs import query

SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ACCOUNT, OTHER = "111122223333", "222233334444"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
ON = dict.fromkeys(SWITCHES, True)
OFF = dict.fromkeys(SWITCHES, False)


def resource(resource_type: str, arn: str, policy: Any = ALLOW, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"type": resource_type, "arn": arn, "account": account, "policy": policy} | more


KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0f1e2d3c-0000-4000-8000-000000000001"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app/db-AbCdEf"
REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app"
GRANT = {"GrantId": "1", "GranteePrincipal": f"arn:aws:iam::{OTHER}:root", "Operations": ["Decrypt"]}
ESTATE = {
    "resources": [
        resource("s3_bucket", "arn:aws:s3:::open", public_access_block=None),
        resource("s3_bucket", "arn:aws:s3:::closed", None, OTHER, public_access_block=ON),
        resource("kms_key", KEY, grants=[GRANT]),
        resource("sqs_queue", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"),
        resource("sqs_queue", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:plain", None),
        resource("sns_topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:news"),
        resource("lambda_function", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:api"),
        resource("lambda_function", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:api", None),
        resource("secret", SECRET),
        resource("secret", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:own-AbCdEf", None),
        resource("ecr_repository", REPOSITORY),
    ],
    "public_access_blocks": {OTHER: OFF},
}


def imported(folder: Path) -> Path:
    result = import_files([folder / "dumps"], None, folder / "runs")
    assert not [line for line in result.lines if "skipped: " in line]
    return result.path


def policies(path: Path) -> dict[str, tuple[Any, ...]]:
    """Return the columns of aws_resource_policy by ARN."""
    switches = "block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets"
    sql = f"select arn, account_id, resource_type, name, policy::varchar, policy_status, [{switches}] from aws_resource_policy"
    rows = query(path, sql)
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: (*row[1:4], row[4] and json.loads(row[4]), *row[5:]) for row in rows}


def expected(data: dict[str, Any], item: dict[str, Any]) -> tuple[Any, ...]:
    """Return the columns of a resource of an estate."""
    blocks = [None] * 4
    if item["type"] == "s3_bucket":
        bucket, account = item["public_access_block"] or {}, data["public_access_blocks"].get(item["account"]) or {}
        blocks = [bool(bucket.get(name) or account.get(name)) for name in SWITCHES]
    status = "none" if item["policy"] is None else "read"
    return item["account"], item["type"], resource_dumps.name_of(item), item["policy"], status, blocks


def compare(data: dict[str, Any], path: Path) -> None:
    assert policies(path) == {item["arn"]: expected(data, item) for item in data["resources"]}
    documents = query(
        path, "select owner_arn, owner_type, account_id, source from aws_iam_document where source = 'resource'"
    )
    assert sorted(documents) == sorted(
        (item["arn"], item["type"], item["account"], "resource") for item in data["resources"] if item["policy"]
    )
    sql = (
        "select p.arn, count(*), count(s.principals) + count(s.not_principals) from aws_resource_policy p "
        "join aws_iam_statement s using (document_id) group by all"
    )
    lists = ((item["arn"], item["policy"]["Statement"]) for item in data["resources"] if item["policy"])
    counts = sorted((arn, len(statements) if isinstance(statements, list) else 1) for arn, statements in lists)
    assert query(path, sql + " order by all") == [(arn, number, number) for arn, number in counts]


@pytest.mark.slow
def test_each_resource_has_a_row_with_its_policy(tmp_path: Path) -> None:
    resource_dumps.write_resources(ESTATE, tmp_path / "dumps")
    path = imported(tmp_path)
    compare(ESTATE, path)
    [(region, grants)] = query(
        path, "select region, grants::varchar from aws_resource_policy where resource_type = 'kms_key'"
    )
    assert (region, json.loads(grants)) == ("eu-west-1", [GRANT])
    sql = "select account_id, error_code, error_message from iamsql.coverage where status = 'partial' and operation = ?"
    message = "No file has the response for 1 of {} resources, which count as resources without one."
    assert query(path, sql, "GetBucketPolicy") == [(OTHER, "not_imported", message.format(1))]
    assert query(path, sql, "GetQueueAttributes") == [(ACCOUNT, "not_imported", message.format(2))]


@pytest.mark.slow
def test_access_points_and_the_registry_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "dumps" / ACCOUNT / "us-east-1"
    folder.mkdir(parents=True)
    arn = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint"
    access_points = [
        {"Name": "internet", "NetworkOrigin": "Internet", "Bucket": "b", "AccessPointArn": f"{arn}/internet"},
        {
            "Name": "policy-net", "NetworkOrigin": "VPC", "VpcConfiguration": {"VpcId": "vpc-1"}, "Bucket": "b",
            "AccessPointArn": f"{arn}/policy-net",
        },
    ]  # fmt: skip
    files = {
        "list-access-points": {"AccessPointList": access_points},
        "get-access-point-internet": access_points[0] | {"PublicAccessBlockConfiguration": ON},
        "get-access-point-policy-internet": {"Policy": json.dumps(ALLOW)},
        "get-access-point-policy-net": access_points[1],  # the access point is named policy-net
        "get-registry-policy": {"registryId": ACCOUNT, "policyText": json.dumps(ALLOW)},
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    sql = """
        select resource_type, arn, policy_status, restrict_public_buckets, vpc_id from aws_resource_policy order by all"""
    assert query(imported(tmp_path), sql) == [
        ("ecr_registry", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*", "read", None, None),
        ("s3_access_point", f"{arn}/internet", "read", True, None),
        ("s3_access_point", f"{arn}/policy-net", "none", None, "vpc-1"),
    ]


@pytest.mark.slow
def test_without_any_response_policies_are_unread(tmp_path: Path) -> None:
    resource_dumps.write_resources(ESTATE, tmp_path / "dumps")
    for path in (tmp_path / "dumps").rglob("get-*.json"):
        path.unlink()
    run = imported(tmp_path)
    assert query(run, "select distinct policy_status, block_public_acls from aws_resource_policy") == [("unread", None)]
    sql = (
        "select distinct status, error_code from iamsql.coverage where operation in ('GetBucketPolicy', 'GetKeyPolicy')"
    )
    assert query(run, sql) == [("skipped", "not_imported")]


@pytest.mark.skipif(not resource_dumps.ESTATES.is_dir(), reason="the shared data is not here")
@pytest.mark.slow
@pytest.mark.parametrize("name", resource_dumps.names())
def test_an_imported_estate_has_its_resources(tmp_path: Path, name: str) -> None:
    data = resource_dumps.read(name)
    resource_dumps.write_dumps(data, tmp_path / "dumps")
    compare(data, imported(tmp_path))


def test_files_of_tables_file_systems_vaults_identities_and_registries(tmp_path: Path) -> None:
    folder = tmp_path / "dumps" / ACCOUNT / "eu-west-1"
    text, arn = json.dumps(ALLOW), f"arn:aws:{{}}:eu-west-1:{ACCOUNT}:{{}}"
    files = {
        "list-tables": {"TableNames": ["orders", "plain"]},
        "dynamodb-get-resource-policy-orders": {"Policy": text, "RevisionId": "1"},
        "describe-file-systems": {
            "FileSystems": [
                {"FileSystemId": name, "FileSystemArn": arn.format("elasticfilesystem", f"file-system/{name}")}
                for name in ("fs-1", "fs-2")
            ]
        },
        "describe-file-system-policy-fs-1": {"FileSystemId": "fs-1", "Policy": text},
        "list-vaults": {"VaultList": [{"VaultName": "old", "VaultARN": arn.format("glacier", "vaults/old")}]},
        "get-vault-access-policy-old": {"policy": {"Policy": text}},
        "list-email-identities": {"EmailIdentities": [{"IdentityName": "a@example.com"}]},
        "get-email-identity-policies-a@example.com": {"Policies": {"p": text}},
        "list-registries": {
            "Registries": [
                {"RegistryName": name, "RegistryArn": arn.format("schemas", f"registry/{name}")}
                for name in ("orders", "plain")
            ]
        },
        "schemas-get-resource-policy-orders": {"Policy": text, "RevisionId": "1"},
        "../list-multi-region-access-points": {
            "AccessPoints": [{"Name": "mirror", "Alias": "m1.mrap", "PublicAccessBlock": ON, "Regions": []}]
        },
        "../get-multi-region-access-point-policy-mirror": {"Policy": {"Established": {"Policy": text}}},
    }
    folder.mkdir(parents=True)
    for name, response in files.items():
        (folder / f"{name}.json").write_text(json.dumps(response), encoding="utf-8")
    rows = query(imported(tmp_path), "select arn, policy_status from aws_resource_policy")
    assert dict(rows) == {
        arn.format("dynamodb", "table/orders"): "read", arn.format("dynamodb", "table/plain"): "none",
        arn.format("elasticfilesystem", "file-system/fs-1"): "read",
        arn.format("elasticfilesystem", "file-system/fs-2"): "default",
        arn.format("glacier", "vaults/old"): "read", arn.format("ses", "identity/a@example.com"): "read",
        f"arn:aws:s3::{ACCOUNT}:accesspoint/m1.mrap": "read",
        arn.format("schemas", "registry/orders"): "read", arn.format("schemas", "registry/plain"): "none",
    }  # fmt: skip

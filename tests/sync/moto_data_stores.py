"""Tables, file systems, vaults and identities of aws_resource_policy, created in moto."""

from __future__ import annotations

import json
from typing import Any

from tests.sync.moto_resources import ACCOUNT, OTHER_REGION, REGION, Clients, Created, Pairs, policy

DEFAULT_FILE_SYSTEM_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Default",
            "Effect": "Allow",
            "Principal": "*",
            "Action": [f"elasticfilesystem:Client{name}" for name in ("Mount", "RootAccess", "Write")],
            "Resource": "*",
            "Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        }
    ],
}


def create_all(client: Clients) -> Created:
    """Create the resources, and return the policy of each by type, name and region."""
    return dict(
        pair
        for make in (tables, file_systems, glacier_vaults, identities, multi_region_points)
        for pair in make(client)
    )


def tables(client: Clients) -> Pairs:
    """Create a table with a policy in another region, and tables without, which are more than a page."""
    for index in range(101):
        create_table(client("dynamodb"), f"plain-{index:03}")
        yield ("dynamodb_table", f"plain-{index:03}", REGION), None
    arn = create_table(client("dynamodb", OTHER_REGION), "shared")
    shared = policy("dynamodb:GetItem", arn)
    client("dynamodb", OTHER_REGION).put_resource_policy(ResourceArn=arn, Policy=json.dumps(shared))
    yield ("dynamodb_table", "shared", OTHER_REGION), shared


def create_table(service: Any, name: str) -> str:
    """Create a table, and return its ARN."""
    key = {"AttributeName": "id"}
    table = service.create_table(
        TableName=name, KeySchema=[key | {"KeyType": "HASH"}], AttributeDefinitions=[key | {"AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    return str(table["TableDescription"]["TableArn"])


def file_systems(client: Clients) -> Pairs:
    """Create a file system with a policy, and one without, which has the default policy of EFS."""
    efs = client("efs")
    shared = policy("elasticfilesystem:ClientMount")
    for token, document in (("shared", shared), ("plain", None)):
        identifier = efs.create_file_system(CreationToken=token)["FileSystemId"]
        if document:
            efs.put_file_system_policy(FileSystemId=identifier, Policy=json.dumps(document))
        yield ("efs_file_system", identifier, REGION), document or DEFAULT_FILE_SYSTEM_POLICY


def glacier_vaults(client: Clients) -> Pairs:
    """Create a vault. Moto has no SetVaultAccessPolicy."""
    client("glacier").create_vault(vaultName="archive")
    yield ("glacier_vault", "archive", REGION), None


def identities(client: Clients) -> Pairs:
    """Create an identity with two policies, which are one document, and one without."""
    ses = client("sesv2")
    first, second = policy("ses:SendEmail"), policy("ses:SendRawEmail")
    for name in ("example.com", "ana@example.org"):
        ses.create_email_identity(EmailIdentity=name)
    for name, document in (("b", second), ("a", first)):
        ses.create_email_identity_policy(EmailIdentity="example.com", PolicyName=name, Policy=json.dumps(document))
    yield ("ses_identity", "example.com", REGION), first | {"Statement": [*first["Statement"], *second["Statement"]]}
    yield ("ses_identity", "ana@example.org", REGION), None


def multi_region_points(client: Clients) -> Pairs:
    """Create a Multi-Region Access Point with a policy, and one without. Requests go to us-west-2."""
    control = client("s3control", "us-west-2")
    shared = policy("s3:GetObject", f"arn:aws:s3::{ACCOUNT}:accesspoint/*/object/*")
    for name in ("mirror", "spare"):
        details = {"Name": name, "Regions": [{"Bucket": "plain-data"}]}
        control.create_multi_region_access_point(AccountId=ACCOUNT, ClientToken=name, Details=details)
    control.put_multi_region_access_point_policy(
        AccountId=ACCOUNT, ClientToken="policy", Details={"Name": "mirror", "Policy": json.dumps(shared)}
    )
    yield ("s3_multi_region_access_point", "mirror", "global"), shared
    yield ("s3_multi_region_access_point", "spare", "global"), None

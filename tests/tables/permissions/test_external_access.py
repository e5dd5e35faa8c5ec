"""external_access: the rules of IAM Access Analyzer's external access findings, a small policy for each, and the controls over it.

The rules are from the pages "How IAM Access Analyzer findings work", "IAM Access Analyzer resource types for external access"
and "Findings for public and cross-account access" of the IAM User Guide, and "Blocking public access" of the S3 User Guide.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates, sample_resources
from tests.tables.permissions.policy_builders import (
    HOME,
    MEMBER,
    ORGANIZATION,
    OTHER,
    Document,
    account,
    control_policy,
    deny,
    role,
    trust,
    when,
)
from tests.tables.permissions.resource_estates import Item, bucket, resource
from tests.tables.permissions.sample_resources import OF_ORGANIZATION, STRANGER, UNREAD, but, document, grant, may, of

Rows = list[tuple[str, str, str]]  # principal, access, verdict
ROOT = f"arn:aws:iam::{STRANGER}:root"
SNS = {"Service": "sns.amazonaws.com"}
MOUNT = "elasticfilesystem:ClientMount"
MOUNT_TARGET = when("Bool", "elasticfilesystem:AccessedViaMountTarget", "true")
OUTSIDE: Rows = [(ROOT, "external account", "allowed")]
PUBLIC: Rows = [("*", "public", "allowed")]


def public(*conditions: Document, effect: str = "Allow") -> Document:
    """Return a statement for everyone, under conditions."""
    joined: Document = {}
    for condition in conditions:
        for operator, keys in condition["Condition"].items():
            joined.setdefault(operator, {}).update(keys)
    return may("*", "s3:GetObject", effect, **({"Condition": joined} if joined else {}))


def equals(key: str, *values: str) -> Document:
    """Return a condition that a key is one of the values."""
    return when("StringEquals", key, *values)


OTHER_ORGANIZATION = equals("aws:PrincipalOrgID", "o-partner1234")
NOT_OURS = when("StringNotEquals", "aws:PrincipalOrgID", ORGANIZATION["id"])
# For each bucket policy the rows.
POLICIES: dict[str, tuple[list[Document], Rows]] = {
    "account-outside": ([may("stranger:root", "s3:GetObject")], OUTSIDE),
    "account-number": ([may({"AWS": UNREAD}, "s3:GetObject")], [(UNREAD, "external account", "allowed")]),
    "member-of-the-organization": ([may("other:root", "s3:GetObject")], []),
    "own-account": ([may("member:root", "s3:*")], []),
    "user-outside": ([may("stranger:user/sam")], [(of("stranger:user/sam"), "external account", "allowed")]),
    "two-accounts": (
        [may(["stranger:root", "unread:root", "other:root"])], [*OUTSIDE, (of("unread:root"), "external account", "allowed")],
    ),
    "everyone": ([public()], PUBLIC),
    "everyone-as-list": ([may({"AWS": ["*"]}, "s3:GetObject")], PUBLIC),
    "everyone-but": ([but(["member:user/ana"], "Allow")], [(f"everyone but {of('member:user/ana')}", "public", "allowed")]),
    "organization": ([public(OF_ORGANIZATION)], []),
    "organization-path": ([public(when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{ORGANIZATION['id']}/r-acme/*"))], []),
    "other-organization": ([public(OTHER_ORGANIZATION)], [("o-partner1234", "other organization", "allowed")]),
    "if-exists": (
        [public(when("StringEqualsIfExists", "aws:PrincipalOrgID", ORGANIZATION["id"]))], [("*", "public", "conditional")],
    ),
    "not-organization": ([public(NOT_OURS)], [("*", "public", "conditional")]),
    "principal-account": ([public(equals("aws:PrincipalAccount", OTHER))], []),
    "principal-account-outside": (
        [public(equals("aws:PrincipalAccount", STRANGER, OTHER))], [(STRANGER, "external account", "allowed")],
    ),
    "principal-arn": ([public(when("ArnLike", "aws:PrincipalArn", of("other:role/*")))], []),
    "principal-arn-outside": (
        [public(when("ArnLike", "aws:PrincipalArn", of("stranger:role/*")))], [(STRANGER, "external account", "allowed")],
    ),
    "principal-arn-of-any-account": (
        [public(when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"))], [("*", "public", "conditional")],
    ),
    "source-account": ([public(equals("aws:SourceAccount", MEMBER))], []),
    "source-arn": ([public(when("ArnLike", "aws:SourceArn", f"arn:aws:sns:us-east-1:{OTHER}:t"))], []),
    "source-ip": ([public(when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))], [("*", "public", "conditional")]),
    "source-vpc": ([public(equals("aws:SourceVpc", "vpc-1"))], [("*", "public", "conditional")]),
    "same-account": ([public(equals("aws:PrincipalAccount", "${aws:ResourceAccount}"))], []),
    "denied-outside": ([public(), public(NOT_OURS, effect="Deny")], []),
    "denied-all": ([public(), public(effect="Deny")], []),
    "denied-other-action": ([public(), may("*", "s3:PutObject", "Deny")], PUBLIC),
    "denied-without-tls": (
        [public(), may("*", "s3:*", "Deny", **when("Bool", "aws:SecureTransport", "false"))], [("*", "public", "conditional")],
    ),
    "service": ([may(SNS, "s3:PutObject")], [("sns.amazonaws.com", "service", "allowed")]),
    "service-of-organization": ([may(SNS, "s3:PutObject", **equals("aws:SourceOrgID", ORGANIZATION["id"]))], []),
    "service-of-account": ([may(SNS, "s3:PutObject", **equals("aws:SourceAccount", MEMBER))], []),
    "service-of-other-account": (
        [may(SNS, "s3:PutObject", **equals("aws:SourceAccount", STRANGER))], [(STRANGER, "service", "allowed")],
    ),
    "deleted": ([may({"AWS": "AIDAQQQQQQQQQQQQQQQQQ"})], []),
}  # fmt: skip


def cases() -> list[Item]:
    """Return the other resources: access blocks, keys with grants, and what was not read."""
    everyone, outside = document(public()), document(may("stranger:root", "s3:GetObject"))
    key = resource(f"arn:aws:kms:us-east-1:{MEMBER}:key/1", "kms_key", MEMBER, document(may("member:root")))
    granted = {"grants": [grant("stranger:user/sam", "Decrypt"), grant("member:role/x", "Decrypt")]}
    point, internet = f"arn:aws:s3:us-east-1:{MEMBER}:accesspoint/", {"restrict_public_buckets": False}
    network = {"restrict_public_buckets": None, "vpc_id": "vpc-1"}
    registry = f"arn:aws:ecr:us-east-1:{MEMBER}:repository/*"
    return [
        resource(f"{point}internet", "s3_access_point", MEMBER, everyone, **internet),
        resource(f"{point}restricted", "s3_access_point", MEMBER, everyone, restrict_public_buckets=True),
        resource(f"{point}unread", "s3_access_point", MEMBER, everyone, restrict_public_buckets=None),
        resource(f"{point}vpc", "s3_access_point", MEMBER, everyone, **network),
        resource(f"{point}vpc-outside", "s3_access_point", MEMBER, outside, **network),
        resource(f"{point}vpc-inside", "s3_access_point", MEMBER, document(public(OF_ORGANIZATION)), **network),
        resource(f"{EVERYWHERE}/open.mrap", "s3_multi_region_access_point", MEMBER, everyone, **internet),
        resource(f"{EVERYWHERE}/shut.mrap", "s3_multi_region_access_point", MEMBER, everyone, restrict_public_buckets=True),
        resource(f"{EVERYWHERE}/none.mrap", "s3_multi_region_access_point", MEMBER, everyone, restrict_public_buckets=None),
        resource(f"{EVERYWHERE}/out.mrap", "s3_multi_region_access_point", MEMBER, outside, restrict_public_buckets=True),
        resource(registry, "ecr_registry", MEMBER, document(may("stranger:root", "ecr:ReplicateImage"))),
        bucket("restricted", MEMBER, everyone, restrict_public_buckets=True), bucket("controlled", OTHER, outside),
        bucket("restricted-for-outside", MEMBER, outside, restrict_public_buckets=True),
        bucket("restriction-unread", MEMBER, everyone, restrict_public_buckets=None),
        bucket("acl", MEMBER, None, object_ownership="ObjectWriter"), bucket("unread", MEMBER, policy_status="unread"),
        key | granted, key | {"arn": f"{key['arn']}2", "grants": None},
        resource(f"arn:aws:sqs:us-east-1:{MEMBER}:q", "sqs_queue", MEMBER, document(may("*", "sqs:SendMessage"))),
        resource(f"arn:aws:sqs:us-east-1:{MEMBER}:own", "sqs_queue", MEMBER, document(may("member:root"))),
        *(
            resource(f"{FILES}/{name}", "efs_file_system", MEMBER, document(may("*", MOUNT, **conditions)), policy_status=status)
            for name, conditions, status in (
                ("fs-default", MOUNT_TARGET, "default"), ("fs-open", {}, "read"),
                ("fs-any", when("Bool", "elasticfilesystem:AccessedViaMountTarget", "false"), "read"),
                ("fs-if", when("BoolIfExists", "elasticfilesystem:AccessedViaMountTarget", "true"), "read"),
                ("fs-organization", OF_ORGANIZATION, "read"),
            )
        ),
        resource(f"arn:aws:dynamodb:us-east-1:{MEMBER}:table/t", "dynamodb_table", MEMBER, document(may("stranger:root"))),
    ]  # fmt: skip


FILES = f"arn:aws:elasticfilesystem:us-east-1:{MEMBER}:file-system"
EVERYWHERE = f"arn:aws:s3::{MEMBER}:accesspoint"
POINT = f"arn:aws:s3:us-east-1:{MEMBER}:accesspoint"
CASES: dict[str, list[tuple[Any, ...]]] = {
    f"{POINT}/internet": [("*", "public", "allowed", "1", "read")],
    f"{POINT}/restricted": [],
    f"{POINT}/unread": [("*", "public", "unknown", "1", "not read: block public access")],
    f"{POINT}/vpc": [("*", "external account", "conditional", "1", "read")],
    f"{POINT}/vpc-outside": [(ROOT, "external account", "conditional", "1", "read")],
    f"{POINT}/vpc-inside": [],
    f"{EVERYWHERE}/open.mrap": [("*", "public", "allowed", "1", "read")],
    f"{EVERYWHERE}/shut.mrap": [],
    f"{EVERYWHERE}/none.mrap": [("*", "public", "unknown", "1", "not read: block public access")],
    f"{EVERYWHERE}/out.mrap": [(*OUTSIDE[0], "1", "read")],
    f"{FILES}/fs-default": [("*", "external account", "conditional", "1", "read")],
    f"{FILES}/fs-open": [("*", "public", "allowed", "1", "read")],
    f"{FILES}/fs-any": [("*", "public", "conditional", "1", "read")],
    f"{FILES}/fs-if": [("*", "public", "conditional", "1", "read")],
    f"{FILES}/fs-organization": [],
    f"arn:aws:dynamodb:us-east-1:{MEMBER}:table/t": [(ROOT, "external account", "allowed", "1", "read")],
    f"arn:aws:ecr:us-east-1:{MEMBER}:repository/*": [(ROOT, "external account", "allowed", "1", "read")],
    "arn:aws:s3:::restricted": [],
    "arn:aws:s3:::controlled": [(ROOT, "external account", "conditional", "1", "read")],
    "arn:aws:s3:::restricted-for-outside": [(*OUTSIDE[0], "1", "read")],
    "arn:aws:s3:::restriction-unread": [("*", "public", "unknown", "1", "not read: block public access")],
    "arn:aws:s3:::acl": [(None, None, "unknown", None, "not read: the access control lists")],
    "arn:aws:s3:::unread": [(None, None, "unknown", None, "not read: the policy")],
    f"arn:aws:kms:us-east-1:{MEMBER}:key/1": [
        (of("stranger:user/sam"), "external account", "allowed", "grant 0123", "read")
    ],
    f"arn:aws:kms:us-east-1:{MEMBER}:key/12": [(None, None, "unknown", None, "not read: the grants")],
    f"arn:aws:iam::{MEMBER}:role/vendor": [(ROOT, "external account", "conditional", "1", "read")],
    f"arn:aws:iam::{MEMBER}:role/inside": [],
    f"arn:aws:iam::{MEMBER}:role/function": [],
    f"arn:aws:iam::{MEMBER}:role/login": [
        (f"arn:aws:iam::{MEMBER}:saml-provider/Idp", "federated", "allowed", "1", "read")
    ],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    saml = trust({"Federated": f"arn:aws:iam::{MEMBER}:saml-provider/Idp"}) | {"Action": "sts:AssumeRoleWithSAML"}
    roles = [
        role(MEMBER, "vendor", trust({"AWS": ROOT}, **equals("sts:ExternalId", "7"))), role(MEMBER, "login", saml),
        role(MEMBER, "inside", trust({"AWS": of("other:root")})),
        role(MEMBER, "function", trust({"Service": "lambda.amazonaws.com"})),
    ]  # fmt: skip
    accounts = {HOME: account(), MEMBER: account(RoleDetailList=roles), OTHER: account()}
    controls = [control_policy("p-perimeter", [deny("s3:*") | {"Principal": "*"} | NOT_OURS], OTHER)]
    organization = sample_resources.organization() | {"accounts": accounts, "rcps": controls}
    buckets = [bucket(name, MEMBER, document(*statements)) for name, (statements, _) in POLICIES.items()]
    return resource_estates.run_with_resources(organization, [*buckets, *cases()], tmp_path_factory.mktemp("external"))


def test_rows_of_bucket_policies(run: Path) -> None:
    with reading(run) as con:
        access_rows = con.execute(
            "select resource, principal, access, verdict from external_access() where status = 'read'"
        ).fetchall()
    for name, (_, expected) in POLICIES.items():
        rows = sorted(row[1:] for row in access_rows if row[0] == f"arn:aws:s3:::{name}")
        assert rows == sorted(expected), name


def test_rows_of_other_resources(run: Path) -> None:
    with reading(run) as con:
        rows = con.execute(
            "select resource, principal, access, verdict, statement, status from external_access()"
        ).fetchall()
    for arn, expected in CASES.items():
        assert [row[1:] for row in rows if row[0] == arn] == expected, arn


def test_the_vpc_of_an_access_point_is_a_condition(run: Path) -> None:
    with reading(run) as con:
        sql = "select resource, conditions from external_access() where resource like '%:accesspoint/vpc%' order by all"
        rows = con.execute(sql).fetchall()
    assert rows == [(f"{POINT}/{name}", "stringequals aws:sourcevpc = vpc-1") for name in ("vpc", "vpc-outside")]


@pytest.mark.parametrize(
    ("control", "resource_name", "status", "reason"),
    [
        ("bucket_not_public()", "everyone", "alarm", "The policy allows access to everyone."),
        ("bucket_not_public()", "source-ip", "alarm", "The policy allows access to everyone (under conditions)."),
        ("bucket_not_public()", "organization", "ok", "The bucket policy does not allow everyone."),
        ("bucket_not_public()", "account-outside", "ok", "The bucket policy does not allow everyone."),
        ("bucket_not_public()", "restricted", "ok", "The bucket policy does not allow everyone."),
        ("bucket_not_public()", "restriction-unread", "error", "Unknown: not read: block public access."),
        ("bucket_not_public()", "unread", "error", "Unknown: not read: the policy."),
        ("bucket_not_shared()", "account-outside", "alarm", f"The policy allows access to {ROOT}."),
        (
            f"bucket_not_shared(trusted := '{STRANGER}')", "account-outside", "ok",
            "The bucket policy allows nobody outside the organization.",
        ),
        ("bucket_not_shared()", "other-organization", "alarm", "The policy allows access to o-partner1234 (under conditions)."),
        ("queue_not_shared()", "q", "alarm", "The policy allows access to everyone."),
        ("queue_not_shared()", "own", "ok", "The policy of the queue allows nobody outside the organization."),
        ("kms_key_not_shared()", "1", "alarm", f"The policy allows access to {of('stranger:user/sam')}."),
        ("kms_key_not_shared()", "12", "error", "Unknown: not read: the grants."),
    ],
)  # fmt: skip
def test_controls(run: Path, control: str, resource_name: str, status: str, reason: str) -> None:
    with reading(run) as con:
        rows = con.execute(f"select resource, status, reason from {control}").fetchall()
    of_resource = [row[1:] for row in rows if row[0].replace("/", ":").rpartition(":")[2] == resource_name]
    assert of_resource == [(status, reason)]

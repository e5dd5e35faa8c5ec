"""An organization with resources of each type, and an account outside of it, for the questions in resource_questions.csv."""

from __future__ import annotations

import json
from typing import Any

from tests.tables.permissions.policy_builders import (
    HOME,
    MEMBER,
    ORGANIZATION,
    OTHER,
    Document,
    account,
    allow,
    control_policy,
    deny,
    policy,
    role,
    trust,
    user,
    when,
)
from tests.tables.permissions.resource_estates import Item, bucket, resource

STRANGER, UNREAD = "444455556666", "999988887777"  # outside the organization; the second is not read
ACCOUNTS = {"home": HOME, "member": MEMBER, "other": OTHER, "stranger": STRANGER, "unread": UNREAD}
UNITS = ("ou-acme-00000001", "ou-acme-00000002")
ORGANIZATION_ID = ORGANIZATION["id"]
LAMBDA = trust({"Service": "lambda.amazonaws.com"})
EVERYTHING, NOTHING = [allow()], [allow("ec2:DescribeInstances")]
OF_ORGANIZATION = when("StringEquals", "aws:PrincipalOrgID", ORGANIZATION_ID)
KEY = "arn:aws:kms:us-east-1:{}:key/{}"
CLIENT_ACTIONS = [f"elasticfilesystem:Client{name}" for name in ("Mount", "RootAccess", "Write")]
RESERVED = "/aws-reserved/sso.amazonaws.com/us-east-1/"


def of(name: str) -> str:
    """Return the ARN for a short name, such as member:user/ana or member:session/app/one; * and services stay as they are."""
    if ":" not in name:
        return name
    short, _, path = name.partition(":")
    if path.startswith("session/"):
        return f"arn:aws:sts::{ACCOUNTS[short]}:assumed-role/{path.removeprefix('session/')}"
    return f"arn:aws:iam::{ACCOUNTS[short]}:{path}"


def may(principal: Any, action: Any = "*", effect: str = "Allow", **more: Any) -> Document:
    """Return a statement of a resource's policy. `principal` is a short name, a list of them, or a Principal element."""
    if isinstance(principal, str) and principal != "*":
        principal = {"AWS": of(principal)}
    if isinstance(principal, list):
        principal = {"AWS": [of(name) for name in principal]}
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"} | more


def but(principals: list[str], effect: str, action: Any = "*") -> Document:
    """Return a statement with NotPrincipal."""
    names = {"AWS": [of(name) for name in principals]}
    return {"Effect": effect, "NotPrincipal": names, "Action": action, "Resource": "*"}


def document(*statements: Document) -> Document:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def bounded(name: str) -> Document:
    """Return the permissions boundary of a user or role."""
    arn = of(f"member:policy/{name}")
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}


def organization() -> Document:
    """Return the organization, with the accounts that are not in it."""
    full = control_policy("p-FullAWSAccess", [allow()], "r-acme", *UNITS, HOME, MEMBER, OTHER)
    by_project = allow(
        "sts:AssumeRole", **when("StringEquals", "aws:ResourceTag/project", "${aws:PrincipalTag/project}")
    )
    members = [
        user("ana", NOTHING), user("bob", EVERYTHING), user("capped", NOTHING, **bounded("cap")), user("dan", [deny()]),
        user("tess", [by_project], Tags=[{"Key": "project", "Value": "web"}]),
        user("capped-wide", EVERYTHING, **bounded("cap")),
    ]  # fmt: skip
    roles = [
        role(MEMBER, "app", LAMBDA, EVERYTHING), role(MEMBER, "plain", LAMBDA, NOTHING),
        role(MEMBER, "capped-role", LAMBDA, NOTHING) | bounded("cap"),
        role(MEMBER, "linked", LAMBDA, EVERYTHING, "/aws-service-role/x.amazonaws.com/"),
    ]  # fmt: skip
    roles += roles_to_assume()
    others = [role(OTHER, "ops", LAMBDA, EVERYTHING), role(OTHER, "plain", LAMBDA, NOTHING)]
    only_organization = deny("s3:*") | {
        "Principal": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION_ID},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    return {
        "organization": ORGANIZATION,
        "scps": [full, control_policy("p-noqueue", [deny("sqs:DeleteQueue")], OTHER)],
        "rcps": [
            control_policy("p-RCPFullAWSAccess", [allow() | {"Principal": "*"}], "r-acme", *UNITS, HOME, MEMBER, OTHER),
            control_policy("p-perimeter", [only_organization], OTHER, HOME),
            control_policy("p-nosecrets", [deny("secretsmanager:DeleteSecret") | {"Principal": "*"}], MEMBER),
            control_policy("p-nokeys", [deny("kms:*") | {"Principal": "*"}], OTHER),
        ],
        "accounts": {
            HOME: account(UserDetailList=[user("mia", EVERYTHING, HOME)]),
            MEMBER: account(UserDetailList=members, RoleDetailList=roles, Policies=[policy("cap", NOTHING)]),
            OTHER: account(UserDetailList=[user("olga", EVERYTHING, OTHER)], RoleDetailList=others),
            STRANGER: account(UserDetailList=[user("sam", EVERYTHING, STRANGER), user("sue", NOTHING, STRANGER)]),
        },
    }


def roles_to_assume() -> list[Document]:
    """Return roles with trust policies of each kind."""
    provider = {"Federated": of("member:oidc-provider/token.example.com")}
    subject = when("StringEquals", "token.example.com:sub", "repo:acme/app")
    token, assertion = {"Action": "sts:AssumeRoleWithWebIdentity"}, {"Action": "sts:AssumeRoleWithSAML"}
    trusts: dict[str, Any] = {
        "direct": trust({"AWS": of("member:user/ana")}), "anyone": trust("*"), "account": trust({"AWS": of("member:root")}),
        "partner": trust({"AWS": of("stranger:root")}), "ci": trust(provider, **token, **subject),
        "saml": trust({"Federated": of("member:saml-provider/acme")}, **assertion),
        "guest": trust({"Federated": "cognito-identity.amazonaws.com"}, **token),
        "gov-guest": trust({"Federated": "cognito-identity-us-gov.amazonaws.com"}, **token),
        "login": trust({"Federated": "login.example.com"}, **token),
        "tagged": trust({"AWS": of("member:root")}), "untagged": trust({"AWS": of("member:root")}),
    }  # fmt: skip
    tags = {"Tags": [{"Key": "project", "Value": "web"}]}
    roles = [role(MEMBER, name, content) | (tags if name == "tagged" else {}) for name, content in trusts.items()]
    reserved = role(MEMBER, "AWSReservedSSO_Dev_0123456789abcdef", trusts["saml"], NOTHING, RESERVED)
    return [*roles, reserved]


def grant(principal: str, *operations: str, **constraints: Any) -> Item:
    """Return a grant of a KMS key."""
    item = {"GrantId": "0123", "GranteePrincipal": of(principal), "Operations": list(operations)}
    return item | ({"Constraints": constraints} if constraints else {})


def buckets() -> list[Item]:
    """Return the buckets."""
    get, everyone = "s3:GetObject", document(may("*", "s3:GetObject"))
    by_address = document(may("*", get, **when("IpAddress", "aws:SourceIp", "203.0.113.0/24")))
    half = document(may("*", get, **when("IpAddress", "aws:SourceIp", "0.0.0.0/1")))
    logs = may(
        {"Service": "logging.s3.amazonaws.com"}, "s3:PutObject", **when("StringEquals", "aws:SourceAccount", MEMBER)
    )
    policies: dict[str, tuple[Document | None, Document]] = {
        "none": (None, {}), "ana": (document(may("member:user/ana", get)), {}), "account": (document(may("member:root", get)), {}),
        "cross": (document(may("other:root", get)), {}), "cross-user": (document(may("other:user/olga", "s3:PutObject")), {}),
        "number": (document(may({"AWS": OTHER}, get)), {}), "public": (everyone, {}),
        "restricted": (everyone, {"restrict_public_buckets": True}), "unknown": (everyone, {"restrict_public_buckets": None}),
        "organization": (document(may("*", get, **OF_ORGANIZATION)), {"restrict_public_buckets": True}),
        "denied": (document(may("member:root", get), may("member:user/bob", get, "Deny")), {}),
        "spared": (document(but(["member:user/bob", "member:root"], "Deny")), {}),
        "half-spared": (document(but(["member:user/bob"], "Deny")), {}),
        "spared-session": (document(but(["member:root", "member:role/app", "member:session/app/one"], "Deny")), {}),
        "all-but": (document(but(["member:user/ana"], "Allow", get)), {}),
        "address": (by_address, {"restrict_public_buckets": True}), "half": (half, {"restrict_public_buckets": True}),
        "acl": (None, {"object_ownership": "ObjectWriter"}),
        "acl-ignored": (None, {"object_ownership": "BucketOwnerPreferred", "ignore_public_acls": True}),
        "unread": (None, {"policy_status": "unread"}),
        "tls": (document(may("*", "s3:*", "Deny", **when("Bool", "aws:SecureTransport", "false"))), {}),
        "by-arn": (document(may("*", get, **when("ArnEquals", "aws:PrincipalArn", of("member:role/capped-role")))), {}),
        "session": (document(may("member:session/plain/one", get)), {}), "role": (document(may("member:role/plain", get)), {}),
        "capped": (document(may(["member:user/capped", "member:role/capped-role"], get)), {}), "logs": (document(logs), {}),
        "everyone-capped": (everyone, {}), "deny-account": (document(may("member:root", get, "Deny")), {}),
        "shared": (document(may("other:root", "s3:*")), {}), "closed": (document(may("*", "s3:*", "Deny")), {}),
        "stranger-restricted": (document(may("stranger:root", get)), {"restrict_public_buckets": True}),
    }  # fmt: skip
    rows = [bucket(f"acme-{name}", MEMBER, content, **more) for name, (content, more) in policies.items()]
    return [
        *rows, bucket("acme-of-home", HOME, document(may("stranger:root", get))),
        bucket("acme-of-other", OTHER, document(may(["stranger:root", "member:root"], get), logs)),
        bucket("acme-of-stranger", STRANGER, document(may("member:root", get))),
    ]  # fmt: skip


def keys() -> list[Item]:
    """Return the KMS keys."""
    root, app = may("member:root", "kms:*"), may("member:role/app", "kms:*")
    via = may("member:root", "kms:*", **when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"))
    caller = may("*", "kms:*", **when("StringEquals", "kms:CallerAccount", MEMBER))
    policies: dict[str, tuple[Document, Any]] = {
        "default": (root, []), "app": (app, []), "cross": (may(["member:root", "other:root"], "kms:Decrypt"), []),
        "shared": (may(["member:root", "other:root"], "kms:*"), []), "via": (via, []), "caller": (caller, []),
        "unread-grants": (app, None),
        "granted": (app, [grant("member:role/plain", "Decrypt"), grant("stranger:user/sam", "Encrypt")]),
        "context": (app, [grant("member:role/plain", "Decrypt", EncryptionContextSubset={"team": "web"})]),
    }  # fmt: skip
    theirs, managed = (
        may("other:root", "kms:*"),
        may("*", "kms:Decrypt", **when("StringEquals", "kms:CallerAccount", OTHER)),
    )
    return [
        *(
            resource(KEY.format(MEMBER, name), "kms_key", MEMBER, document(statement), grants=grants)
            for name, (statement, grants) in policies.items()
        ),
        resource(KEY.format(OTHER, "customer"), "kms_key", OTHER, document(theirs)),
        resource(KEY.format(OTHER, "managed"), "kms_key", OTHER, document(managed), key_manager="AWS"),
        resource(KEY.format(OTHER, "unknown"), "kms_key", OTHER, document(managed)),
    ]


def others() -> list[Item]:
    """Return resources of other types, and two VPC endpoints."""
    head = "arn:aws:{}:us-east-1:" + MEMBER + ":{}"
    sns, queue = {"Service": "sns.amazonaws.com"}, "sqs:SendMessage"
    topic = head.format("sns", "news")
    cases: list[tuple[str, str, str, Document | None]] = [
        ("sqs", "from-topic", "sqs_queue", may(sns, queue, **when("ArnEquals", "aws:SourceArn", topic))),
        ("sqs", "from-any-topic", "sqs_queue", may(sns, queue)),
        ("sqs", "from-account", "sqs_queue", may(sns, queue, **when("StringEquals", "aws:SourceAccount", MEMBER))),
        ("sqs", "from-organization", "sqs_queue", may(sns, queue, **when("StringEquals", "aws:SourceOrgID", ORGANIZATION_ID))),
        ("sqs", "shared", "sqs_queue", may(["other:root", "member:root"], "sqs:*")),
        ("sqs", "foreign", "sqs_queue", may("*", queue, **when("StringEquals", "aws:PrincipalOrgID", "o-elsewhere00"))),
        ("sns", "news", "sns_topic", may("*", "sns:Subscribe", **OF_ORGANIZATION)),
        ("sns", "default", "sns_topic", may("*", "sns:Publish", **when("StringEquals", "AWS:SourceOwner", MEMBER))),
        ("lambda", "function:api", "lambda_function", may({"Service": "apigateway.amazonaws.com"}, "lambda:InvokeFunction")),
        ("lambda", "function:none", "lambda_function", None),
        ("lambda", "layer:tools:1", "lambda_layer_version", may("*", "lambda:GetLayerVersion")),
        ("secretsmanager", "secret:db-AbCdEf", "secret", may("other:role/ops", "secretsmanager:*")),
        ("ecr", "repository/app", "ecr_repository", may("other:root", "ecr:BatchGetImage")),
        ("events", "event-bus/main", "event_bus", may("stranger:root", "events:PutEvents")),
        ("backup", "backup-vault:main", "backup_vault", may("*", "backup:CopyIntoBackupVault", **OF_ORGANIZATION)),
        ("logs", "log-group:app", "log_group", may({"Service": "es.amazonaws.com"}, "logs:PutLogEvents")),
        ("glue", "catalog", "glue_catalog", may("other:root", "glue:GetTable")),
        ("es", "domain/search", "opensearch_domain", may("*", "es:ESHttpGet", **when("IpAddress", "aws:SourceIp", "203.0.113.9"))),
        ("s3", "accesspoint/data", "s3_access_point", may("other:root", "s3:GetObject")),
        ("dynamodb", "table/orders", "dynamodb_table", may("other:role/ops", ["dynamodb:GetItem", "dynamodb:Query"])),
        ("elasticfilesystem", "file-system/fs-2", "efs_file_system", may("member:role/app", "elasticfilesystem:ClientMount")),
        ("glacier", "vaults/archive", "glacier_vault", may("stranger:root", "glacier:GetJobOutput")),
        ("ses", "identity/example.com", "ses_identity", may("other:root", "ses:SendEmail")),
        ("schemas", "registry/orders", "schema_registry", may("other:root", "schemas:DescribeSchema")),
    ]  # fmt: skip
    rows = [
        resource(head.format(service, name), kind, MEMBER, document(statement) if statement else None)
        for service, name, kind, statement in cases
    ]
    mounted = may("*", CLIENT_ACTIONS, **when("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"))
    everywhere = f"arn:aws:s3::{MEMBER}:accesspoint/m1a2b3.mrap"
    secrets, queues = document(may("*", "secretsmanager:GetSecretValue", **OF_ORGANIZATION)), document(may("*"))
    return [
        *rows,
        resource(everywhere, "s3_multi_region_access_point", MEMBER, document(may("other:root", "s3:GetObject"))),
        resource(
            head.format("elasticfilesystem", "file-system/fs-1"), "efs_file_system", MEMBER, document(mounted),
            policy_status="default",
        ),
        resource(head.format("ec2", "vpc-endpoint/vpce-1"), "vpc_endpoint", MEMBER, secrets),
        resource(head.format("ec2", "vpc-endpoint/vpce-2"), "vpc_endpoint", MEMBER, queues),
    ]  # fmt: skip


def resources() -> list[Item]:
    """Return all resources, as rows of aws_resource_policy."""
    return [*buckets(), *keys(), *others()]


def question_of(row: dict[str, str]) -> Item:
    """Return a row of resource_questions.csv as a question, with ARNs in place of short names."""
    action, name = row["action"], row["resource"]
    service = action.partition(":")[0]
    places = {"s3": f"arn:aws:s3:::acme-{name}", "kms": KEY.format(MEMBER, name)}
    usual_arn = places.get(service, f"arn:aws:{service}:us-east-1:{MEMBER}:{name}")
    arn = f"arn:aws:s3:us-east-1:{MEMBER}:{name}" if name.startswith("accesspoint/") else usual_arn
    more: Item = json.loads(row["more"] or "{}")
    return {
        "principal": of(row["principal"]),
        "action": action,
        "resource": name if name == "*" or name.startswith("arn:") else arn,
    } | more

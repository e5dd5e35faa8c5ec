"""The policy documents of the made-up organization; ACCOUNT stands for the account's own id."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]
MANAGEMENT, LOG_ARCHIVE, TOOLS, NETWORK = "111122223333", "222233334444", "333344445555", "012345678901"
VENDOR, ADVISER = "998877665544", "887766554433"


def allow(*actions: str, on: str | list[str] = "*", effect: str = "Allow", when: Document | None = None) -> Document:
    """Write a policy of one statement."""
    statement: Document = {
        "Effect": effect,
        "Action": list(actions) if len(actions) > 1 else actions[0],
        "Resource": on,
    }
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": when} if when else {})]}


def trust(who: Document | str, *, when: Document | None = None, action: str = "sts:AssumeRole") -> Document:
    """Write a trust policy."""
    statement: Document = {"Effect": "Allow", "Principal": who, "Action": action}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": when} if when else {})]}


def service(name: str) -> Document:
    """Trust an AWS service."""
    return trust({"Service": f"{name}.amazonaws.com"})


ADMIN = allow("*")
READ_BUCKETS = allow("s3:GetObject", "s3:ListBucket", on=["arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/*"])
WRITE_BUCKETS = allow("s3:*", on="arn:aws:s3:::acme-data/*")
DECRYPT = allow("kms:Decrypt", "kms:ReEncryptFrom")
PASS_ANY = allow("iam:PassRole", "ec2:RunInstances", "lambda:CreateFunction")
BUILDS = allow("codebuild:CreateProject", "codebuild:StartBuild")
HELP_DESK = allow("iam:CreateLoginProfile", "iam:UpdateLoginProfile", on="arn:aws:iam::ACCOUNT:user/ci/*")
STOP_TRAIL = allow("cloudtrail:StopLogging", "cloudtrail:DeleteTrail")
OWN_KEYS = allow("iam:*AccessKey*", on="arn:aws:iam::ACCOUNT:user/${aws:username}")
LIMIT = allow("s3:*", "dynamodb:*", "logs:*")
FROM_MANAGEMENT = trust({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"})
FROM_VENDOR = trust({"AWS": f"arn:aws:iam::{VENDOR}:root"}, when={"StringEquals": {"sts:ExternalId": "acme-7f3a"}})
FROM_ANYONE = trust({"AWS": "*"}, when={"StringEquals": {"aws:PrincipalOrgID": "o-demo123456"}})
FROM_GITHUB = trust(
    {"Federated": "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com"},
    action="sts:AssumeRoleWithWebIdentity",
    when={"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}},
)
FROM_EVERYONE = trust({"AWS": "*"})
FROM_ADVISER = trust({"AWS": f"arn:aws:iam::{ADVISER}:root"})
FROM_THE_GONE = trust({"AWS": ["AIDAQ3EGSXM2MEXAMPLE7", f"arn:aws:iam::{MANAGEMENT}:role/operations"]})
FROM_OKTA = trust(
    {"Federated": "arn:aws:iam::ACCOUNT:saml-provider/okta"},
    action="sts:AssumeRoleWithSAML",
    when={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
)
FROM_ADFS = trust({"Federated": "arn:aws:iam::ACCOUNT:saml-provider/adfs.old"}, action="sts:AssumeRoleWithSAML")
AUDIENCE = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
FROM_ONE_BRANCH = trust(
    {"Federated": "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com"},
    action="sts:AssumeRoleWithWebIdentity",
    when={"StringEquals": AUDIENCE | {"token.actions.githubusercontent.com:sub": "repo:acme/web:ref:refs/heads/main"}},
)
FROM_ALL_OF_GITHUB = trust(
    {"Federated": "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com"},
    action="sts:AssumeRoleWithWebIdentity",
    when={"StringEquals": AUDIENCE},
)
FOR_THIS_ACCOUNT = trust(
    {"Service": "cloudtrail.amazonaws.com"}, when={"StringEquals": {"aws:SourceAccount": "ACCOUNT"}}
)
ALL_BUT_IAM: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Most", "Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}],
}
ALL_BUT_LEDGER: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::acme-ledger/*"}],
}
TRAIL_KEEPER = allow("cloudtrail:*")
ANY_ROLE = allow("sts:AssumeRole", on="arn:aws:iam::*:role/*", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
NOTHING: Document = {"Version": "2012-10-17", "Statement": []}
RECORD = allow("config:Put*", "s3:PutObject", on=["arn:aws:s3:::acme-config/*", "arn:aws:config:*:ACCOUNT:*"])

"""AWS's own policies that are in use in an account: shorter than AWS's, and judged as AWS's are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from iamsql.demo import iam
from iamsql.demo.errors import AwsError
from iamsql.demo.papers import ADMIN, Document, allow
from iamsql.demo.people import Policy, Site

ORGANIZATION = ("organizations:Describe*", "organizations:List*")
LOOK_AT_IAM = ("iam:Generate*Report", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*")
LISTS = (
    "cloudtrail:Describe*",
    "cloudtrail:List*",
    "ec2:Describe*",
    "lambda:List*",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
)
# All but IAM, Organizations and the account itself, of which it may do little.
POWER: Document = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": [
                "account:GetAccountInformation",
                "account:ListRegions",
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeOrganization",
            ],
            "Resource": "*",
        },
    ],
}
DOCUMENTS: dict[str, Document] = {
    "AdministratorAccess": ADMIN,
    "AWSCloudShellFullAccess": allow("cloudshell:*"),
    "AWSOrganizationsReadOnlyAccess": allow("account:GetAccountInformation", *ORGANIZATION),
    "AWSSupportAccess": allow("support:*"),
    "AWSSupportServiceRolePolicy": allow("ec2:Describe*", "iam:GetRole", "iam:ListRoles", "s3:GetBucketLocation"),
    "IAMFullAccess": allow("iam:*", *ORGANIZATION),
    "PowerUserAccess": POWER,
    "ReadOnlyAccess": allow(
        *LISTS, *LOOK_AT_IAM, "cloudtrail:Get*", "cloudtrail:LookupEvents", "lambda:Get*", "s3:Get*"
    ),
    "SecurityAudit": allow(*LISTS, *LOOK_AT_IAM, "iam:Simulate*Policy", "lambda:GetPolicy", "s3:GetBucket*"),
    "ViewOnlyAccess": allow(*LISTS, "iam:Get*Report", "iam:List*"),
}
OTHER = allow("tag:GetResources")  # what any other may do


@lru_cache(maxsize=256)
def managed(site: Site) -> tuple[Policy, ...]:
    """Make AWS's own policies that are in use here."""
    used = {name for one in iam.principals(site) for name in (*one.attached, getattr(one, "boundary", ""))}
    return tuple(_policy(name) for name in sorted(used) if name.startswith("aws/"))


def _policy(name: str) -> Policy:
    folder, _, last = name.removeprefix("aws/").rpartition("/")
    return Policy(name, 3000, (DOCUMENTS.get(last, OTHER),), path=f"/{folder}/" if folder else "/")


def found(site: Site, arn: str) -> Policy:
    """Find a policy by its ARN, or refuse."""
    for policy in (*site.policies, *managed(site)):
        if site.policy_arn(policy.name) == arn:
            return policy
    raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)


def policies(site: Site, params: iam.Params) -> Sequence[Policy]:
    """List policies by scope; those that are a boundary alone count as attached too."""
    scope = params.get("Scope", "All")
    own = site.policies if scope in ("All", "Local") else ()
    listed = (*own, *(managed(site) if scope in ("All", "AWS") else ()))
    if params.get("OnlyAttached") != "true":
        return listed
    used = {name for one in iam.principals(site) for name in (*one.attached, getattr(one, "boundary", ""))}
    return [one for one in listed if one.name in used]

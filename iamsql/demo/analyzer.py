"""IAM Access Analyzer in the made-up organization: analyzers of accounts and of the organization, and what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.papers import MANAGEMENT, TOOLS, VENDOR
from iamsql.demo.people import Site, mark
from iamsql.demo.service import Item, Params, Service, missing

PAYMENTS, WEB, ALICE = "555566667777", "666677778888", "101010101010"
EXTERNAL = ("ACCOUNT", "ORGANIZATION")


@dataclass(frozen=True)
class Finding:
    """A finding; `ago` is in days. `more` are members that only some have."""

    resource: str
    kind: str
    owner: str
    ago: int
    status: str = "ACTIVE"
    found: str = "ExternalAccess"
    more: Item = field(default_factory=dict)


@dataclass(frozen=True)
class Analyzer:
    """An analyzer of an account in a region; 'home' is the partition's."""

    name: str
    kind: str
    account_id: str
    region: str
    age: int
    findings: tuple[Finding, ...] = ()
    more: Item = field(default_factory=dict)


def _given(principal: Item, *actions: str, public: bool = False, when: Item | None = None, **more: Any) -> Item:
    """Say who may do what."""
    access = {"principal": principal, "action": list(actions), "isPublic": public, "condition": when or {}}
    return access | more


DOOR = {"accessPointArn": f"arn:aws:s3:us-east-1:{PAYMENTS}:accesspoint/partners", "accessPointAccount": PAYMENTS}
PUBLIC = _given({"AWS": "*"}, "s3:GetObject", public=True, sources=[{"type": "POLICY"}, {"type": "BUCKET_ACL"}])
VENDORS = _given({"AWS": VENDOR}, "sts:AssumeRole", when={"sts:ExternalId": "acme-7f3a"})
PARTNERS = _given(
    {"AWS": VENDOR}, "s3:ListBucket", "s3:GetObject", sources=[{"type": "S3_ACCESS_POINT", "detail": DOOR}]
)
FEDERATED = _given(
    {"Federated": "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity", resourceControlPolicyRestriction="APPLICABLE"
)
IN_PAYMENTS = (
    Finding("arn:aws:s3:::acme-payments-receipts", "AWS::S3::Bucket", PAYMENTS, 12, more=PUBLIC),
    Finding(f"arn:aws:iam::{PAYMENTS}:role/vendor-scanner", "AWS::IAM::Role", PAYMENTS, 640, "ARCHIVED", more=VENDORS),
    Finding("arn:aws:s3:::acme-payments-partners", "AWS::S3::Bucket", PAYMENTS, 90, more=PARTNERS),
    Finding(f"arn:aws:sqs:us-east-1:{PAYMENTS}:refunds", "AWS::SQS::Queue", PAYMENTS, 30, "RESOLVED"),
    Finding(
        f"arn:aws:kms:us-east-1:{PAYMENTS}:key/5c0ffee0-0000-4000-8000-000000000009",
        "AWS::KMS::Key",
        PAYMENTS,
        3,
        more={"error": "ACCESS_DENIED"},
    ),
)
IN_ALL = (
    Finding(f'arn:aws:iam::{WEB}:role/\'; drop table "roles"; --', "AWS::IAM::Role", WEB, 50, more=FEDERATED),
    Finding("arn:aws:s3:::acme-payments-receipts", "AWS::S3::Bucket", PAYMENTS, 12, more=PUBLIC),
)
UNUSED = (
    Finding(f"arn:aws:iam::{PAYMENTS}:role/left-behind", "AWS::IAM::Role", PAYMENTS, 20, found="UnusedIAMRole"),
    Finding(f"arn:aws:iam::{PAYMENTS}:user/intern-2024", "AWS::IAM::User", PAYMENTS, 20, found="UnusedIAMUserPassword"),
    Finding(f"arn:aws:iam::{ALICE}:user/alice", "AWS::IAM::User", ALICE, 9, "ARCHIVED", "UnusedIAMUserAccessKey"),
    Finding(f"arn:aws:iam::{WEB}:role/app-server", "AWS::IAM::Role", WEB, 2, found="UnusedPermission"),
)
TAGS = {"tags": {"owner": "security", "note": '=1+"<b>'}}
AGE = {
    "configuration": {
        "unusedAccess": {"unusedAccessAge": 90, "analysisRule": {"exclusions": [{"accountIds": [MANAGEMENT]}]}}
    }
}
FAILED = {"status": "FAILED", "statusReason": {"code": "SERVICE_LINKED_ROLE_CREATION_FAILED"}}
ANALYZERS = (
    Analyzer(
        "account",
        "ACCOUNT",
        PAYMENTS,
        "home",
        700,
        IN_PAYMENTS,
        {"lastResourceAnalyzed": "arn:aws:s3:::acme-payments-receipts"},
    ),
    Analyzer("account-ireland", "ACCOUNT", PAYMENTS, "eu-west-1", 690, more={"tags": {}}),
    Analyzer("organization", "ORGANIZATION", TOOLS, "home", 400, IN_ALL, TAGS),
    Analyzer("unused", "ORGANIZATION_UNUSED_ACCESS", TOOLS, "home", 300, UNUSED, AGE),
    Analyzer("organization", "ORGANIZATION", TOOLS, "eu-west-1", 400),
    Analyzer("broken", "ORGANIZATION", MANAGEMENT, "home", 5, more=FAILED),
)


def _arn(site: Site, region: str, one: Analyzer) -> str:
    return f"arn:{site.partition}:access-analyzer:{region}:{site.account_id}:analyzer/{one.name}"


def _here(site: Site, region: str) -> list[Analyzer]:
    """List an account's analyzers in a region."""
    at = [replace(one, region=site.home) if one.region == "home" else one for one in ANALYZERS]
    return [one for one in at if site.small and (one.account_id, one.region) == (site.account_id, region)]


def analyzers(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List analyzers, by type where asked."""
    return [
        {
            "arn": _arn(site, region, one),
            "name": one.name,
            "type": one.kind,
            "createdAt": site.at(one.age, one.name),
            "status": "ACTIVE",
        }
        | ({"lastResourceAnalyzedAt": site.at(1, "analyzed")} if one.findings else {})
        | one.more
        for one in _here(site, region)
        if params.get("type", one.kind) == one.kind
    ]


def _asked(site: Site, region: str, params: Params) -> Analyzer:
    for one in _here(site, region):
        if _arn(site, region, one) == params.get("analyzerArn"):
            return one
    raise missing(f"analyzer {params.get('analyzerArn')}")


def findings(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the findings of an analyzer of external access."""
    one = _asked(site, region, params)
    if one.kind not in EXTERNAL:
        raise AwsError("ValidationException", "The operation is not supported for this type of analyzer.")
    return [{"condition": {}} | _finding(site, found) | found.more for found in one.findings]


def all_findings(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the findings of any analyzer, without who may do what."""
    asked = _asked(site, region, params)
    return [_finding(site, one) | {"findingType": one.found} for one in asked.findings]


def _finding(site: Site, one: Finding) -> Item:
    return {
        "id": mark("", site.account_id, one.resource, one.found, size=24).lower(),
        "resource": one.resource.replace("arn:aws:", f"arn:{site.partition}:"),
        "resourceType": one.kind,
        "resourceOwnerAccount": one.owner,
        "createdAt": site.at(one.ago, one.resource),
        "analyzedAt": site.at(1, one.resource),
        "updatedAt": site.at(min(one.ago, 2), one.resource),
        "status": one.status,
    }


ANALYZER = Service(
    lists={
        "ListAnalyzers": ("analyzers", analyzers),
        "ListFindings": ("findings", findings),
        "ListFindingsV2": ("findings", all_findings),
    },
    page=2,
    token="nextToken",  # noqa: S106
)

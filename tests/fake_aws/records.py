"""CloudTrail records and IAM items for synthetic and hostile organizations."""

from __future__ import annotations

import uuid
import zlib
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from iamsql.demo.data import Account, Item, unique_id


def at(account: Account, age: int, seed: str) -> datetime:
    """Return the time `age` days ago, in the morning, at a second that depends on the seed."""
    return account.midnight + timedelta(days=-age, seconds=zlib.crc32(f"{account.id}/{seed}".encode()) % 43200)


def time_text(when: datetime) -> str:
    """Return a time in the form of CloudTrail records."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def record(
    account: Account, source: str, name: str, when: datetime, identity: Item, *, region: str = "", **more: Any
) -> Item:
    """Return a record of CloudTrail."""
    seed = f"{account.id}/{source}/{name}/{account.midnight - when}/{identity}/{more}"
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time_text(when),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": region or account.home_region,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": uuid_of(f"{seed}/request"),
        "eventID": uuid_of(seed),
        "readOnly": name.startswith(("Get", "List", "Describe", "AssumeRole", "Decrypt")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account.id,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"{source}.amazonaws.com"},
    } | more


def uuid_of(seed: str) -> str:
    """Return a UUID that depends on the seed."""
    return str(uuid.UUID(sha256(seed.encode()).hexdigest()[:32]))


def session(account: Account, role: str, name: str, key: str) -> Item:
    """Return the identity of an assumed role."""
    role_id = unique_id("AROA", account.id, role, size=17)
    issuer = {
        "type": "Role",
        "principalId": role_id,
        "arn": f"arn:{account.partition}:iam::{account.id}:role/{role}",
        "accountId": account.id,
        "userName": role,
    }
    created = {"creationDate": time_text(account.midnight), "mfaAuthenticated": "false"}
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{name}",
        "arn": f"arn:{account.partition}:sts::{account.id}:assumed-role/{role}/{name}",
        "accountId": account.id,
        "accessKeyId": key,
        "sessionContext": {"sessionIssuer": issuer, "webIdFederationData": {}, "attributes": created},
    }


def created_user(account: Account, name: str, when: datetime) -> Item:
    """Return the event of a user's creation, in the form of events.jsonl."""
    identity = session(account, "operations", "carla.ops", unique_id("ASIA", account.id, "operations"))
    response = {"user": {"userName": name, "arn": f"arn:{account.partition}:iam::{account.id}:user/{name}"}}
    request = {"userName": name}
    event = record(account, "iam", "CreateUser", when, identity, requestParameters=request, responseElements=response)
    return {
        "Username": "carla.ops",
        "Resources": [{"ResourceType": "AWS::IAM::User", "ResourceName": name}],
        "CloudTrailEvent": event,
    }


# -- items of iam.json -----------------------------------------------------------------------------------------------------


def tag_list(pairs: tuple[tuple[str, str], ...]) -> list[Item]:
    """Return tags."""
    return [{"Key": key, "Value": value} for key, value in pairs]


def encoded(document: Any) -> Any:
    """Return a policy document for an item: an object, or a text, which is served unchanged."""
    return quote(document) if isinstance(document, str) else document


def identity(account: Account, kind: str, name: str, age: int, path: str = "/") -> Item:
    """Return the common members of a user, group or role."""
    prefix = {"User": "AIDA", "Group": "AGPA", "Role": "AROA"}[kind]
    return {
        "Path": path,
        f"{kind}Name": name,
        f"{kind}Id": unique_id(prefix, account.id, name, size=17),
        "Arn": f"arn:{account.partition}:iam::{account.id}:{kind.lower()}{path}{name}",
        "CreateDate": time_text(at(account, age, f"{kind}/{name}")),
        "AttachedManagedPolicies": [],
    }


def user(account: Account, name: str, age: int, path: str = "/", **more: Any) -> Item:
    """Return a user; `more` replaces or adds members."""
    return identity(account, "User", name, age, path) | {"Tags": [], "GroupList": [], "UserPolicyList": []} | more


def group(account: Account, name: str, age: int, **more: Any) -> Item:
    """Return a group; `more` replaces or adds members."""
    return identity(account, "Group", name, age) | {"GroupPolicyList": []} | more


def role(account: Account, name: str, age: int, trust: Any, **more: Any) -> Item:
    """Return a role; `more` replaces or adds members."""
    plain = {"Tags": [], "RolePolicyList": [], "RoleLastUsed": {}, "MaxSessionDuration": 3600}
    return identity(account, "Role", name, age) | {"AssumeRolePolicyDocument": encoded(trust)} | plain | more


def policy(account: Account, name: str, age: int, document: Any, **more: Any) -> Item:
    """Return a managed policy with one version; `more` replaces or adds members."""
    created_at = time_text(at(account, age, f"policy/{name}"))
    version = {"Document": encoded(document), "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": created_at}
    return {
        "PolicyName": name,
        "PolicyId": unique_id("ANPA", account.id, name, size=17),
        "Arn": f"arn:{account.partition}:iam::{account.id}:policy/{name}",
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": created_at,
        "UpdateDate": created_at,
        "PolicyVersionList": [version],
    } | more

"""Whole CloudTrail records as a trail holds them: one writer, so that every record has the fields that real ones have."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from iamsql.demo.people import Site, mark

Record = dict[str, Any]
READS = ("Get", "List", "Describe", "Head", "Lookup", "BatchGet", "AssumeRole", "Decrypt", "Search", "Simulate")
OFFICE, CLI, BROWSER = "203.0.113.7", "aws-cli/2.31.0", "Mozilla/5.0"
TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}
KINDS = {"lambda": "AWS::Lambda::Function", "s3": "AWS::S3::Object"}


@dataclass(frozen=True)
class Who:
    """Somebody who signs requests: `kind` is userIdentity.type; `by` a service that calls on behalf, or a federation.

    `mfa` is 'true' or 'false' in a session; `delivery` tells how an instance got its credentials ('2.0').
    """

    kind: str
    name: str = ""
    role: str = ""
    key: str = ""
    address: str = OFFICE
    agent: str = CLI
    mfa: str = ""
    delivery: str = ""
    by: str = ""
    path: str = "/"


def uuid_of(seed: str) -> str:
    """Draw an id from words."""
    return str(uuid.UUID(sha256(seed.encode()).hexdigest()[:32]))


def moment(when: datetime) -> str:
    """Write a time as records do."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def identity(site: Site, who: Who, when: datetime) -> Record:
    """Write userIdentity."""
    account = site.account_id
    if who.kind == "AWSService":
        return {"type": "AWSService", "invokedBy": who.by}
    if who.kind == "":
        return {"accountId": account, "invokedBy": who.by}
    if who.kind == "AWSAccount":
        return {"type": "AWSAccount", "principalId": who.key, "accountId": who.name}
    if who.kind in ("SAMLUser", "WebIdentityUser"):
        return {
            "type": who.kind,
            "principalId": f"{who.by}:{who.name}",
            "userName": who.name,
            "identityProvider": who.by,
        }
    if who.kind == "IdentityCenterUser":
        store = f"arn:aws:identitystore::{account}:identitystore/d-9067demo01"
        return {
            "type": who.kind,
            "accountId": account,
            "onBehalfOf": {"userId": who.name, "identityStoreArn": store},
            "credentialId": uuid_of(f"{account}/{who.name}"),
        }
    return _signer(site, who) | _session(site, who, when) | ({"invokedBy": who.by} if who.by else {})


def _signer(site: Site, who: Who) -> Record:
    account = site.account_id
    key = {"accessKeyId": who.key} if who.key else {}
    if who.kind == "Root":
        arn = f"arn:{site.partition}:iam::{account}:root"
        return {"type": "Root", "principalId": account, "arn": arn, "accountId": account, **key}
    if who.kind == "IAMUser":
        found = site.user(who.name)
        return {
            "type": "IAMUser",
            "principalId": mark("AIDA", account, who.name, size=17),
            "arn": site.arn("user", found.path if found else who.path, who.name),
            "accountId": account,
            **key,
            "userName": who.name,
        }
    return {
        "type": who.kind,
        "principalId": f"{mark('AROA', account, who.role, size=17)}:{who.name}",
        "arn": f"arn:{site.partition}:sts::{account}:assumed-role/{who.role}/{who.name}",
        "accountId": account,
        **key,
    }


def _session(site: Site, who: Who, when: datetime) -> Record:
    if not who.role and not who.mfa:
        return {}
    opened = moment(when.replace(minute=0, second=0) - timedelta(minutes=7))
    context: Record = {"attributes": {"creationDate": opened, "mfaAuthenticated": who.mfa or "false"}}
    if who.role:
        issuer = {
            "type": "Role",
            "principalId": mark("AROA", site.account_id, who.role, size=17),
            "arn": site.arn("role", _path(site, who), who.role),
            "accountId": site.account_id,
            "userName": who.role,
        }
        context = {"sessionIssuer": issuer, "webIdFederationData": {}, **context}
    if who.delivery:
        context["ec2RoleDelivery"] = who.delivery
    return {"sessionContext": context}


def _path(site: Site, who: Who) -> str:
    return next((role.path for role in site.roles if role.name == who.role), who.path)


def record(site: Site, call: str, when: datetime, who: Who, *, seed: str, region: str = "", **more: Any) -> Record:
    """Write a record of `call` ('iam:CreateUser'); `more` replaces or adds fields, and `data` makes it a data event."""
    service, _, name = call.partition(":")
    source = f"{service}.amazonaws.com"
    data = more.pop("data", False)
    region = region or site.home
    found: Record = {
        "eventVersion": "1.11",
        "userIdentity": identity(site, who, when),
        "eventTime": moment(when),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": who.address,
        "userAgent": who.agent,
        "requestParameters": None,
        "responseElements": None,
        "requestID": uuid_of(f"{seed}/request"),
        "eventID": uuid_of(seed),
        "readOnly": name.startswith(READS),
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": site.account_id,
        "eventCategory": "Data" if data else "Management",
    }
    if who.address[0].isdigit() and name != "ConsoleLogin":
        host = source if service in ("iam", "organizations") else f"{service}.{region}.amazonaws.com"
        found["tlsDetails"] = TLS | {"clientProvidedHostHeader": host}
    return found | more

"""Which AWS answer a document is, told by what it holds: files are named in as many ways as there are tools."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from iamsql.importer.files import REPORT_HEADER, report_rows
from iamsql.importer.items import grouped, is_list
from iamsql.model import IamsqlError

ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\w+:(?P<kind>user|group|role|policy)/.+")
JOB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BLANK = "0" * 12
OWN = ("Arn", "arn", "SerialNumber")


@dataclass(frozen=True)
class Piece:
    """The items of one call in a document; `account_id` where the document itself says whose it is."""

    service: str
    operation: str
    items: Sequence[Any]
    part: str = ""
    bound: dict[str, Any] = field(default_factory=dict)
    region: str = "global"
    account_id: str = ""


@dataclass(frozen=True)
class Shape:
    """An answer known by one member; `needs` are members of its first item, `alone` says that an empty list will do."""

    member: str
    service: str
    operation: str
    part: str = ""
    needs: tuple[str, ...] = ()
    alone: bool = True
    many: bool = True


DETAILS = "GetAccountAuthorizationDetails"
SHAPES = (
    Shape("UserDetailList", "iam", DETAILS, "users"),
    Shape("GroupDetailList", "iam", DETAILS, "groups"),
    Shape("RoleDetailList", "iam", DETAILS, "roles"),
    Shape("Policies", "iam", DETAILS, "policies", ("PolicyVersionList",), alone=False),
    Shape("Users", "iam", "ListUsers", needs=("UserName", "UserId", "Arn")),
    Shape("AccessKeyMetadata", "iam", "ListAccessKeys", needs=("AccessKeyId",)),
    Shape("SummaryMap", "iam", "GetAccountSummary", many=False),
    Shape("PasswordPolicy", "iam", "GetAccountPasswordPolicy", many=False),
    Shape("AccountAliases", "iam", "ListAccountAliases"),
    Shape("VirtualMFADevices", "iam", "ListVirtualMFADevices", needs=("SerialNumber",)),
    Shape(
        "ServiceSpecificCredentials", "iam", "ListServiceSpecificCredentials", needs=("ServiceSpecificCredentialId",)
    ),
    Shape("SAMLProviderList", "iam", "ListSAMLProviders", needs=("Arn",)),
    Shape("OpenIDConnectProviderList", "iam", "ListOpenIDConnectProviders", needs=("Arn",)),
    Shape("ServerCertificateMetadataList", "iam", "ListServerCertificates", needs=("ServerCertificateName", "Arn")),
    Shape("InstanceProfiles", "iam", "ListInstanceProfiles", needs=("InstanceProfileName", "Arn")),
    Shape("Accounts", "organizations", "ListAccounts", needs=("Id", "Arn"), alone=False),
    Shape("Organization", "organizations", "DescribeOrganization", needs=("Id", "Arn"), many=False),
    Shape("Events", "cloudtrail", "LookupEvents", needs=("EventId", "CloudTrailEvent")),
)


def pieces(path: Path, document: Any) -> list[Piece]:
    """Name the calls that a document answers: none when it is not recognised."""
    if not isinstance(document, dict):
        return []
    if {"Account", "Arn", "UserId"} <= document.keys():
        return [Piece("sts", "GetCallerIdentity", [document])]
    if isinstance(document.get("Content"), str) and (document.keys() & {"ReportFormat", "GeneratedTime"}):
        return [report(path, _content(path, document["Content"]), document.get("GeneratedTime"))]
    if job := _job(path, document):
        return [job]
    details = any(shape.member in document for shape in SHAPES[:3])
    return [
        piece
        for shape in SHAPES
        if _fits(shape, document, details) and not _of_one(path, shape, document)
        for piece in _cut(path, shape, document[shape.member])
    ]


def _of_one(path: Path, shape: Shape, document: dict[str, Any]) -> bool:
    """Tell the users of one group and the profiles of one role, which look like lists of all but for a member or the name."""
    if shape.member == "Users":
        return "Group" in document
    return shape.member == "InstanceProfiles" and "for-role" in f"{path.parent.name}/{path.name}"


def _job(path: Path, document: dict[str, Any]) -> Piece | None:
    """Make the piece of a report of services last accessed, or of the request for one.

    Neither says whose it is: collectors name the request's file after the ARN and the report's after the job's id.
    """
    name = unquote(path.name.removesuffix(".gz").removesuffix(".json"))
    if isinstance(document.get("JobId"), str) and (arn := PRINCIPAL.fullmatch(name)):
        part = {"user": "users", "group": "groups"}.get(arn["kind"], "roles")
        return Piece("iam", "GenerateServiceLastAccessedDetails", [document], part, {"Arn": name})
    services = document.get("ServicesLastAccessed")
    if is_list(services) and document.get("JobStatus") == "COMPLETED" and JOB.fullmatch(name):
        return Piece("iam", "GetServiceLastAccessedDetails", services, "roles", {"JobId": name})
    return None


def report(path: Path, text: str, made: str | None) -> Piece:
    """Make the piece of a credential report's text."""
    return Piece("iam", "GetCredentialReport", report_rows(path, text, made))


def _content(path: Path, content: str) -> str:
    """Give the report's text: the AWS CLI prints it in base64, others as it is."""
    if content.startswith(REPORT_HEADER):
        return content
    try:
        text = base64.b64decode(content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise IamsqlError(f"{path}: Content is neither base64 nor CSV.\nDump it again, or leave it out.") from error
    if not text.startswith(REPORT_HEADER):
        raise IamsqlError(f"{path}: Content is no credential report.\nDump it again, or leave it out.")
    return text


def _fits(shape: Shape, document: dict[str, Any], details: bool) -> bool:
    value = document.get(shape.member)
    if not (is_list(value) if shape.many else isinstance(value, dict)):
        return False
    first = (value[0] if value else None) if shape.many else value
    if first is None:
        return shape.alone or details
    return not shape.needs or (isinstance(first, dict) and set(shape.needs) <= first.keys())


def _cut(path: Path, shape: Shape, value: Any) -> Iterator[Piece]:
    items = value if shape.many else [value]
    if shape.operation == "ListAccessKeys":
        yield from (Piece(shape.service, shape.operation, own, bound=user) for user, own in _by_user(path, items))
    elif shape.operation == "LookupEvents":
        yield from (Piece(shape.service, shape.operation, own, region=region) for region, own in _by_region(items))
    else:
        yield Piece(shape.service, shape.operation, items, shape.part)


def _by_user(path: Path, keys: Sequence[Any]) -> list[tuple[dict[str, Any], Sequence[Any]]]:
    """Part access keys by user. An answer without keys names nobody, but collectors name the file after the user."""
    if not keys and path.parent.name.endswith("list-access-keys"):
        return [({"UserName": unquote(path.name.removesuffix(".gz").removesuffix(".json"))}, [])]
    users = (key.get("UserName") if isinstance(key, dict) else None for key in keys)
    by_user = grouped(keys, (user if isinstance(user, str) else None for user in users))
    return [({"UserName": user} if user else {}, own) for user, own in by_user.items()] or [({}, [])]


def _by_region(events: Sequence[Any]) -> list[tuple[str, Sequence[Any]]]:
    by_region = grouped(events, (str(inner(event).get("awsRegion") or "us-east-1") for event in events))
    return list(by_region.items()) or [("us-east-1", [])]


def inner(event: dict[str, Any]) -> dict[str, Any]:
    """Read the record that an event of LookupEvents carries as text."""
    try:
        record = json.loads(event["CloudTrailEvent"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def account_of(piece: Piece) -> str | None:
    """Tell the account that most items of a piece name as their own, AWS's own ARNs left out."""
    if piece.account_id:
        return piece.account_id
    named = Counter(account for item in piece.items if isinstance(item, dict) for account in _named(piece, item))
    return min(named, key=lambda account: (-named[account], account)) if named else None


def account_in(text: Any) -> str | None:
    """Give the account that an ARN names; None for what is no ARN, or one of AWS's own, or has its account blanked out."""
    match = ACCOUNT.match(text) if isinstance(text, str) else None
    return match[1] if match and match[1] != BLANK else None


def _named(piece: Piece, item: dict[str, Any]) -> list[str]:
    if piece.operation == "GetCallerIdentity":
        return [str(item["Account"])]
    if piece.operation == "DescribeOrganization" and item.get("MasterAccountId"):
        return [str(item["MasterAccountId"])]
    if piece.operation == "LookupEvents":
        account = inner(item).get("recipientAccountId")
        return [str(account)] if account else []
    user = item.get("User")
    texts = [piece.bound.get("Arn"), *(item.get(name) for name in OWN)] + (
        [user.get("Arn")] if isinstance(user, dict) else []
    )
    return [account for text in texts if (account := account_in(text))]

"""Which AWS answer a document is, told by what it holds: files are named in as many ways as there are tools."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from iamsql.dumps.files import REPORT_HEADER, report_rows
from iamsql.model import IamsqlError

ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")
OWN = ("Arn", "arn", "SerialNumber")


@dataclass(frozen=True)
class Piece:
    """The items of one call in a document."""

    service: str
    operation: str
    items: list[Any]
    part: str = ""
    bound: dict[str, Any] = field(default_factory=dict)
    region: str = "global"


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
    details = any(shape.member in document for shape in SHAPES[:3])
    return [
        piece
        for shape in SHAPES
        if _fits(shape, document, details) and not ("Group" in document and shape.member == "Users")
        for piece in _cut(path, shape, document[shape.member])
    ]


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
    if not isinstance(value, list if shape.many else dict):
        return False
    first = (value[0] if value else None) if isinstance(value, list) else value
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


def _by_user(path: Path, keys: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[Any]]]:
    """Part access keys by user. An answer without keys names nobody, but collectors name the file after the user."""
    if not keys and path.parent.name.endswith("list-access-keys"):
        return [({"UserName": unquote(path.name.removesuffix(".gz").removesuffix(".json"))}, [])]
    by_user: dict[Any, list[Any]] = {}
    for key in keys:
        by_user.setdefault(key.get("UserName"), []).append(key)
    return [({"UserName": user} if user else {}, own) for user, own in by_user.items()] or [({}, [])]


def _by_region(events: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    by_region: dict[str, list[Any]] = {}
    for event in events:
        by_region.setdefault(str(inner(event).get("awsRegion") or "us-east-1"), []).append(event)
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
    named = Counter(account for item in piece.items if isinstance(item, dict) for account in _named(piece, item))
    return min(named, key=lambda account: (-named[account], account)) if named else None


def _named(piece: Piece, item: dict[str, Any]) -> list[str]:
    if piece.operation == "GetCallerIdentity":
        return [str(item["Account"])]
    if piece.operation == "DescribeOrganization" and item.get("MasterAccountId"):
        return [str(item["MasterAccountId"])]
    if piece.operation == "LookupEvents":
        account = inner(item).get("recipientAccountId")
        return [str(account)] if account else []
    user = item.get("User")
    texts = [item.get(name) for name in OWN] + ([user.get("Arn")] if isinstance(user, dict) else [])
    return [match[1] for text in texts if isinstance(text, str) and (match := ACCOUNT.match(text))]

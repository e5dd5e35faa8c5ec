"""Recognize AWS responses by their content, because every tool names its files in its own way."""

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
REDACTED = "0" * 12
ARN_MEMBERS = ("Arn", "arn", "SerialNumber")


@dataclass(frozen=True)
class Fragment:
    """The items of one call in a document; `account_id` is set if the document contains it."""

    service: str
    operation: str
    items: Sequence[Any]
    part: str = ""
    bound: dict[str, Any] = field(default_factory=dict)
    region: str = "global"
    account_id: str = ""


@dataclass(frozen=True)
class ResponseShape:
    """A response that one member identifies. `needs` are keys of its first item. `many`: the member is a list."""

    member: str
    service: str
    operation: str
    part: str = ""
    needs: tuple[str, ...] = ()
    allows_empty: bool = True
    many: bool = True


DETAILS = "GetAccountAuthorizationDetails"
SHAPES = (
    ResponseShape("UserDetailList", "iam", DETAILS, "users"),
    ResponseShape("GroupDetailList", "iam", DETAILS, "groups"),
    ResponseShape("RoleDetailList", "iam", DETAILS, "roles"),
    ResponseShape("Policies", "iam", DETAILS, "policies", ("PolicyVersionList",), allows_empty=False),
    ResponseShape("Users", "iam", "ListUsers", needs=("UserName", "UserId", "Arn")),
    ResponseShape("AccessKeyMetadata", "iam", "ListAccessKeys", needs=("AccessKeyId",)),
    ResponseShape("SummaryMap", "iam", "GetAccountSummary", many=False),
    ResponseShape("PasswordPolicy", "iam", "GetAccountPasswordPolicy", many=False),
    ResponseShape("AccountAliases", "iam", "ListAccountAliases"),
    ResponseShape("VirtualMFADevices", "iam", "ListVirtualMFADevices", needs=("SerialNumber",)),
    ResponseShape(
        "ServiceSpecificCredentials", "iam", "ListServiceSpecificCredentials", needs=("ServiceSpecificCredentialId",)
    ),
    ResponseShape("SAMLProviderList", "iam", "ListSAMLProviders", needs=("Arn",)),
    ResponseShape("OpenIDConnectProviderList", "iam", "ListOpenIDConnectProviders", needs=("Arn",)),
    ResponseShape(
        "ServerCertificateMetadataList", "iam", "ListServerCertificates", needs=("ServerCertificateName", "Arn")
    ),
    ResponseShape("InstanceProfiles", "iam", "ListInstanceProfiles", needs=("InstanceProfileName", "Arn")),
    ResponseShape("Accounts", "organizations", "ListAccounts", needs=("Id", "Arn"), allows_empty=False),
    ResponseShape("Organization", "organizations", "DescribeOrganization", needs=("Id", "Arn"), many=False),
    ResponseShape("Events", "cloudtrail", "LookupEvents", needs=("EventId", "CloudTrailEvent")),
)


def fragments(path: Path, document: Any) -> list[Fragment]:
    """Return the fragments of a document; [] if it is not recognized."""
    if not isinstance(document, dict):
        return []
    if {"Account", "Arn", "UserId"} <= document.keys():
        return [Fragment("sts", "GetCallerIdentity", [document])]
    if isinstance(document.get("Content"), str) and (document.keys() & {"ReportFormat", "GeneratedTime"}):
        return [report(path, _content(path, document["Content"]), document.get("GeneratedTime"))]
    if job := _job(path, document):
        return [job]
    details = any(shape.member in document for shape in SHAPES[:3])
    return [
        fragment
        for shape in SHAPES
        if _matches(shape, document, details) and not _is_of_one_principal(path, shape, document)
        for fragment in _fragments_of(path, shape, document[shape.member])
    ]


def _is_of_one_principal(path: Path, shape: ResponseShape, document: dict[str, Any]) -> bool:
    """Return whether a list is a response of GetGroup or ListInstanceProfilesForRole, which resemble the lists of all."""
    if shape.member == "Users":
        return "Group" in document
    return shape.member == "InstanceProfiles" and "for-role" in f"{path.parent.name}/{path.name}"


def _job(path: Path, document: dict[str, Any]) -> Fragment | None:
    """Return the fragment of a report of services last accessed, or of the request for one.

    Neither contains its principal. Collectors name the file of the request after the ARN, and the file of the report after
    the job ID.
    """
    name = stem(path)
    if isinstance(document.get("JobId"), str) and (arn := PRINCIPAL.fullmatch(name)):
        part = {"user": "users", "group": "groups"}.get(arn["kind"], "roles")
        return Fragment("iam", "GenerateServiceLastAccessedDetails", [document], part, {"Arn": name})
    services = document.get("ServicesLastAccessed")
    if is_list(services) and document.get("JobStatus") == "COMPLETED" and JOB.fullmatch(name):
        return Fragment("iam", "GetServiceLastAccessedDetails", services, "roles", {"JobId": name})
    return None


def report(path: Path, text: str, generated: str | None) -> Fragment:
    """Return the fragment of a credential report."""
    return Fragment("iam", "GetCredentialReport", report_rows(path, text, generated))


def _content(path: Path, content: str) -> str:
    """Return the text of a credential report: the AWS CLI prints base64, other tools plain CSV."""
    if content.startswith(REPORT_HEADER):
        return content
    try:
        text = base64.b64decode(content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise IamsqlError(f"{path}: Content is neither base64 nor CSV.\nDownload it again, or leave it out.") from error
    if not text.startswith(REPORT_HEADER):
        raise IamsqlError(f"{path}: Content is not a credential report.\nDownload it again, or leave it out.")
    return text


def _matches(shape: ResponseShape, document: dict[str, Any], details: bool) -> bool:
    """Return whether a document has a response. `details`: it has lists of GetAccountAuthorizationDetails."""
    value = document.get(shape.member)
    if not (is_list(value) if shape.many else isinstance(value, dict)):
        return False
    first = (value[0] if value else None) if shape.many else value
    if first is None:
        return shape.allows_empty or details
    return not shape.needs or (isinstance(first, dict) and set(shape.needs) <= first.keys())


def _fragments_of(path: Path, shape: ResponseShape, value: Any) -> Iterator[Fragment]:
    items = value if shape.many else [value]
    if shape.operation == "ListAccessKeys":
        yield from (
            Fragment(shape.service, shape.operation, selected, bound=user) for user, selected in _by_user(path, items)
        )
    elif shape.operation == "LookupEvents":
        yield from (
            Fragment(shape.service, shape.operation, selected, region=region) for region, selected in _by_region(items)
        )
    else:
        yield Fragment(shape.service, shape.operation, items, shape.part)


def _by_user(path: Path, keys: Sequence[Any]) -> list[tuple[dict[str, Any], Sequence[Any]]]:
    """Split access keys by user. Collectors name the file after the user, whom a response without keys does not contain."""
    if not keys and path.parent.name.endswith("list-access-keys"):
        return [({"UserName": stem(path)}, [])]
    users = (key.get("UserName") if isinstance(key, dict) else None for key in keys)
    by_user = grouped(keys, (user if isinstance(user, str) else None for user in users))
    return [({"UserName": user} if user else {}, selected) for user, selected in by_user.items()] or [({}, [])]


def _by_region(events: Sequence[Any]) -> list[tuple[str, Sequence[Any]]]:
    # The events of global services are recorded in us-east-1.
    by_region = grouped(events, (str(event_record(event).get("awsRegion") or "us-east-1") for event in events))
    return list(by_region.items()) or [("us-east-1", [])]


def event_record(event: dict[str, Any]) -> dict[str, Any]:
    """Return the record in an event of LookupEvents; {} if it is not valid JSON."""
    try:
        record = json.loads(event["CloudTrailEvent"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def account_of(fragment: Fragment) -> str | None:
    """Return the account that most items of a fragment contain; None if they contain none."""
    if fragment.account_id:
        return fragment.account_id
    named = Counter(
        account for item in fragment.items if isinstance(item, dict) for account in _accounts_in(fragment, item)
    )
    return most_frequent(named)


def most_frequent(counts: Counter[str]) -> str | None:
    """Return the account with the highest count, and of equal counts the lowest ID; None if there is none."""
    return min(counts, key=lambda account: (-counts[account], account), default=None)


def stem(path: Path) -> str:
    """Return the name of a file without .json and .gz; %2F and other escapes are decoded."""
    return unquote(path.name.removesuffix(".gz").removesuffix(".json"))


def account_in(text: Any) -> str | None:
    """Return the account of an ARN; None for other text, for AWS's own ARNs, and for a redacted account."""
    match = ACCOUNT.match(text) if isinstance(text, str) else None
    return match[1] if match and match[1] != REDACTED else None


def _accounts_in(fragment: Fragment, item: dict[str, Any]) -> list[str]:
    if fragment.operation == "GetCallerIdentity":
        return [str(item["Account"])]
    if fragment.operation == "DescribeOrganization" and item.get("MasterAccountId"):
        return [str(item["MasterAccountId"])]
    if fragment.operation == "LookupEvents":
        account = event_record(item).get("recipientAccountId")
        return [str(account)] if account else []
    user = item.get("User")
    texts = [fragment.bound.get("Arn"), *(item.get(name) for name in ARN_MEMBERS)] + (
        [user.get("Arn")] if isinstance(user, dict) else []
    )
    return [account for text in texts if (account := account_in(text))]

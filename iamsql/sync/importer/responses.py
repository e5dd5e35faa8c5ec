"""The AWS responses that one member and the keys of its items identify.

Most of them repeat the parameters of the request that their tables need. ListFindings, for example, does not, and is not listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from iamsql.sync.importer.items import Items, group_items

ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")
REDACTED = "0" * 12
HOME_REGION = "us-east-1"  # the region that records the events of global services
DETAILS = "GetAccountAuthorizationDetails"
PERMISSION_SET_ARN, INSTANCE_ARN, IDENTITY_STORE_ID = "PermissionSetArn", "InstanceArn", "IdentityStoreId"


class Request(NamedTuple):
    """The request that an item repeats: the parameters, the region, and the account or ''."""

    bound: tuple[tuple[str, str], ...] = ()
    region: str = "global"
    account_id: str = ""


@dataclass(frozen=True)
class Response:
    """The items of one call in a document, unchanged. `account_id` and `path` are set when the account of the file is known.

    - `is_assumed`: no file has the response, so the response is assumed to be empty.
    - `is_truncated`: the response has a next page, which another file may contain.
    - `named_after`: the part of the file name with the parameters of the request, until `request_parameters` has found them.
    """

    service: str
    operation: str
    items: Items | list[Any]
    part: str = ""
    bound: dict[str, Any] = field(default_factory=dict)
    region: str = "global"
    account_id: str = ""
    path: Path = Path()
    is_assumed: bool = False
    is_truncated: bool = False
    named_after: str = ""


@dataclass(frozen=True)
class Shape:
    """A response: its member, a list if `many`, and the keys that its first item must have.

    `request_of` returns the request of an item. The items are then split by request, and all must have the needed keys.
    """

    member: str
    service: str
    operation: str
    needs: tuple[str, ...] = ()
    request_of: Callable[[dict[str, Any]], Request] | None = None
    part: str = ""
    allows_empty: bool = False
    many: bool = True

    def matches(self, value: Any, details: bool) -> bool:
        """Return whether a value is the response. With `details`, any list of GetAccountAuthorizationDetails may be empty."""
        if not isinstance(value, Items if self.many else dict):
            return False
        items = value if self.many else [value]
        if not items:
            return self.allows_empty or (details and self.operation == DETAILS)
        checked = items if self.request_of else islice(items, 1)
        return not self.needs or all(isinstance(item, dict) and set(self.needs) <= item.keys() for item in checked)

    def responses(self, path: Path, value: Any) -> Iterator[Response]:
        """Yield the items of each request."""
        items = value if self.many else [value]
        if not items:
            by_request = {_request_of_empty(path, self.operation): items}
        else:
            by_request = group_items(items, map(self.request_of, items)) if self.request_of else {Request(): items}
        for (bound, region, account_id), selected in by_request.items():
            yield Response(self.service, self.operation, selected, self.part, dict(bound), region, account_id)


def _request_of_empty(path: Path, operation: str) -> Request:
    """Return the request of an empty response. Collectors name the file of a user without access keys after the user."""
    if operation == "ListAccessKeys" and path.parent.name.endswith("list-access-keys"):
        return Request((("UserName", stem(path)),))
    return Request(region=HOME_REGION) if operation == "LookupEvents" else Request()


def _request_of_user(access_key: dict[str, Any]) -> Request:
    user = access_key.get("UserName")
    return Request((("UserName", user),)) if isinstance(user, str) else Request()


def _request_of_region(event: dict[str, Any]) -> Request:
    return Request(region=str(event_record(event).get("awsRegion") or HOME_REGION))


def _request_of_parameters(parameters: tuple[str, ...], item: dict[str, Any]) -> Request:
    """Return the parameters that an item repeats, and its region and account, which are in an ARN or in its members."""
    arn, summary = str(item.get("arn", "")).split(":"), item.get("PolicySummary")
    region = arn[3] if len(arn) > 5 else str(item.get("PrimaryRegion", "global"))
    policy = summary.get("Arn") if isinstance(summary, dict) else None
    account_id = str(item.get("OwnerAccountId") or account_in(policy) or "")
    return Request(tuple((name, _repeated_parameter(name, item)) for name in parameters), region, account_id)


def _repeated_parameter(name: str, item: dict[str, Any]) -> str:
    """Return the request parameter that an item repeats."""
    if name == "Filter":
        return str(item["Type"])
    if name == "PolicyId":
        summary = item["PolicySummary"]
        return str(summary.get("Id") if isinstance(summary, dict) else None)
    return _instance_arn(str(item[PERMISSION_SET_ARN])) if name == INSTANCE_ARN else str(item.get(name))


def _instance_arn(permission_set: str) -> str:
    """Return the ARN of the instance of a permission set."""
    return permission_set.rpartition("/")[0].replace(":permissionSet/", ":instance/")


def _request_by(*parameters: str) -> Callable[[dict[str, Any]], Request]:
    return partial(_request_of_parameters, parameters)


SHAPES = (
    Shape("UserDetailList", "iam", DETAILS, part="users", allows_empty=True),
    Shape("GroupDetailList", "iam", DETAILS, part="groups", allows_empty=True),
    Shape("RoleDetailList", "iam", DETAILS, part="roles", allows_empty=True),
    Shape("Policies", "iam", DETAILS, ("PolicyVersionList",), part="policies"),
    Shape("Users", "iam", "ListUsers", ("UserName", "UserId", "Arn"), allows_empty=True),
    Shape("AccessKeyMetadata", "iam", "ListAccessKeys", ("AccessKeyId",), _request_of_user, allows_empty=True),
    Shape("SummaryMap", "iam", "GetAccountSummary", many=False),
    Shape("PasswordPolicy", "iam", "GetAccountPasswordPolicy", many=False),
    Shape("AccountAliases", "iam", "ListAccountAliases", allows_empty=True),
    Shape("VirtualMFADevices", "iam", "ListVirtualMFADevices", ("SerialNumber",), allows_empty=True),
    Shape(
        "ServiceSpecificCredentials",
        "iam",
        "ListServiceSpecificCredentials",
        ("ServiceSpecificCredentialId",),
        allows_empty=True,
    ),
    Shape("SAMLProviderList", "iam", "ListSAMLProviders", ("Arn",), allows_empty=True),
    Shape("OpenIDConnectProviderList", "iam", "ListOpenIDConnectProviders", ("Arn",), allows_empty=True),
    Shape("ServerCertificateMetadataList", "iam", "ListServerCertificates", ("ServerCertificateName", "Arn"), allows_empty=True),
    Shape("InstanceProfiles", "iam", "ListInstanceProfiles", ("InstanceProfileName", "Arn"), allows_empty=True),
    Shape("Accounts", "organizations", "ListAccounts", ("Id", "Arn")),
    Shape("Organization", "organizations", "DescribeOrganization", ("Id", "Arn"), many=False),
    Shape("Events", "cloudtrail", "LookupEvents", ("EventId", "CloudTrailEvent"), _request_of_region, allows_empty=True),
    Shape("Roots", "organizations", "ListRoots", ("Id", "Arn", "PolicyTypes"), _request_by()),
    Shape("DelegatedAdministrators", "organizations", "ListDelegatedAdministrators", ("Id", "DelegationEnabledDate"),
        _request_by()),
    Shape("Policies", "organizations", "ListPolicies", ("Id", "Type", "AwsManaged"), _request_by("Filter")),
    Shape("Policy", "organizations", "DescribePolicy", ("PolicySummary", "Content"), _request_by("PolicyId"), many=False),
    Shape("ContactInformation", "account", "GetContactInformation", ("FullName", "CountryCode"), many=False),
    Shape("AlternateContact", "account", "GetAlternateContact", ("AlternateContactType",),
        _request_by("AlternateContactType"), many=False),
    Shape("analyzers", "accessanalyzer", "ListAnalyzers", ("arn", "type"), _request_by()),
    Shape("Instances", "sso-admin", "ListInstances", (INSTANCE_ARN, IDENTITY_STORE_ID), _request_by()),
    Shape("PermissionSet", "sso-admin", "DescribePermissionSet", (PERMISSION_SET_ARN,),
        _request_by(INSTANCE_ARN, PERMISSION_SET_ARN), many=False),
    Shape("AccountAssignments", "sso-admin", "ListAccountAssignments", (PERMISSION_SET_ARN, "PrincipalId"),
        _request_by(INSTANCE_ARN, PERMISSION_SET_ARN, "AccountId")),
    Shape("Users", "identitystore", "ListUsers", (IDENTITY_STORE_ID, "UserId"), _request_by(IDENTITY_STORE_ID)),
    Shape("Groups", "identitystore", "ListGroups", (IDENTITY_STORE_ID, "GroupId"), _request_by(IDENTITY_STORE_ID)),
    Shape("GroupMemberships", "identitystore", "ListGroupMemberships", ("MembershipId", "GroupId"),
        _request_by(IDENTITY_STORE_ID, "GroupId")),
)  # fmt: skip


def find_responses(path: Path, document: dict[str, Any]) -> Iterator[Response]:
    """Yield the responses in a document."""
    details = any(shape.member in document for shape in SHAPES[:3])
    for shape in SHAPES:
        value = document.get(shape.member)
        if shape.matches(value, details) and not _is_of_one_principal(path, shape, document):
            yield from shape.responses(path, value)
    arns = document.get("PermissionSets")
    if isinstance(arns, Items) and all(isinstance(arn, str) and ":permissionSet/" in arn for arn in arns):
        for instance, selected in group_items(arns, map(_instance_arn, arns)).items():
            yield Response("sso-admin", "ListPermissionSets", selected, "", {INSTANCE_ARN: instance})


def _is_of_one_principal(path: Path, shape: Shape, document: dict[str, Any]) -> bool:
    """Return whether a list is a response of GetGroup or ListInstanceProfilesForRole, which resemble the lists of all."""
    if shape.operation == "ListUsers":
        return "Group" in document
    return shape.member == "InstanceProfiles" and "for-role" in f"{path.parent.name}/{path.name}"


def objects(responses: Iterable[Response]) -> Iterator[dict[str, Any]]:
    """Yield the items of responses that are objects."""
    return (item for response in responses for item in response.items if isinstance(item, dict))


def event_record(event: Any) -> dict[str, Any]:
    """Return the record in an event of LookupEvents; {} if it is not valid JSON."""
    try:
        record = json.loads(event["CloudTrailEvent"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def account_in(text: Any) -> str | None:
    """Return the account of an ARN; None for other text, for AWS's own ARNs, and for a redacted account."""
    match = ACCOUNT.match(text) if isinstance(text, str) else None
    return match[1] if match and match[1] != REDACTED else None


def stem(path: Path) -> str:
    """Return the name of a file without .json and .gz; %2F and other escapes are decoded."""
    return unquote(path.name.removesuffix(".gz").removesuffix(".json"))

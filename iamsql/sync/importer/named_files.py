"""Recognize the response to each call of a sync by the name of its file, because an empty response shows nothing of its call.

The file is named after the command of the AWS CLI and the parameters of the request, such as list-access-keys-ana.json. Its
folders are named after the account and the region. An empty object means that AWS returned nothing, such as NoSuchEntity.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from iamsql.model import Call
from iamsql.sync.importer import detect_resources
from iamsql.sync.importer.files import InputFile
from iamsql.sync.importer.items import Items
from iamsql.sync.importer.responses import DETAILS, Response, stem
from iamsql.tables.calls.account import CALLER, EVENTS, REPORT
from iamsql.tables.registry import all_calls

# Calls that have the response as their item: a member of each response. A file may have the command's name and a part of it.
RESPONSE_MEMBERS = {
    "DescribeQuery": "QueryId",
    "GetChannel": "ChannelArn",
    "GetEventDataStore": "EventDataStoreArn",
    "GetEventSelectors": "TrailARN",
    "GetGroupPolicy": "PolicyDocument",
    "GetImport": "ImportId",
    "GetInlinePolicyForPermissionSet": "InlinePolicy",
    "GetInsightSelectors": "TrailARN",
    "GetLayerVersionPolicy": "Policy",
    "GetOpenIDConnectProvider": "Url",
    "GetRolePolicy": "PolicyDocument",
    "GetSAMLProvider": "SAMLMetadataDocument",
    "GetTrailStatus": "IsLogging",
    "GetUserPolicy": "PolicyDocument",
    "ListOrganizationsFeatures": "EnabledFeatures",
    "ListTagsForResource": "Tags",
}
SCOPE = "Scope"  # the parameter that distinguishes customer managed policies from policies of AWS
SEPARATORS = tuple("-_. ")
# Another parameter of the request contains these, or identifies the request without them.
IMPLIED = ("InstanceArn", "IdentityStoreId")
# Their responses are recognized by content, regardless of the name, or have several lists.
BY_CONTENT = (DETAILS, CALLER.operation, EVENTS.operation, REPORT.operation)


@dataclass(frozen=True)
class NamedFile:
    """The file of a call: the command, and the parameters of the request in its name."""

    call: Call
    command: str
    parameters: tuple[str, ...]

    def name_of(self, bound: Mapping[str, Any]) -> str:
        """Return the name of the file for the parameters of a request, without .json."""
        return "-".join((self.command, *(name_part(bound[parameter]) for parameter in self.parameters)))

    @property
    def example(self) -> str:
        """Return the name with the names of the parameters: list-access-keys-UserName.json."""
        return f"{'-'.join((self.command, *self.parameters))}.json"

    def values(self, name: str) -> str | None:
        """Return the part of a file name after the command, '' if the request has no parameters; None for another name."""
        remaining = _without_service(name, self.call.service)
        start, remaining = remaining[: len(self.command)], remaining[len(self.command) :]
        if start.lower().replace("_", "-") != self.command:
            return None
        if not self.parameters:
            return None if remaining else ""
        return remaining[1:] if len(remaining) > 1 and remaining[0] in SEPARATORS else None


def _without_service(name: str, service: str) -> str:
    """Return a file name without the name of the service before the command."""
    prefix, remaining = name[: len(service)], name[len(service) :]
    return remaining[1:] if prefix.lower() == service and remaining[:1] in SEPARATORS else name


def name_part(value: Any) -> str:
    """Return a parameter in the form of file names: the last part of an ARN or URL, with - for each /."""
    text = str(value[0] if isinstance(value, list) and value else value)
    return text.rpartition("/" if text.startswith("http") else ":")[2].replace("/", "-")


@cache
def named_files() -> tuple[NamedFile, ...]:
    """Return the file of each call with responses that are recognized by name, longer commands first."""
    resources = {shape.call for shape in (*detect_resources.LISTS, *detect_resources.DETAILS)}
    calls = (call for call in all_calls() if not call.implicit and call.operation not in BY_CONTENT)
    files = [
        NamedFile(call, detect_resources.command(call), _parameters_in_name(call))
        for call in calls
        if call not in resources
    ]
    return tuple(sorted(files, key=lambda file: (-len(file.command), file.call.raw)))


def _parameters_in_name(call: Call) -> tuple[str, ...]:
    """Return the parameters in the name: first for the parent, then to distinguish the variants of the call."""
    parameter_names = tuple(name for name, _ in call.params_from if name not in IMPLIED) or tuple(
        name for name, _ in call.params_from
    )
    variants = tuple(json.loads(call.variants[0])) if call.variants else ()
    scope = (SCOPE,) if SCOPE in dict(call.params) else ()
    return (*(name for name in parameter_names if call.parent), *variants, *scope)


def responses(file: InputFile, document: dict[str, Any]) -> list[Response]:
    """Return the response that the name of a file announces, with its parameters as text; [] for any other document."""
    for named_file in named_files():
        values = named_file.values(stem(file.path))
        items = None if values is None else _items_of_response(named_file.call, document)
        if values is None or items is None or not _is_variant(named_file, values):
            continue
        call = named_file.call
        account_id, region = detect_resources.location(file, call)
        return [Response(call.service, call.operation, items, call.part, {}, region, account_id, named_after=values)]
    return []


def _is_variant(named_file: NamedFile, values: str) -> bool:
    """Return whether the name of a file has the values of one of the variants of a call, or the call has none."""
    scope = dict(named_file.call.params).get(SCOPE)
    variants = [name_part(value) for text in named_file.call.variants for value in json.loads(text).values()]
    return (not variants or values in variants) and (scope is None or values == scope)


def _items_of_response(call: Call, document: dict[str, Any]) -> Items | list[Any] | None:
    """Return the items of a response; None if the document is not a response to the call."""
    members = document.keys() - {"ResponseMetadata"}
    if not members:
        return [{}] if call.empty_item else []
    if not call.items:
        needed = RESPONSE_MEMBERS.get(call.operation)
        plain = {name: [*value] if isinstance(value, Items) else value for name, value in document.items()}
        return [plain] if needed in members else None
    value = document.get(call.items)
    return value if isinstance(value, Items) else [value] if isinstance(value, dict) else None

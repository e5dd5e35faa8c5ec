"""Recognize the AWS CLI's responses about resources with policies. Names of files and folders supply the missing parameters.

A response about one resource often does not contain the resource: the file is named after the command and the resource, such as
get-bucket-policy-NAME.json, with `-` for each `/` of the name. Its folders are named after the account and the region.
Several services have a command get-resource-policy: a response that does not show the service has the service in the file name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamsql.model import Call, snake_case
from iamsql.sync.importer.files import InputFile
from iamsql.sync.importer.items import Items
from iamsql.sync.importer.responses import Response, stem
from iamsql.tables.calls import resources as calls

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
ACCOUNT_FOLDER = re.compile(r"\d{12}")
GLOBAL = "global"
Location = tuple[str, str]  # account and region


@dataclass(frozen=True)
class ListShape:
    """A list of resources: the call, and the key that its items have; '' for items that are strings."""

    call: Call
    needs: str
    bound_of: Callable[[dict[str, Any]], dict[str, Any]] = lambda item: {}


@dataclass(frozen=True)
class DetailShape:
    """A response about one resource: the call, and the members that identify it. A response has one of them, or is empty.
    `name` and `value` are the members of the listed item that are in the file name and in the request; '' is the item.
    `own` is the path of the request's value in the response, for responses that have it. `can_be_none`: AWS returns an
    error for a resource without a policy, so no file has its response.
    """

    call: Call
    needs: tuple[str, ...]
    name: str = ""
    value: str = ""
    own: tuple[str, ...] = ()
    can_be_none: bool = True


def _layer_parameters(version: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of the list that has a layer version."""
    return {"LayerName": str(version["LayerVersionArn"]).rpartition(":")[0]}


LISTS = (
    ListShape(calls.BUCKETS, "CreationDate"),
    ListShape(calls.ACCESS_POINTS, "AccessPointArn"),
    ListShape(calls.MULTI_REGION_POINTS, "PublicAccessBlock"),
    ListShape(calls.KEYS, "KeyArn"),
    ListShape(calls.QUEUES, ""),
    ListShape(calls.TOPICS, "TopicArn"),
    ListShape(calls.FUNCTIONS, "FunctionArn"),
    ListShape(calls.LAYERS, "LayerArn"),
    ListShape(calls.LAYER_VERSIONS, "LayerVersionArn", _layer_parameters),
    ListShape(calls.SECRETS, "ARN"),
    ListShape(calls.REPOSITORIES, "repositoryArn"),
    ListShape(calls.EVENT_BUSES, "Arn"),
    ListShape(calls.REST_APIS, "createdDate"),
    ListShape(calls.LOG_POLICIES, "policyDocument"),
    ListShape(calls.DOMAINS, "DomainName"),
    ListShape(calls.VAULTS, "BackupVaultArn"),
    ListShape(calls.TABLES, ""),
    ListShape(calls.FILE_SYSTEMS, "FileSystemArn"),
    ListShape(calls.GLACIER_VAULTS, "VaultARN"),
    ListShape(calls.IDENTITIES, "IdentityName"),
    ListShape(calls.REGISTRIES, "RegistryArn"),
    ListShape(calls.ENDPOINTS, "VpcEndpointId"),
)
DETAILS = (
    DetailShape(calls.BUCKET_POLICY, ("Policy",), "Name", "Name"),
    DetailShape(calls.BUCKET_BLOCK, ("PublicAccessBlockConfiguration",), "Name", "Name"),
    DetailShape(calls.BUCKET_OWNERSHIP, ("OwnershipControls",), "Name", "Name"),
    DetailShape(calls.BUCKET_ACL, ("Grants",), "Name", "Name", can_be_none=False),
    DetailShape(calls.ACCOUNT_BLOCK, ("PublicAccessBlockConfiguration",)),
    DetailShape(calls.ACCESS_POINT_POLICY, ("Policy",), "Name", "Name"),
    DetailShape(calls.ACCESS_POINT, ("AccessPointArn",), "Name", "Name", ("Name",), can_be_none=False),
    DetailShape(calls.MULTI_REGION_POINT_POLICY, ("Policy",), "Name", "Name"),
    DetailShape(calls.KEY, ("KeyMetadata",), "KeyId", "KeyArn", ("KeyMetadata", "Arn"), can_be_none=False),
    DetailShape(calls.KEY_POLICY, ("Policy",), "KeyId", "KeyArn", can_be_none=False),
    DetailShape(calls.KEY_GRANTS, ("Grants",), "KeyId", "KeyArn"),
    DetailShape(calls.QUEUE, ("Attributes",)),
    DetailShape(calls.TOPIC, ("Attributes",), "TopicArn", "TopicArn", ("Attributes", "TopicArn")),
    DetailShape(calls.FUNCTION_POLICY, ("Policy",), "FunctionName", "FunctionArn"),
    DetailShape(calls.SECRET_POLICY, ("ResourcePolicy", "Name"), "Name", "ARN", ("ARN",)),
    DetailShape(calls.REPOSITORY_POLICY, ("policyText",), "repositoryName", "repositoryName", ("repositoryName",)),
    DetailShape(calls.REGISTRY_POLICY, ("policyText",)),
    DetailShape(calls.CATALOG_POLICY, ("PolicyInJson",)),
    DetailShape(calls.DOMAIN, ("DomainStatus",), "DomainName", "DomainName", ("DomainStatus", "DomainName")),
    DetailShape(calls.VAULT_POLICY, ("BackupVaultArn",), "BackupVaultName", "BackupVaultName", ("BackupVaultName",)),
    DetailShape(calls.TABLE_POLICY, ("Policy", "RevisionId")),
    DetailShape(calls.FILE_SYSTEM_POLICY, ("FileSystemId",), "FileSystemId", "FileSystemId", ("FileSystemId",)),
    DetailShape(calls.GLACIER_VAULT_POLICY, ("policy",), "VaultName", "VaultName"),
    DetailShape(calls.IDENTITY_POLICIES, ("Policies",), "IdentityName", "IdentityName"),
    DetailShape(calls.SCHEMA_REGISTRY_POLICY, ("Policy", "RevisionId"), "RegistryName", "RegistryName"),
)
FOR_ACCOUNT = (calls.ACCOUNT_BLOCK, calls.CATALOG_POLICY, calls.REGISTRY_POLICY)  # not for each resource of a list


def command(call: Call) -> str:
    """Return the command of the AWS CLI: get-bucket-policy for GetBucketPolicy."""
    return snake_case(call.operation).replace("_", "-")


def _file_pattern(call: Call) -> re.Pattern[str]:
    """Return the pattern of file names: the command, after any prefix, and the name of the resource for a call for each."""
    name = "" if call in FOR_ACCOUNT or not call.parent else r"[-_. ](?P<name>.+)"
    return re.compile(rf"(?:(?P<before>.*)[-_. ])?{command(call)}{name}", re.DOTALL)


_PATTERNS = [(shape, _file_pattern(shape.call)) for shape in DETAILS]
# Services that have a command of the same name: the name of the service may come before it, as in dynamodb-get-resource-policy.
_SERVICES = {
    command(shape.call): {other.call.service for other in DETAILS if command(other.call) == command(shape.call)}
    for shape in DETAILS
}


def responses(file: InputFile, document: dict[str, Any]) -> list[Response]:
    """Return the responses of a document about resources; [] if it is not one."""
    detail = _detail_response(file, document)
    if detail is None:
        return [response for shape in LISTS for response in _list_responses(shape, file, document)]
    return [detail]


def _list_responses(shape: ListShape, file: InputFile, document: Mapping[str, Any]) -> Iterator[Response]:
    items = document.get(shape.call.items)
    if not isinstance(items, Items) or not all(_matches_shape(shape, item) for item in items):
        return
    if not items and not stem(file.path).endswith(command(shape.call)):
        return
    by_request: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for index, item in enumerate(items):
        bound = shape.bound_of(item) if isinstance(item, dict) else {}
        by_request.setdefault(str(bound), (bound, []))[1].append(index)
    account_id, region = location(file, shape.call)
    for bound, indexes in by_request.values() or [({}, [])]:
        selected = items.select(indexes)
        yield Response(shape.call.service, shape.call.operation, selected, "", bound, region, account_id)


def _matches_shape(shape: ListShape, item: Any) -> bool:
    if not shape.needs:
        return isinstance(item, str) and (shape.call != calls.QUEUES or item.startswith(("https://", "http://")))
    return isinstance(item, dict) and shape.needs in item


def _detail_response(file: InputFile, document: Mapping[str, Any]) -> Response | None:
    """Return the response about one resource, with the name in the file name as its parameter."""
    name = stem(file.path)
    for shape, pattern in _PATTERNS:
        match, members = pattern.fullmatch(name), document.keys() - {"ResponseMetadata"}
        has_member = not members or bool(members & set(shape.needs))
        if not match or not has_member or not _is_text(shape, document) or _is_of_other(shape, match["before"] or ""):
            continue
        parameters = [parameter for parameter, _ in shape.call.params_from]
        bound = {parameters[-1]: match["name"]} if "name" in match.groupdict() else {}
        plain = {member: [*value] if isinstance(value, Items) else value for member, value in document.items()}
        item = plain.get(shape.call.items) or {} if shape.call.items else plain
        account_id, region = location(file, shape.call)
        return Response(shape.call.service, shape.call.operation, [item], "", bound, region, account_id)
    return None


def _is_of_other(shape: DetailShape, before: str) -> bool:
    """Return whether the word before the command is another service that has a command of this name."""
    return re.split("[-_. ]", before)[-1] in _SERVICES[command(shape.call)] - {shape.call.service}


def _is_text(shape: DetailShape, document: Mapping[str, Any]) -> bool:
    """Return whether the policy is a string. In the response of IAM's GetPolicy, it is an object."""
    return (
        shape.needs[0] != "Policy"
        or shape.call == calls.MULTI_REGION_POINT_POLICY
        or isinstance(document.get("Policy") or "", str)
    )


def location(file: InputFile, call: Call) -> Location:
    """Return the account and region of the nearest folders that are named after them; '' for no account."""
    folders = [*file.path.relative_to(file.root).parts[-2::-1], file.root.name]
    account = next((name for name in folders if ACCOUNT_FOLDER.fullmatch(name)), "")
    region = next((name for name in folders if REGION.fullmatch(name)), "")
    return account, region if call.regional and region else GLOBAL

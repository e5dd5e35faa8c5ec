"""Evaluate the session policy of an assumed role. Requests that the policy does not allow are denied.

The actions are from AWS's Service Authorization Reference, not from iamsql's declarations, so a sync of the sample
organization shows whether the policies of iamsql suffice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from iamsql.demo.errors import AwsError, access_denied_error
from iamsql.demo.protocol import Request

MAX_LENGTH = 2048  # characters of session policies (API reference of AssumeRole)
ACTIONS = {
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("access-analyzer", "ListFindingsV2"): "access-analyzer:ListFindings",
    ("apigateway", "GetRestApis"): "apigateway:GET",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "GetAccessPoint"): "s3:GetAccessPoint",
    ("s3control", "GetAccessPointPolicy"): "s3:GetAccessPointPolicy",
    ("s3control", "ListAccessPoints"): "s3:ListAccessPoints",
    ("s3control", "GetMultiRegionAccessPointPolicy"): "s3:GetMultiRegionAccessPointPolicy",
    ("s3control", "ListMultiRegionAccessPoints"): "s3:ListMultiRegionAccessPoints",
}
ALWAYS_ALLOWED = ("sts:GetCallerIdentity",)  # needs no permission


def action_of(service: str, operation: str) -> str:
    """Return the IAM action that a request needs; `service` is the signing name."""
    return ACTIONS.get((service, operation), f"{service}:{operation}")


def checked(text: str) -> str:
    """Return the text of a session policy; raise the error of STS if it is too long or not a policy."""
    if not text:
        return text
    if len(text) > MAX_LENGTH:
        raise AwsError("ValidationError", f"Value at 'policy' must have length less than or equal to {MAX_LENGTH}")
    try:
        _statements(text)
    except (ValueError, KeyError, TypeError) as error:
        raise AwsError("MalformedPolicyDocument", f"The policy is not valid: {error}") from error
    return text


def check(policy: str, partition: str, principal: str, request: Request) -> None:
    """Raise AccessDenied for a request that a session policy does not allow; '' means no policy."""
    action = action_of(request.service, request.operation)
    if not policy or action in ALWAYS_ALLOWED:
        return
    needed: list[tuple[str, str, dict[str, str]]] = [(action, _resource(partition, request), {})]
    if action == "s3:GetObject":  # the log files are encrypted, and S3 decrypts with the caller's permissions
        via = {"kms:ViaService": f"s3.{request.region}.amazonaws.com"}
        needed.append(("kms:Decrypt", f"arn:{partition}:kms:{request.region}:111122223333:key/trail", via))
    for permission, resource, context in needed:
        if not allows(policy, permission, resource, context):
            message = f"because no session policy allows the {permission} action"
            raise access_denied_error(request.service, request.operation, principal, message)


def allows(policy: str, action: str, resource: str = "*", context: Mapping[str, str] | None = None) -> bool:
    """Return whether a session policy allows an action on a resource in a context of condition keys."""
    return any(
        any(_fits(pattern, action.lower()) for pattern in actions)
        and any(_fits(pattern, resource) for pattern in resources)
        and _matches(condition, context or {})
        for actions, resources, condition in _statements(policy)
    )


def _resource(partition: str, request: Request) -> str:
    """Return the ARN of a request; '*' where the policies of iamsql specify no resource."""
    params = dict(request.params)
    if request.service == "s3":
        return f"arn:{partition}:s3:::" + "/".join(params[name] for name in ("Bucket", "Key") if name in params)
    return str(params.get("RoleArn", "")) if request.operation == "AssumeRole" else "*"


@cache
def _statements(text: str) -> tuple[tuple[list[str], list[str], dict[str, Any]], ...]:
    return tuple(_parsed(json.loads(text)))


def _parsed(policy: dict[str, Any]) -> Iterator[tuple[list[str], list[str], dict[str, Any]]]:
    """Yield actions in lower case, resources and condition of each statement. The policies of iamsql have no Deny."""
    for statement in policy["Statement"]:
        if statement["Effect"] != "Allow":
            raise ValueError("only Allow is supported")
        condition = statement.get("Condition", {})
        if not condition.keys() <= {"StringLike", "StringEquals"}:
            raise ValueError(f"unknown operator in {condition}")
        yield [action.lower() for action in _listed(statement["Action"])], _listed(statement["Resource"]), condition


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _matches(condition: dict[str, Any], context: Mapping[str, str]) -> bool:
    """Return whether a condition is met: each key is in the context and has one of the values."""
    return all(
        key in context and any(_fits(pattern, context[key]) for pattern in _listed(values))
        for keys in condition.values()
        for key, values in keys.items()
    )


def _fits(pattern: str, text: str) -> bool:
    return bool(_compiled(pattern).fullmatch(text))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile an IAM pattern: `*` matches any characters, `?` one character."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)

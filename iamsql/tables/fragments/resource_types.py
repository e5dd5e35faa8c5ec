"""The types of resources with policies: for each the calls, and expressions over the items of their lists."""

from __future__ import annotations

from typing import NamedTuple

from iamsql.model import Call
from iamsql.tables.calls import resources as calls

PARTITION = '(select r."partition" from iamsql.run r)'
ANY_PARTITION = "arn:*:"  # the start of ARNs that are built from names, until the partition replaces the *


class Resource(NamedTuple):
    """A type of resource: expressions over the item `l` of a list, and the call that returns the policy of each.

    `member` is the member with the policy in the response of `answer`, or in the item of the list if there is no `answer`. `key`
    is the value in the item of the list that the `parameters` of the request have, separated by spaces. `own_arn` is the member
    with the ARN in the response, which is preferred to an ARN that is built from names. `condition` excludes items of the list.
    """

    resource_type: str
    listing: Call
    arn: str
    name: str
    member: str
    answer: Call | None = None
    key: str = "''"
    parameters: tuple[str, ...] = ()
    own_arn: str = ""
    region: str = "l.region"
    condition: str = ""


def _built_arn(service: str, resource: str, location: str = "l.region, ':', l.account_id, ':', ") -> str:
    """Return the expression of an ARN in the account and region of a listed item; `resource` is an expression."""
    return f"concat('{ANY_PARTITION}{service}:', {location}{resource})"


def with_partition(arn: str) -> str:
    """Return the expression of an ARN with the partition of the run."""
    return f"replace({arn}, '{ANY_PARTITION}', concat('arn:', {PARTITION}, ':'))"


def _member(name: str) -> str:
    return f"(l.item ->> '$.{name}')"  # in parentheses, because = binds more tightly than ->>


def _last(expression: str, separator: str) -> str:
    """Return the expression of the part of a text after the last separator."""
    return f"split_part({expression}, '{separator}', -1)"


def _each(resource_type: str, answer: Call, member: str, arn: str, name: str, key: str = "", **more: str) -> Resource:
    """Return a type of resource with a response for each; the last parameter of the request identifies the resource."""
    parameters = (answer.params_from[-1][0],)
    return Resource(resource_type, answer.parent or answer, arn, name, member, answer, key or arn, parameters, **more)


_QUEUE_NAME = "split_part(l.item ->> '$', '/', 5)"  # https://sqs.REGION.amazonaws.com/ACCOUNT/NAME
_POINT, _ALIAS = _member("Name"), _member("Alias")
_BUCKET, _DOMAIN, _VAULT = _member("Name"), _member("DomainName"), _member("BackupVaultName")
_KEY, _TOPIC, _FUNCTION = _member("KeyArn"), _member("TopicArn"), _member("FunctionArn")
_VAULT_NAME, _IDENTITY, _REGISTRY = _member("VaultName"), _member("IdentityName"), _member("RegistryName")
_TABLE, _FILE_SYSTEM = "(l.item ->> '$')", _member("FileSystemId")
_TABLE_ARN = _built_arn("dynamodb", f"'table/', {_TABLE}")
_LOG_GROUPS = _built_arn("logs", "'log-group:*'")
_LAYER = Resource(
    "lambda_layer_version",
    calls.LAYER_VERSIONS,
    _member("LayerVersionArn"),
    _last("l.bound ->> '$.LayerName'", ":"),
    "Policy",
    calls.LAYER_POLICY,
    "(l.bound ->> '$.LayerName') || ' ' || (l.item ->> '$.Version')",
    ("LayerName", "VersionNumber"),
)
# about: The resource types whose policies a sync reads.
# source: IAM User Guide, "AWS services that work with IAM", column resource-based policies
# date: 2026-11-29
# rebuild: read the page for more services with resource-based policies
RESOURCES = (
    _each(
        "s3_bucket",
        calls.BUCKET_POLICY,
        "Policy",
        _built_arn("s3", _BUCKET, "'::', "),
        _BUCKET,
        _BUCKET,
        region=_member("BucketRegion"),
    ),
    _each("s3_access_point", calls.ACCESS_POINT_POLICY, "Policy", _member("AccessPointArn"), _BUCKET, _BUCKET),
    _each(
        "s3_multi_region_access_point",
        calls.MULTI_REGION_POINT_POLICY,
        "Policy.Established.Policy",
        _built_arn("s3", f"'accesspoint/', {_ALIAS}", "':', l.account_id, ':', "),
        _POINT,
        _POINT,
        region="'global'",
        condition=f"{_ALIAS} is not null",  # an access point that is being created has none
    ),
    _each("kms_key", calls.KEY_POLICY, "Policy", _KEY, _last(_KEY, "/")),
    _each(
        "sqs_queue",
        calls.QUEUE,
        "Policy",
        _built_arn("sqs", _QUEUE_NAME),
        _QUEUE_NAME,
        "(l.item ->> '$')",
        own_arn="QueueArn",
    ),
    _each("sns_topic", calls.TOPIC, "Policy", _TOPIC, _last(_TOPIC, ":")),
    _each("lambda_function", calls.FUNCTION_POLICY, "Policy", _FUNCTION, _member("FunctionName")),
    _LAYER,
    _each("secret", calls.SECRET_POLICY, "ResourcePolicy", _member("ARN"), _member("Name")),
    _each(
        "ecr_repository",
        calls.REPOSITORY_POLICY,
        "policyText",
        _member("repositoryArn"),
        _member("repositoryName"),
        _member("repositoryName"),
    ),
    # The policy is about repositories of the registry: the registry has no ARN of its own.
    Resource("ecr_registry", calls.REGISTRY_POLICY, _built_arn("ecr", "'repository/*'"), "l.account_id", "policyText"),
    Resource("event_bus", calls.EVENT_BUSES, _member("Arn"), _member("Name"), "Policy"),
    Resource(
        "rest_api",
        calls.REST_APIS,
        _built_arn("apigateway", _member("id"), "l.region, '::/restapis/', "),
        _member("name"),
        "policy",
    ),
    Resource(
        "log_group",
        calls.LOG_POLICIES,
        f"coalesce(l.item ->> '$.resourceArn', {_LOG_GROUPS})",
        _member("policyName"),
        "policyDocument",
    ),
    Resource("glue_catalog", calls.CATALOG_POLICY, _built_arn("glue", "'catalog'"), "'catalog'", "PolicyInJson"),
    _each(
        "opensearch_domain",
        calls.DOMAIN,
        "AccessPolicies",
        _built_arn("es", f"'domain/', {_DOMAIN}"),
        _DOMAIN,
        _DOMAIN,
        own_arn="ARN",
    ),
    _each("backup_vault", calls.VAULT_POLICY, "Policy", _member("BackupVaultArn"), _VAULT, _VAULT),
    _each("dynamodb_table", calls.TABLE_POLICY, "Policy", _TABLE_ARN, _TABLE, with_partition(_TABLE_ARN)),
    _each("efs_file_system", calls.FILE_SYSTEM_POLICY, "Policy", _member("FileSystemArn"), _FILE_SYSTEM, _FILE_SYSTEM),
    _each("glacier_vault", calls.GLACIER_VAULT_POLICY, "policy.Policy", _member("VaultARN"), _VAULT_NAME, _VAULT_NAME),
    _each(
        "ses_identity",
        calls.IDENTITY_POLICIES,
        "Policies",
        _built_arn("ses", f"'identity/', {_IDENTITY}"),
        _IDENTITY,
        _IDENTITY,
    ),
    _each(
        "schema_registry",
        calls.SCHEMA_REGISTRY_POLICY,
        "Policy",
        _member("RegistryArn"),
        _REGISTRY,
        _REGISTRY,
        condition=f"{_REGISTRY} <> 'aws.events'",
    ),
    Resource(
        "vpc_endpoint",
        calls.ENDPOINTS,
        _built_arn("ec2", f"'vpc-endpoint/', {_member('VpcEndpointId')}"),
        _member("VpcEndpointId"),
        "PolicyDocument",
    ),
)

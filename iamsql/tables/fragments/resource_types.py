"""The types of resources with policies. Each type has its calls, and expressions over the items of the list call."""

from __future__ import annotations

from typing import NamedTuple

from iamsql.model import Call
from iamsql.tables.calls import resources as calls

PARTITION = '(select r."partition" from iamsql.run r)'
ANY_PARTITION = "arn:*:"  # the start of ARNs that are built from names, until the partition replaces the *


class Resource(NamedTuple):
    """A type of resource: expressions over the item `l` of a list, and the call that returns the policy of each.

    - `member`: the member with the policy, in the response of `answer`; without `answer`, in the item of the list.
    - `parameters`: the parameters of the request for the policy.
    - `key`: the expression of the values of these parameters, separated by spaces.
    - `own_arn`: the member with the ARN in the response. It replaces an ARN that is built from names.
    - `condition`: the condition that listed items must meet; '' for none.
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


def _item_member(name: str) -> str:
    return f"(l.item ->> '$.{name}')"  # in parentheses, because = binds more tightly than ->>


def _last_part(expression: str, separator: str) -> str:
    """Return the expression of the part of a string after the last separator."""
    return f"split_part({expression}, '{separator}', -1)"


def _resource_type_with_policy_call(
    resource_type: str, policy_call: Call, policy_member: str, arn: str, name: str, key: str = "", **fields: str
) -> Resource:
    """Declare a resource type whose policy is returned by one call per resource.

    The call's last parameter identifies the resource. `fields` are more fields of Resource.
    """
    parameters = (policy_call.params_from[-1][0],)
    list_call = policy_call.parent or policy_call
    return Resource(resource_type, list_call, arn, name, policy_member, policy_call, key or arn, parameters, **fields)


_QUEUE_NAME = "split_part(l.item ->> '$', '/', 5)"  # https://sqs.REGION.amazonaws.com/ACCOUNT/NAME
_POINT, _ALIAS = _item_member("Name"), _item_member("Alias")
_BUCKET, _DOMAIN, _VAULT = _item_member("Name"), _item_member("DomainName"), _item_member("BackupVaultName")
_KEY, _TOPIC, _FUNCTION = _item_member("KeyArn"), _item_member("TopicArn"), _item_member("FunctionArn")
_VAULT_NAME, _IDENTITY, _REGISTRY = (
    _item_member("VaultName"),
    _item_member("IdentityName"),
    _item_member("RegistryName"),
)
_TABLE, _FILE_SYSTEM = "(l.item ->> '$')", _item_member("FileSystemId")
_TABLE_ARN = _built_arn("dynamodb", f"'table/', {_TABLE}")
_LOG_GROUPS = _built_arn("logs", "'log-group:*'")
_LAYER = Resource(
    "lambda_layer_version",
    calls.LAYER_VERSIONS,
    _item_member("LayerVersionArn"),
    _last_part("l.bound ->> '$.LayerName'", ":"),
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
    _resource_type_with_policy_call(
        "s3_bucket",
        calls.BUCKET_POLICY,
        "Policy",
        _built_arn("s3", _BUCKET, "'::', "),
        _BUCKET,
        _BUCKET,
        region=_item_member("BucketRegion"),
    ),
    _resource_type_with_policy_call(
        "s3_access_point", calls.ACCESS_POINT_POLICY, "Policy", _item_member("AccessPointArn"), _BUCKET, _BUCKET
    ),
    _resource_type_with_policy_call(
        "s3_multi_region_access_point",
        calls.MULTI_REGION_POINT_POLICY,
        "Policy.Established.Policy",
        _built_arn("s3", f"'accesspoint/', {_ALIAS}", "':', l.account_id, ':', "),
        _POINT,
        _POINT,
        region="'global'",
        condition=f"{_ALIAS} is not null",  # an access point that is being created has none
    ),
    _resource_type_with_policy_call("kms_key", calls.KEY_POLICY, "Policy", _KEY, _last_part(_KEY, "/")),
    _resource_type_with_policy_call(
        "sqs_queue",
        calls.QUEUE,
        "Policy",
        _built_arn("sqs", _QUEUE_NAME),
        _QUEUE_NAME,
        "(l.item ->> '$')",
        own_arn="QueueArn",
    ),
    _resource_type_with_policy_call("sns_topic", calls.TOPIC, "Policy", _TOPIC, _last_part(_TOPIC, ":")),
    _resource_type_with_policy_call(
        "lambda_function", calls.FUNCTION_POLICY, "Policy", _FUNCTION, _item_member("FunctionName")
    ),
    _LAYER,
    _resource_type_with_policy_call(
        "secret", calls.SECRET_POLICY, "ResourcePolicy", _item_member("ARN"), _item_member("Name")
    ),
    _resource_type_with_policy_call(
        "ecr_repository",
        calls.REPOSITORY_POLICY,
        "policyText",
        _item_member("repositoryArn"),
        _item_member("repositoryName"),
        _item_member("repositoryName"),
    ),
    # The policy is about repositories of the registry: the registry has no ARN of its own.
    Resource("ecr_registry", calls.REGISTRY_POLICY, _built_arn("ecr", "'repository/*'"), "l.account_id", "policyText"),
    Resource("event_bus", calls.EVENT_BUSES, _item_member("Arn"), _item_member("Name"), "Policy"),
    Resource(
        "rest_api",
        calls.REST_APIS,
        _built_arn("apigateway", _item_member("id"), "l.region, '::/restapis/', "),
        _item_member("name"),
        "policy",
    ),
    Resource(
        "log_group",
        calls.LOG_POLICIES,
        f"coalesce(l.item ->> '$.resourceArn', {_LOG_GROUPS})",
        _item_member("policyName"),
        "policyDocument",
    ),
    Resource("glue_catalog", calls.CATALOG_POLICY, _built_arn("glue", "'catalog'"), "'catalog'", "PolicyInJson"),
    _resource_type_with_policy_call(
        "opensearch_domain",
        calls.DOMAIN,
        "AccessPolicies",
        _built_arn("es", f"'domain/', {_DOMAIN}"),
        _DOMAIN,
        _DOMAIN,
        own_arn="ARN",
    ),
    _resource_type_with_policy_call(
        "backup_vault", calls.VAULT_POLICY, "Policy", _item_member("BackupVaultArn"), _VAULT, _VAULT
    ),
    _resource_type_with_policy_call(
        "dynamodb_table", calls.TABLE_POLICY, "Policy", _TABLE_ARN, _TABLE, with_partition(_TABLE_ARN)
    ),
    _resource_type_with_policy_call(
        "efs_file_system", calls.FILE_SYSTEM_POLICY, "Policy", _item_member("FileSystemArn"), _FILE_SYSTEM, _FILE_SYSTEM
    ),
    _resource_type_with_policy_call(
        "glacier_vault", calls.GLACIER_VAULT_POLICY, "policy.Policy", _item_member("VaultARN"), _VAULT_NAME, _VAULT_NAME
    ),
    _resource_type_with_policy_call(
        "ses_identity",
        calls.IDENTITY_POLICIES,
        "Policies",
        _built_arn("ses", f"'identity/', {_IDENTITY}"),
        _IDENTITY,
        _IDENTITY,
    ),
    _resource_type_with_policy_call(
        "schema_registry",
        calls.SCHEMA_REGISTRY_POLICY,
        "Policy",
        _item_member("RegistryArn"),
        _REGISTRY,
        _REGISTRY,
        condition=f"{_REGISTRY} <> 'aws.events'",
    ),
    Resource(
        "vpc_endpoint",
        calls.ENDPOINTS,
        _built_arn("ec2", f"'vpc-endpoint/', {_item_member('VpcEndpointId')}"),
        _item_member("VpcEndpointId"),
        "PolicyDocument",
    ),
)

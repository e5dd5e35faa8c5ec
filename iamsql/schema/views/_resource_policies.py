"""The SQL of resources with policies: the lists of resources, and the responses with the policy of each.

A response without a policy has an item too (`empty_item` in `iamsql.schema.tables._resource_calls`), so that a resource
without a policy differs from a resource whose policy was not read.
"""

from __future__ import annotations

from typing import NamedTuple

from iamsql.model import Call
from iamsql.schema.tables import _resource_calls as calls

PARTITION = '(select r."partition" from iamsql.run r)'
ANY_PARTITION = "arn:*:"  # the start of ARNs that are built from names, until the partition replaces the *


class Resource(NamedTuple):
    """A type of resource: expressions over the item `l` of a list, and the call that returns the policy of each.

    `member` is the member with the policy in the response of `answer`, or in the item of the list if there is no `answer`. `key`
    is the value in the item of the list that the `parameters` of the request have, separated by spaces. `own_arn` is the member
    with the ARN in the response, which is preferred to an ARN that is built from names.
    """

    kind: str
    listing: Call
    arn: str
    name: str
    member: str
    answer: Call | None = None
    key: str = "''"
    parameters: tuple[str, ...] = ()
    own_arn: str = ""
    region: str = "l.region"


def details_of(call: Call, *parameters: str) -> str:
    """Return the SELECT of the responses to a call for each resource: account_id, region, key and item.

    The key are the values of the parameters, separated by spaces.
    """
    return f'(select account_id, region, {_key(parameters)} as key, any_value(item) as item from raw."{call.raw}" group by all)'


def join_details(alias: str, call: Call, key: str, *parameters: str) -> str:
    """Return the left join of the responses to a call for each listed item `l` with the key."""
    same = f"{alias}.account_id = l.account_id and {alias}.region = l.region and {alias}.key = {key}"
    return f"left join {details_of(call, *parameters)} {alias} on {same}"


def _key(parameters: tuple[str, ...]) -> str:
    return " || ' ' || ".join(f"(bound ->> '$.{parameter}')" for parameter in parameters)


def _built_arn(service: str, resource: str, place: str = "l.region, ':', l.account_id, ':', ") -> str:
    """Return the expression of an ARN in the account and region of a listed item; `resource` is an expression."""
    return f"concat('{ANY_PARTITION}{service}:', {place}{resource})"


def _member(name: str) -> str:
    return f"(l.item ->> '$.{name}')"  # in parentheses, because = binds more tightly than ->>


def _last(expression: str, separator: str) -> str:
    """Return the expression of the part of a text after the last separator."""
    return f"split_part({expression}, '{separator}', -1)"


def _each(kind: str, answer: Call, member: str, arn: str, name: str, key: str = "", **more: str) -> Resource:
    """Return a type of resource with a response for each; the last parameter of the request identifies the resource."""
    parameters = (answer.params_from[-1][0],)
    return Resource(kind, answer.parent or answer, arn, name, member, answer, key or arn, parameters, **more)


_QUEUE_NAME = "split_part(l.item ->> '$', '/', 5)"  # https://sqs.REGION.amazonaws.com/ACCOUNT/NAME
_BUCKET, _DOMAIN, _VAULT = _member("Name"), _member("DomainName"), _member("BackupVaultName")
_KEY, _TOPIC, _FUNCTION = _member("KeyArn"), _member("TopicArn"), _member("FunctionArn")
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
# rebuild: read the page for further services with resource-based policies
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
    Resource(
        "vpc_endpoint",
        calls.ENDPOINTS,
        _built_arn("ec2", f"'vpc-endpoint/', {_member('VpcEndpointId')}"),
        _member("VpcEndpointId"),
        "PolicyDocument",
    ),
)
# The calls that return the policies of resources, and those that list the resources.
POLICY_CALLS = tuple(resource.answer for resource in RESOURCES if resource.answer)
LISTS = (*(resource.listing for resource in RESOURCES), calls.LAYERS)
_BESIDE = {
    "s3_bucket": (calls.BUCKET_BLOCK, calls.ACCOUNT_BLOCK, calls.BUCKET_OWNERSHIP),
    # the public access block of the bucket behind an access point decides too
    "s3_access_point": (calls.ACCESS_POINT, calls.BUCKETS, calls.BUCKET_BLOCK, calls.ACCOUNT_BLOCK),
    "kms_key": (calls.KEY_GRANTS,),
}


def _calls_of(resource: Resource) -> tuple[Call, ...]:
    """Return the calls for the resources of a type, parents first."""
    found = (resource.listing.parent, resource.listing, resource.answer, *_BESIDE.get(resource.kind, ()))
    return tuple(call for call in found if call)


CALLS_OF_TYPES = tuple((resource.kind, _calls_of(resource)) for resource in RESOURCES)


def _listed(resource: Resource) -> str:
    policy = "cast(null as json)" if resource.answer else f"l.item -> '$.{resource.member}'"
    return f"""
  select '{resource.kind}' as resource_type, l.account_id, l.region as listed_in, {resource.region} as region,
    {resource.key} as key, {resource.arn} as arn, {resource.name} as name, {not resource.answer} as is_read, {policy} as policy
  from raw."{resource.listing.raw}" l"""


def _answers(resource: Resource) -> str:
    own_arn = f"any_value(item ->> '$.{resource.own_arn}')" if resource.own_arn else "cast(null as varchar)"
    return f"""
  select '{resource.kind}' as resource_type, account_id, region, {_key(resource.parameters)} as key, {own_arn} as arn,
    any_value(item -> '$.{resource.member}') as policy
  from raw."{resource.answer.raw if resource.answer else ""}" group by all"""


# CTEs up to `resources`: account_id, region, resource_type, arn, name, is_read, has_policy, document. All types have one join,
# because each join and each aggregate takes memory. The policy of an API has a backslash before each quotation mark (as in the
# output of the AWS CLI for get-rest-apis; assumed for all).
CTES = f"""
listed as ({" union all ".join(map(_listed, RESOURCES))}),
answers as ({" union all ".join(_answers(resource) for resource in RESOURCES if resource.answer)}),
found as (
  select l.account_id, l.region, l.resource_type, coalesce(p.arn, l.arn) as arn, l.name, l.is_read or p.key is not null as is_read,
    coalesce(l.policy, p.policy) as policy
  from listed l left join answers p
    on p.resource_type = l.resource_type and p.account_id = l.account_id and p.region = l.listed_in and p.key = l.key),
parsed as (
  select f.*, coalesce(document(f.policy),
    case when f.resource_type = 'rest_api' then try_cast(replace(f.policy ->> '$', '\\"', '"') as json) end) as document
  from found f),
resources as (
  select x.account_id, x.region, x.resource_type, replace(x.arn, '{ANY_PARTITION}', concat('arn:', {PARTITION}, ':')) as arn,
    x.name, x.is_read, coalesce(x.policy ->> '$', '') <> '' as has_policy,
    case when json_type(x.document) = 'OBJECT' then json(x.document) end as document
  from parsed x
  qualify row_number() over (partition by x.account_id, x.resource_type, x.arn, x.name order by x.is_read desc) = 1)"""

"""The SQL of resources with policies: a SELECT for each resource type, with the policy and whether it was read.

A response without a policy has an item too (`empty_item` in `iamsql.schema.tables._resource_calls`), so that a resource
without a policy differs from a resource whose policy was not read.
"""

from __future__ import annotations

from iamsql.model import Call
from iamsql.schema.tables import _resource_calls as calls

PARTITION = '(select r."partition" from iamsql.run r)'
# An API's policy has a backslash before each quotation mark (as in the output of the AWS CLI for get-rest-apis; assumed for all).
_API_POLICY = (
    """coalesce(document(l.item -> '$.policy'), try_cast(replace(l.item ->> '$.policy', '\\"', '"') as json))"""
)


def details_of(call: Call, *parameters: str) -> str:
    """Return the SELECT of the responses to a call for each resource: account_id, region, key and item.

    The key are the values of the parameters, separated by spaces.
    """
    key = " || ' ' || ".join(f"(bound ->> '$.{parameter}')" for parameter in parameters)
    return f'(select account_id, region, {key} as key, any_value(item) as item from raw."{call.raw}" group by all)'


def join_details(alias: str, call: Call, key: str, *parameters: str) -> str:
    """Return the left join of the responses to a call for each listed item `l` with the key."""
    same = f"{alias}.account_id = l.account_id and {alias}.region = l.region and {alias}.key = {key}"
    return f"left join {details_of(call, *parameters)} {alias} on {same}"


def built_arn(service: str, resource: str) -> str:
    """Return the expression of an ARN in the account and region of a listed item; `resource` is an expression."""
    return f"concat('arn:', {PARTITION}, ':{service}:', l.region, ':', l.account_id, ':', {resource})"


def _select(
    kind: str, arn: str, name: str, policy: str, source: str, read: str = "true", region: str = "l.region"
) -> str:
    """Return the SELECT of the resources of a type. `policy` is the path of the policy: p.item for a response for each resource."""
    item, _, member = policy.partition(":")
    document = _API_POLICY if kind == "rest_api" else f"document({item} -> '$.{member}')"
    return f"""
  select l.account_id, {region} as region, '{kind}' as resource_type, {arn} as arn, {name} as name, {read} as is_read,
    coalesce({item} ->> '$.{member}', '') <> '' as has_policy, {document} as document
  from {source}"""


def _in_list(kind: str, listing: Call, arn: str, name: str, member: str) -> str:
    """Return the SELECT of resources whose items contain the policy."""
    return _select(kind, arn, name, f"l.item:{member}", f'raw."{listing.raw}" l')


def _of_each(
    kind: str, call: Call, arn: str, name: str, member: str, key: str, *parameters: str, region: str = "l.region"
) -> str:
    """Return the SELECT of resources with a response for each; `key` and `parameters` identify the response."""
    listing = call.parent or call
    join = join_details("p", call, key, *(parameters or (call.params_from[-1][0],)))
    source = f'raw."{listing.raw}" l {join}'
    return _select(kind, arn, name, f"p.item:{member}", source, "p.item is not null", region)


_QUEUE_NAME = "split_part(l.item ->> '$', '/', 5)"  # https://sqs.REGION.amazonaws.com/ACCOUNT/NAME
_DOMAIN_NAME = "(l.item ->> '$.DomainName')"
_DOMAIN, _LOG_GROUPS = f"'domain/' || {_DOMAIN_NAME}", "'log-group:*'"
_ENDPOINT = "'vpc-endpoint/' || (l.item ->> '$.VpcEndpointId')"
_LAYER_KEY = "(l.bound ->> '$.LayerName') || ' ' || (l.item ->> '$.Version')"
_VAULT_NAME, _KEY_ARN = "(l.item ->> '$.BackupVaultName')", "(l.item ->> '$.KeyArn')"
_API_ARN = f"concat('arn:', {PARTITION}, ':apigateway:', l.region, '::/restapis/', l.item ->> '$.id')"


def _member(name: str) -> str:
    return f"(l.item ->> '$.{name}')"  # in parentheses, because = binds more tightly than ->>


def _last(expression: str, separator: str) -> str:
    """Return the expression of the part of a text after the last separator."""
    return f"split_part({expression}, '{separator}', -1)"


# account_id, region, resource_type, arn, name, is_read, has_policy, document: a row for each resource that a list returned. The
# arn of a queue and of a domain is built from the list if the details were not read.
RESOURCES = " union all ".join(
    (
        _of_each(
            "s3_bucket",
            calls.BUCKET_POLICY,
            f"concat('arn:', {PARTITION}, ':s3:::', l.item ->> '$.Name')",
            _member("Name"),
            "Policy",
            _member("Name"),
            region=_member("BucketRegion"),
        ),
        _of_each(
            "s3_access_point",
            calls.ACCESS_POINT_POLICY,
            _member("AccessPointArn"),
            _member("Name"),
            "Policy",
            _member("Name"),
        ),
        _of_each("kms_key", calls.KEY_POLICY, _KEY_ARN, _last(_KEY_ARN, "/"), "Policy", _KEY_ARN),
        _of_each(
            "sqs_queue",
            calls.QUEUE,
            f"coalesce(p.item ->> '$.QueueArn', {built_arn('sqs', _QUEUE_NAME)})",
            _QUEUE_NAME,
            "Policy",
            "(l.item ->> '$')",
        ),
        _of_each(
            "sns_topic",
            calls.TOPIC,
            _member("TopicArn"),
            _last(_member("TopicArn"), ":"),
            "Policy",
            _member("TopicArn"),
        ),
        _of_each(
            "lambda_function",
            calls.FUNCTION_POLICY,
            _member("FunctionArn"),
            _member("FunctionName"),
            "Policy",
            _member("FunctionArn"),
        ),
        _of_each(
            "lambda_layer_version",
            calls.LAYER_POLICY,
            _member("LayerVersionArn"),
            _last("l.bound ->> '$.LayerName'", ":"),
            "Policy",
            _LAYER_KEY,
            "LayerName",
            "VersionNumber",
        ),
        _of_each("secret", calls.SECRET_POLICY, _member("ARN"), _member("Name"), "ResourcePolicy", _member("ARN")),
        _of_each(
            "ecr_repository",
            calls.REPOSITORY_POLICY,
            _member("repositoryArn"),
            _member("repositoryName"),
            "policyText",
            _member("repositoryName"),
        ),
        _in_list("event_bus", calls.EVENT_BUSES, _member("Arn"), _member("Name"), "Policy"),
        _in_list("rest_api", calls.REST_APIS, _API_ARN, _member("name"), "policy"),
        _in_list(
            "log_group",
            calls.LOG_POLICIES,
            f"coalesce(l.item ->> '$.resourceArn', {built_arn('logs', _LOG_GROUPS)})",
            _member("policyName"),
            "policyDocument",
        ),
        _in_list("glue_catalog", calls.CATALOG_POLICY, built_arn("glue", "'catalog'"), "'catalog'", "PolicyInJson"),
        _of_each(
            "opensearch_domain",
            calls.DOMAIN,
            f"coalesce(p.item ->> '$.ARN', {built_arn('es', _DOMAIN)})",
            _DOMAIN_NAME,
            "AccessPolicies",
            _DOMAIN_NAME,
        ),
        _of_each("backup_vault", calls.VAULT_POLICY, _member("BackupVaultArn"), _VAULT_NAME, "Policy", _VAULT_NAME),
        _in_list(
            "vpc_endpoint", calls.ENDPOINTS, built_arn("ec2", _ENDPOINT), _member("VpcEndpointId"), "PolicyDocument"
        ),
    )
)
# The calls that return the resources and their policies.
POLICY_CALLS = (
    calls.BUCKET_POLICY,
    calls.ACCESS_POINT_POLICY,
    calls.KEY_POLICY,
    calls.QUEUE,
    calls.TOPIC,
    calls.FUNCTION_POLICY,
    calls.LAYER_POLICY,
    calls.SECRET_POLICY,
    calls.REPOSITORY_POLICY,
    calls.DOMAIN,
    calls.VAULT_POLICY,
)
LISTS = (
    *dict.fromkeys(call.parent for call in POLICY_CALLS if call.parent),
    calls.LAYERS,
    calls.EVENT_BUSES,
    calls.REST_APIS,
    calls.LOG_POLICIES,
    calls.CATALOG_POLICY,
    calls.ENDPOINTS,
)

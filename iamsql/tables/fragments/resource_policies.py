"""The SQL of resources with policies: the lists of resources, and the responses with the policy of each.

A response without a policy has an item too (`empty_item` in `iamsql.tables.calls.resources`), so a resource
without a policy differs from a resource whose policy was not read.
"""

from __future__ import annotations

from iamsql.model import Call
from iamsql.tables.calls import resources as calls
from iamsql.tables.fragments.resource_types import RESOURCES, Resource, with_partition


def select_details(call: Call, *parameters: str) -> str:
    """Return the SELECT of the responses to a call for each resource: account_id, region, key and item.

    `key` has the values of the parameters, separated by spaces.
    """
    return f'(select account_id, region, {_key_sql(parameters)} as key, any_value(item) as item from raw."{call.raw}" group by all)'


def join_details(alias: str, call: Call, key: str, *parameters: str) -> str:
    """Return the left join of the responses to a call for each listed item `l` with the key."""
    condition = f"{alias}.account_id = l.account_id and {alias}.region = l.region and {alias}.key = {key}"
    return f"left join {select_details(call, *parameters)} {alias} on {condition}"


def _key_sql(parameters: tuple[str, ...]) -> str:
    return " || ' ' || ".join(f"(bound ->> '$.{parameter}')" for parameter in parameters)


# The calls that return the policies of resources, and the calls that list the resources.
POLICY_CALLS = tuple(resource.answer for resource in RESOURCES if resource.answer)
LISTS = (*(resource.listing for resource in RESOURCES), calls.LAYERS)
_ADDITIONAL_CALLS = {
    "s3_bucket": (calls.BUCKET_BLOCK, calls.ACCOUNT_BLOCK, calls.BUCKET_OWNERSHIP),
    # the public access block of the bucket behind an access point decides too
    "s3_access_point": (calls.ACCESS_POINT, calls.BUCKETS, calls.BUCKET_BLOCK, calls.ACCOUNT_BLOCK),
    "s3_multi_region_access_point": (calls.BUCKETS, calls.BUCKET_BLOCK, calls.ACCOUNT_BLOCK),
    "kms_key": (calls.KEY_GRANTS,),
}


def _policy_calls(resource: Resource) -> tuple[Call, ...]:
    """Return the calls for the resources of a type, parents first."""
    related = (
        resource.listing.parent,
        resource.listing,
        resource.answer,
        *_ADDITIONAL_CALLS.get(resource.resource_type, ()),
    )
    return tuple(call for call in related if call)


CALLS_OF_TYPES = tuple((resource.resource_type, _policy_calls(resource)) for resource in RESOURCES)


def _listed_resources(resource: Resource) -> str:
    policy = "cast(null as json)" if resource.answer else f"l.item -> '$.{resource.member}'"
    where = f"where {resource.condition}" if resource.condition else ""
    return f"""
  select '{resource.resource_type}' as resource_type, l.account_id, l.region as listed_in, {resource.region} as region,
    {resource.key} as key, {resource.arn} as arn, {resource.name} as name, {not resource.answer} as is_read, {policy} as policy
  from raw."{resource.listing.raw}" l {where}"""


def _policy_responses(resource: Resource) -> str:
    own_arn = f"any_value(item ->> '$.{resource.own_arn}')" if resource.own_arn else "cast(null as varchar)"
    return f"""
  select '{resource.resource_type}' as resource_type, account_id, region, {_key_sql(resource.parameters)} as key, {own_arn} as arn,
    any_value(nullif(item -> '$.{resource.member}', '{{}}')) as policy
  from raw."{resource.answer.raw if resource.answer else ""}" group by all"""


# CTEs up to `resources`: account_id, region, resource_type, arn, name, is_read, has_policy, document. All types have one join,
# because each join and each aggregate takes memory. The policy of an API has a backslash before each quotation mark (as in the
# output of the AWS CLI for get-rest-apis; assumed for all).
CTES = f"""
listed as ({" union all ".join(map(_listed_resources, RESOURCES))}),
answers as ({" union all ".join(_policy_responses(resource) for resource in RESOURCES if resource.answer)}),
found as (
  select l.account_id, l.region, l.resource_type, coalesce(p.arn, l.arn) as arn, l.name, l.is_read or p.key is not null as is_read,
    coalesce(l.policy, p.policy) as policy
  from listed l left join answers p
    on p.resource_type = l.resource_type and p.account_id = l.account_id and p.region = l.listed_in and p.key = l.key),
parsed as (
  select f.*, coalesce(f.policy ->> '$', '') <> '' as has_policy,
    case when f.resource_type = 'ses_identity' then iam_merged_document(f.policy)
      when f.resource_type = 'efs_file_system' and f.is_read and coalesce(f.policy ->> '$', '') = ''
        then iam_default_file_system_policy()
      else coalesce(document(f.policy),
        case when f.resource_type = 'rest_api' then try_cast(replace(f.policy ->> '$', '\\"', '"') as json) end)
      end as document
  from found f),
resources as (
  select x.account_id, x.region, x.resource_type, {with_partition("x.arn")} as arn,
    x.name, x.is_read, x.has_policy,
    case when json_type(x.document) = 'OBJECT' then json(x.document) end as document
  from parsed x
  qualify row_number() over (partition by x.account_id, x.resource_type, x.arn, x.name order by x.is_read desc) = 1)"""

"""A resource that can have a policy of its own, with the policy if it has one.

`policy_status` distinguishes a resource without a policy from one whose policy was not read.
"""

from iamsql.model import View
from iamsql.tables.calls import resources as calls
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import DUPLICATE_KEY, ID
from iamsql.tables.fragments.resource_policies import CALLS_OF_TYPES, CTES, LISTS, POLICY_CALLS, join_details
from iamsql.tables.fragments.resource_types import PARTITION

_SWITCHES = {
    "block_public_acls": "BlockPublicAcls",
    "ignore_public_acls": "IgnorePublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


def _switch_expression(alias: str, member: str) -> str:
    """Return the expression of a switch: false in a response without a configuration, null without a response."""
    value = f"try_cast({alias}.block ->> '$.PublicAccessBlockConfiguration.{member}' as boolean)"
    return f"case when {alias}.block is not null then coalesce({value}, false) end"


def _in_all_buckets(member: str) -> str:
    """Return the expression of a switch of a Multi-Region Access Point: on for it, for its account, or for all of its buckets."""
    of_bucket = f"(({_switch_expression('b', member)}) or ({_switch_expression('a', member)}))"
    in_all = f"case when not bool_and({of_bucket}) then false when bool_and({of_bucket} is not null) then true end"
    return f"any_value({_switch_expression('m', member)}) or any_value({_switch_expression('o', member)}) or ({in_all})"


# On for the access point, the bucket or the account of the bucket: the OR of SQL is null if one of them is unknown and no other
# is true.
_BLOCKS = ", ".join(
    f"""case when d.resource_type in ('s3_bucket', 's3_access_point') then
    (case when d.resource_type = 's3_bucket' then false else {_switch_expression("p", member)} end)
    or ({_switch_expression("b", member)}) or ({_switch_expression("a", member)}) else m.{name} end as {name}"""
    for name, member in _SWITCHES.items()
)
# Without ownership controls, ACLs apply: ObjectWriter is the value of buckets from before April 2023 (S3 User Guide).
_SQL = f"""
with {CTES},
grants as (
  select account_id, bound ->> '$.KeyId' as arn,
    case when bool_or(not coalesce(try_cast(item ->> '$.Truncated' as boolean), false)) then
      to_json(coalesce(flatten(list(coalesce(elements(item -> '$.Grants'), []) order by rowid)), [])) end as items
  from raw."{calls.KEY_GRANTS.raw}" group by all),
bucket_details as (
  select account_id, name, any_value(item) filter (where is_block) as block,
    any_value(item) filter (where not is_block) as ownership
  from (
    select account_id, bound ->> '$.Bucket' as name, true as is_block, item from raw."{calls.BUCKET_BLOCK.raw}"
    union all
    select account_id, bound ->> '$.Bucket', false, item from raw."{calls.BUCKET_OWNERSHIP.raw}")
  group by all),
access_points as (
  select l.account_id, l.item ->> '$.AccessPointArn' as arn, any_value(l.item ->> '$.Bucket') as bucket,
    any_value(coalesce(l.item ->> '$.BucketAccountId', l.account_id)) as bucket_account_id,
    any_value(l.item ->> '$.VpcConfiguration.VpcId') as vpc_id, any_value(p.item) as block
  from raw."{calls.ACCESS_POINTS.raw}" l {join_details("p", calls.ACCESS_POINT, "(l.item ->> '$.Name')", "Name")} group by all),
account_blocks as (select account_id, any_value(item) as block from raw."{calls.ACCOUNT_BLOCK.raw}" group by all),
multi_region_buckets as (
  select l.account_id, l.item ->> '$.Alias' as alias, json_object('PublicAccessBlockConfiguration', l.item -> '$.PublicAccessBlock')
    as block, unnest(elements(l.item -> '$.Regions')) as bucket
  from raw."{calls.MULTI_REGION_POINTS.raw}" l),
multi_region_points as (
  select m.account_id, m.alias, {", ".join(f"{_in_all_buckets(member)} as {name}" for name, member in _SWITCHES.items())}
  from multi_region_buckets m
  left join bucket_details b on b.name = (m.bucket ->> '$.Bucket')
    and b.account_id = coalesce(m.bucket ->> '$.BucketAccountId', m.account_id)
  left join account_blocks a on a.account_id = coalesce(m.bucket ->> '$.BucketAccountId', m.account_id)
  left join account_blocks o on o.account_id = m.account_id
  group by all)
select d.account_id, d.region, coalesce(nullif(split_part(d.arn, ':', 2), ''), {PARTITION}) as partition,
  d.resource_type, d.arn, d.name, d.document as policy, {ID} as document_id,
  duplicate_key(d.document) as duplicate_key,
  case when duplicate_key(d.document) is not null then 'unread'
    when d.document is not null and not d.has_policy then 'default'
    when d.document is not null then 'read'
    when d.is_read and not d.has_policy then 'none' else 'unread' end as policy_status,
  {_BLOCKS},
  case when d.resource_type = 's3_bucket' and b.ownership is not null
    then coalesce(b.ownership ->> '$.OwnershipControls.Rules[0].ObjectOwnership', 'ObjectWriter') end as object_ownership,
  g.items as grants, p.vpc_id
from resources d
left join access_points p on d.resource_type = 's3_access_point' and p.account_id = d.account_id and p.arn = d.arn
left join bucket_details b on d.resource_type in ('s3_bucket', 's3_access_point')
  and b.account_id = coalesce(p.bucket_account_id, d.account_id) and b.name = coalesce(p.bucket, d.name)
left join account_blocks a on a.account_id = coalesce(p.bucket_account_id, d.account_id)
left join multi_region_points m on d.resource_type = 's3_multi_region_access_point' and m.account_id = d.account_id
  and m.alias = split_part(d.arn, '/', 2)
left join grants g on d.resource_type = 'kms_key' and g.account_id = d.account_id and g.arn = d.arn
"""
_POLICY = ("policy", "document_id", "duplicate_key", "policy_status")
_BUCKETS = "null for other resource types, and if the answer depends on a response that was not read."
_BLOCK_CALLS = (calls.BUCKET_BLOCK, calls.ACCOUNT_BLOCK, calls.ACCESS_POINT)


def _block_column(name: str, effect: str) -> C:
    return C(
        name,
        "boolean",
        f"Whether S3 {effect} for the bucket or access point, by its own setting or the setting of the bucket or the account; "
        f"for a Multi-Region Access Point by its own setting, the setting of its account, or the settings of all buckets; "
        f"{_BUCKETS}",
    )


TABLE = View(
    key=("account_id", "resource_type", "arn", "name"),
    calls=(*LISTS, *POLICY_CALLS, *_BLOCK_CALLS, calls.BUCKET_OWNERSHIP, calls.KEY_GRANTS),
    common_columns="none",
    by_account=True,
    columns_of=(
        *((call, _POLICY) for call in POLICY_CALLS),
        *((call, tuple(_SWITCHES)) for call in _BLOCK_CALLS),
        (calls.BUCKET_OWNERSHIP, ("object_ownership",)),
        (calls.KEY_GRANTS, ("grants",)),
    ),
    calls_of_types=CALLS_OF_TYPES,
    columns=(
        C("account_id", "text", "The ID of the account that owns the resource."),
        C(
            "region",
            "text",
            "The region of the resource; global for a Multi-Region Access Point; null for a bucket whose region the list of "
            "buckets does not have.",
        ),
        C("partition", "text", "The AWS partition, from the ARN."),
        C(
            "resource_type",
            "text",
            "The type of the resource: s3_bucket, s3_access_point, s3_multi_region_access_point, kms_key, sqs_queue, "
            "sns_topic, lambda_function, lambda_layer_version, secret, ecr_repository, ecr_registry, event_bus, rest_api, "
            "log_group, glue_catalog, opensearch_domain, backup_vault, dynamodb_table, efs_file_system, glacier_vault, "
            "ses_identity, schema_registry or vpc_endpoint.",
        ),
        C("arn", "text", "The ARN of the resource."),
        C(
            "name",
            "text",
            "The name of the resource; the name of the policy for log groups, the account ID for registries.",
        ),
        C(
            "policy",
            "json",
            "The policy; null if the resource has none, and if it was not read. The policies of an SES identity are one document, "
            "with all of their statements.",
        ),
        C(
            "document_id",
            "text",
            "The ID of the policy document, as in aws_iam_statement; null without a policy, and for one with a duplicate key.",
        ),
        C("duplicate_key", "text", DUPLICATE_KEY),
        C(
            "policy_status",
            "text",
            "read; none: the resource has no policy; default: it has none, and `policy` is what EFS applies to a file system "
            "without a policy; unread: the call failed or was not made, or the policy has a duplicate key.",
        ),
        _block_column("block_public_acls", "rejects new public ACLs"),
        _block_column("ignore_public_acls", "ignores public ACLs"),
        _block_column("block_public_policy", "rejects new public policies"),
        _block_column("restrict_public_buckets", "restricts access by a public policy to AWS services and the account"),
        C(
            "object_ownership",
            "text",
            "BucketOwnerEnforced (ACLs have no effect), BucketOwnerPreferred or ObjectWriter.",
        ),
        C(
            "grants",
            "json",
            "The grants of a KMS key, as ListGrants returns them; null for other types, and if not read.",
        ),
        C(
            "vpc_id",
            "text",
            "The ID of the VPC from which an S3 access point accepts requests; null for other types and for the Internet.",
        ),
    ),
    sql=_SQL,
)

"""A permission set of IAM Identity Center. Sync with the `--region` of the instance."""

from iamsql.model import View
from iamsql.tables.calls.identity_center import FOR_SET, PERMISSION_SETS, list_each
from iamsql.tables.fragments.canonical_documents import canonical_documents
from iamsql.tables.fragments.columns import C, akas, tags_or_empty, tags_src, title

_BOUNDARY = "GetPermissionsBoundaryForPermissionSet"
_FOR_TAGS = {"InstanceArn": "@$.InstanceArn", "ResourceArn": "$"}
PERMISSION_SET = list_each(PERMISSION_SETS, "DescribePermissionSet", "PermissionSet", FOR_SET, params=())
INLINE_POLICY = list_each(PERMISSION_SETS, "GetInlinePolicyForPermissionSet", "", FOR_SET, params=())
BOUNDARY = list_each(PERMISSION_SETS, _BOUNDARY, "PermissionsBoundary", FOR_SET, params=())
# The item is the complete response: a permission set without tags has an item, and one whose tags were not read has none.
TAGS = list_each(PERMISSION_SETS, "ListTagsForResource", "", _FOR_TAGS, params=())
_KEYS = "account_id, region, arn"

TABLE = View(
    key=("account_id", "region", "arn"),
    calls=(PERMISSION_SETS, PERMISSION_SET, INLINE_POLICY, BOUNDARY, TAGS),
    columns_of=(
        (INLINE_POLICY, ("inline_policy", "inline_policy_std")),
        (BOUNDARY, ("permissions_boundary",)),
        (TAGS, ("tags_src", "tags")),
    ),
    columns=(
        C("name", "text", "The name of the permission set; null if it could not be read."),
        C("arn", "text", "The ARN of the permission set."),
        C("created_date", "timestamptz", "The date and time when the permission set was created."),
        C("description", "text", "The description of the permission set."),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance."),
        C("relay_state", "text", "The URL to which users are redirected when they sign in."),
        C("session_duration", "text", "The length of the user sessions, in ISO 8601: PT8H."),
        tags_src(),
        C("inline_policy", "json", "The inline policy; null if there is none."),
        C("inline_policy_std", "json", "The inline policy in canonical form."),
        tags_or_empty(),
        title(),
        akas(),
    ),
    extra_columns=(
        C("permissions_boundary", "json", "The boundary: ManagedPolicyArn or CustomerManagedPolicyReference; or null."),
    ),
    sql=f"""
with recursive described as (
  select account_id, region, item ->> '$.PermissionSetArn' as arn, any_value(item) as item,
    any_value(bound ->> '$.InstanceArn') as instance_arn, min(synced_at) as synced_at
  from raw."{PERMISSION_SET.raw}" group by all),
listed as (
  select account_id, region, item ->> '$' as arn, any_value(bound ->> '$.InstanceArn') as instance_arn, min(synced_at) as synced_at
  from raw."{PERMISSION_SETS.raw}" group by all),
e as (
  select {_KEYS}, d.item, coalesce(l.instance_arn, d.instance_arn) as instance_arn, coalesce(l.synced_at, d.synced_at) as synced_at
  from listed l full join described d using ({_KEYS})),
inline_policies as (
  select account_id, region, bound ->> '$.PermissionSetArn' as arn, any_value(document(item -> '$.InlinePolicy')) as doc
  from raw."{INLINE_POLICY.raw}" group by all),
boundaries as (
  select account_id, region, bound ->> '$.PermissionSetArn' as arn, any_value(item) as boundary
  from raw."{BOUNDARY.raw}" group by all),
{canonical_documents("select doc from inline_policies")},
tagged as (
  select account_id, region, bound ->> '$.ResourceArn' as arn,
    to_json(flatten(list(elements(item -> '$.Tags') order by rowid))) as tags
  from raw."{TAGS.raw}" group by all)
select e.*, 'sso-admin:{PERMISSION_SETS.operation}' as source, e.item ->> '$.Name' as name,
  e.item ->> '$.CreatedDate' as created_date, e.item ->> '$.Description' as description, e.item ->> '$.RelayState' as relay_state,
  e.item ->> '$.SessionDuration' as session_duration, t.tags as tags_src, tag_map_or_empty(t.tags) as tags,
  s.ordered as inline_policy, policy_std(p.doc) as inline_policy_std, e.item ->> '$.Name' as title,
  one_list(to_json(e.arn)) as akas, empty_null(b.boundary) as permissions_boundary
from e
left join inline_policies p using ({_KEYS})
left join canonical s on s.doc = p.doc
left join boundaries b using ({_KEYS})
left join tagged t using ({_KEYS})
""",
)

"""Permission sets with their inline policy, boundary and tags."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import named, tags
from iamsql.schema.tables._identity_calls import BOUNDARY, INLINE_POLICY, PERMISSION_SET, PERMISSION_SETS, TAGS
from iamsql.schema.views._documents import spelt

_KEYS = "account_id, region, arn"

TABLE = View(
    "aws_ssoadmin_permission_set",
    "A permission set of an instance of IAM Identity Center; `--region` names the one that the instance lives in.",
    key=("account_id", "region", "arn"),
    calls=(PERMISSION_SETS, PERMISSION_SET, INLINE_POLICY, BOUNDARY, TAGS),
    columns_of=(
        (INLINE_POLICY, ("inline_policy", "inline_policy_std")),
        (BOUNDARY, ("permissions_boundary",)),
        (TAGS, ("tags_src", "tags")),
    ),
    columns=(
        C("name", "text", "The permission set's name; null when it could not be read."),
        C("arn", "text", "The ARN."),
        C("created_date", "timestamptz", "When it was made."),
        C("description", "text", "Its description."),
        C("instance_arn", "text", "The ARN of the instance that it belongs to."),
        C("relay_state", "text", "Where a user is sent after signing in."),
        C("session_duration", "text", "How long a session lasts, such as PT8H."),
        tags()[0],
        C("inline_policy", "json", "Its inline policy; null when it has none."),
        C("inline_policy_std", "json", "The same in canonical form."),
        tags()[1],
        *named("", ""),
    ),
    own=(
        C(
            "permissions_boundary",
            "json",
            "The boundary: ManagedPolicyArn or CustomerManagedPolicyReference; null without.",
        ),
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
{spelt("select doc from inline_policies")},
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
left join spelt s on s.doc = p.doc
left join boundaries b using ({_KEYS})
left join tagged t using ({_KEYS})
""",
)

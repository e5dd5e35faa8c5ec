"""IAM groups with their users."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables._columns import named
from iamsql.schema.views._parts import DOCUMENT, entities, per_entity, standardised

INLINE = "case when e.bulk then inline(e.item -> '$.GroupPolicyList') else o.items end"

TABLE = View(
    "aws_iam_group",
    "An IAM group of an account.",
    key=("account_id", "arn"),
    tables=("aws_iam_user",),
    calls=(
        calls.GROUP_DETAILS,
        calls.USER_DETAILS,
        calls.GROUPS,
        calls.GROUP_ATTACHED,
        calls.GROUP_INLINE,
        calls.GROUP_DOCUMENT,
        calls.USERS,
        calls.USER_GROUPS,
    ),
    columns=(
        C("name", "text", "The group's name."),
        C("group_id", "text", "Its unique id, AGPA…"),
        C("path", "text", "The path of the name."),
        C("arn", "text", "The ARN."),
        C("create_date", "timestamptz", "When it was made."),
        C("inline_policies", "json", "Its inline policies."),
        C("inline_policies_std", "json", "The same in canonical form."),
        C("attached_policy_arns", "json", "The ARNs of its attached policies."),
        C("users", "json", "The users in it; null when there are none or no membership could be read."),
        *named("", ""),
    ),
    sql=f"""
with e as ({entities(calls.GROUP_DETAILS, calls.GROUPS, "GroupName")}),
attached as ({per_entity(calls.GROUP_ATTACHED, "GroupName")}),
documents as ({per_entity(calls.GROUP_DOCUMENT, "GroupName", DOCUMENT)}),
{standardised(INLINE)},
memberships as (
  select u.account_id, u.position, unnest(u.groups ->> '$[*].GroupName') as name,
    json_object('Arn', u.arn, 'Path', u.path, 'UserId', u.user_id, 'UserName', u.name,
      'CreateDate', strftime(u.create_date, '%Y-%m-%dT%H:%M:%SZ')) as member
  from aws_iam_user u where json_array_length(u.groups) > 0),
users as (select account_id, name, to_json(list(member order by position)) as items from memberships group by all)
select e.*, e.item ->> '$.GroupId' as group_id, e.item ->> '$.Path' as path, e.item ->> '$.Arn' as arn,
  e.item ->> '$.CreateDate' as create_date,
  {INLINE} as inline_policies,
  i.items as inline_policies_std,
  pluck(coalesce(a.items, e.item -> '$.AttachedManagedPolicies'), 'PolicyArn') as attached_policy_arns,
  u.items as users, e.name as title, one_list(e.item -> '$.Arn') as akas
from e
left join users u on u.account_id = e.account_id and u.name = e.name
left join attached a on a.account_id = e.account_id and a.name = e.name and not e.bulk
left join documents o on o.account_id = e.account_id and o.name = e.name and not e.bulk
left join inline_std i on i.account_id = e.account_id and i.name = e.name
""",
)

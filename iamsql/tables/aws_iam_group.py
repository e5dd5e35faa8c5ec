"""An IAM group."""

from iamsql.model import View
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.identities import JOIN_POLICIES, POLICY_VALUES, entities, policy_columns, policy_ctes

_TEXTS = {"group_id": "GroupId", "path": "Path", "arn": "Arn", "create_date": "CreateDate"}
_LISTS = {"arn_value": "Arn", "policy_list": "GroupPolicyList", "attached_list": "AttachedManagedPolicies"}

TABLE = View(
    key=("account_id", "arn"),
    calls=(
        *(calls.GROUP_DETAILS, calls.USER_DETAILS, calls.GROUPS),
        *(calls.GROUP_ATTACHED, calls.GROUP_INLINE, calls.GROUP_DOCUMENT),
        *(calls.USERS, calls.USER_GROUPS),
    ),
    by_account=True,
    columns=(
        C("name", "text", "The friendly name of the group."),
        C("group_id", "text", "The stable and unique ID of the group: AGPA…"),
        C("path", "text", "The path of the group."),
        C("arn", "text", "The ARN of the group."),
        C("create_date", "timestamptz", "The date and time when the group was created."),
        *policy_columns("group"),
        C("users", "json", "The users in the group; null if there are none, or if they could not be read."),
        title(),
        akas(),
    ),
    sql=f"""
with e as ({entities("Group", calls.GROUP_DETAILS, calls.GROUPS, _TEXTS, _LISTS)}),
{policy_ctes("Group", calls.GROUP_ATTACHED, calls.GROUP_DOCUMENT)},
-- GetAccountAuthorizationDetails lists the groups of each user, and not the users of a group.
memberships as (
  select u.account_id, u.position, unnest(u.groups ->> '$[*].GroupName') as name,
    json_object('Arn', u.arn, 'Path', u.path, 'UserId', u.user_id, 'UserName', u.name,
      'CreateDate', strftime(u.create_date, '%Y-%m-%dT%H:%M:%SZ')) as member
  from aws_iam_user u where json_array_length(u.groups) > 0),
users as (select account_id, name, to_json(list(member order by position)) as items from memberships group by all)
select e.*, {POLICY_VALUES}, u.items as users, e.name as title, one_list(e.arn_value) as akas
from e
left join users u on u.account_id = e.account_id and u.name = e.name
{JOIN_POLICIES}
""",
)

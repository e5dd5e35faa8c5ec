"""Which users, groups and roles have which managed policy."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables import _calls as calls

_HOLDERS = "\n  union all ".join(
    f"""select h.account_id, 'global' as region, {place} as kind, h.name, h.{kind}_id as id,
    unnest(cast(h.attached_policy_arns as varchar[])) as policy_arn, cast(h._ctx ->> '$.synced_at' as timestamptz) as synced_at
  from aws_iam_{kind} h"""
    for place, kind in enumerate(("group", "role", "user"))
)


def _held(place: int, kind: str) -> str:
    """Give the holders of one kind as a list of name and id, empty where there are none."""
    return (
        f"coalesce(to_json(list(json_object('{kind}Id', a.id, '{kind}Name', a.name) order by a.name) filter (a.kind = {place})), "
        f"'[]'::json) as policy_{kind.lower()}s"
    )


TABLE = View(
    "aws_iam_policy_attachment",
    "The users, groups and roles that have a managed policy; policies that nobody has are listed too.",
    key=("account_id", "policy_arn"),
    tables=("aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_policy"),
    calls=(
        calls.USER_DETAILS,
        calls.GROUP_DETAILS,
        calls.ROLE_DETAILS,
        calls.POLICY_DETAILS,
        calls.USERS,
        calls.USER_ATTACHED,
        calls.GROUPS,
        calls.GROUP_ATTACHED,
        calls.ROLES,
        calls.ROLE_ATTACHED,
        calls.POLICIES,
        calls.AWS_POLICIES,
    ),
    columns=(
        C("policy_arn", "text", "The policy's ARN."),
        C("is_attached", "boolean", "Whether any user, group or role has it."),
        C("policy_groups", "json", "The groups that have it."),
        C("policy_roles", "json", "The roles that have it."),
        C("policy_users", "json", "The users who have it."),
    ),
    sql=f"""
with held as ({_HOLDERS}
  union all select p.account_id, 'global', null, null, null, p.arn, cast(p._ctx ->> '$.synced_at' as timestamptz)
  from aws_iam_policy p)
select a.account_id, a.region, a.policy_arn, count(a.kind) > 0 as is_attached,
  {_held(0, "Group")},
  {_held(1, "Role")},
  {_held(2, "User")},
  min(a.synced_at) as synced_at, 'iam:GetAccountAuthorizationDetails' as source
from held a group by a.account_id, a.region, a.policy_arn
""",
)

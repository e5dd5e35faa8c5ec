"""A managed policy, attached or not, and the users, groups and roles that it is attached to."""

from iamsql.model import View
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C

_ATTACHED = "\n  union all ".join(
    f"""select e.account_id, 'global' as region, {number} as kind, e.name, e.{entity_type}_id as id,
    unnest(cast(e.attached_policy_arns as varchar[])) as policy_arn, cast(e._ctx ->> '$.synced_at' as timestamptz) as synced_at
  from aws_iam_{entity_type} e"""
    for number, entity_type in enumerate(("group", "role", "user"))
)


def _entities_column(number: int, entity_type: str) -> str:
    """Return the column with the groups, roles or users of a policy as a JSON list of ID and name."""
    return (
        f"coalesce(to_json(list(json_object('{entity_type}Id', a.id, '{entity_type}Name', a.name) order by a.name) "
        f"filter (a.kind = {number})), "
        f"'[]'::json) as policy_{entity_type.lower()}s"
    )


TABLE = View(
    key=("account_id", "policy_arn"),
    calls=(
        *(calls.USER_DETAILS, calls.GROUP_DETAILS, calls.ROLE_DETAILS, calls.POLICY_DETAILS),
        *(calls.USERS, calls.USER_ATTACHED, calls.GROUPS, calls.GROUP_ATTACHED, calls.ROLES, calls.ROLE_ATTACHED),
        *(calls.POLICIES, calls.AWS_POLICIES),
    ),
    columns=(
        C("policy_arn", "text", "The ARN of the policy."),
        C("is_attached", "boolean", "Whether the policy is attached to any user, group or role."),
        C("policy_groups", "json", "The groups that the policy is attached to."),
        C("policy_roles", "json", "The roles that the policy is attached to."),
        C("policy_users", "json", "The users that the policy is attached to."),
    ),
    sql=f"""
with attached as ({_ATTACHED}
  union all select p.account_id, 'global', null, null, null, p.arn, cast(p._ctx ->> '$.synced_at' as timestamptz)
  from aws_iam_policy p)
select a.account_id, a.region, a.policy_arn, count(a.kind) > 0 as is_attached,
  {_entities_column(0, "Group")},
  {_entities_column(1, "Role")},
  {_entities_column(2, "User")},
  min(a.synced_at) as synced_at, 'iam:GetAccountAuthorizationDetails' as source
from attached a group by a.account_id, a.region, a.policy_arn
""",
)

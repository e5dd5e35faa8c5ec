"""A service or resource control policy that applies to an account, and the level at which it is attached."""

from iamsql.model import View
from iamsql.tables.calls.account import ACCOUNTS, CHILDREN, ROOTS, UNITS
from iamsql.tables.calls.organization import POLICIES, POLICY, POLICY_TARGETS
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import DOCUMENT_ID

TABLE = View(
    key=("account_id", "type", "level", "policy_id"),
    calls=(POLICIES, POLICY, POLICY_TARGETS, ACCOUNTS, ROOTS, UNITS, CHILDREN),
    columns_of=((POLICY, ("document_id",)),),
    common_columns="none",
    columns=(
        C("account_id", "text", "The ID of the account."),
        C("type", "text", "SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY."),
        C(
            "level",
            "bigint",
            "The level of the target: 0 for the root, then the organizational units, last the account. Null for a policy whose "
            "targets were not read: it may be attached at any level.",
        ),
        C("target_id", "text", "The ID of the root, organizational unit or account that the policy is attached to."),
        C("target_name", "text", "The friendly name of the target."),
        C("policy_id", "text", "The ID of the policy; null if no policy of the type is attached at the level."),
        C("policy_name", "text", "The friendly name of the policy."),
        C("aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("document_id", "text", DOCUMENT_ID),
    ),
    sql=f"""
-- AWS nests organizational units five deep. The limit ends the recursion over a run file where they form a circle.
with recursive parents as (
  select u.id, coalesce(u.name, 'Root') as name, u.parent_id from aws_organizations_organizational_unit u
  union all
  select r.parent_id, 'Root', null
  from (select a.parent_id from aws_organizations_account a union select o.parent_id from aws_organizations_organizational_unit o) r
  where r.parent_id not in (select u.id from aws_organizations_organizational_unit u)),
above as (
  select a.id as account_id, a.id as target_id, a.name as target_name, a.parent_id, 0 as height
  from aws_organizations_account a
  union all
  select b.account_id, p.id, p.name, p.parent_id, b.height + 1
  from above b join parents p on p.id = b.parent_id where b.height < 12),
levels as (
  select b.account_id, b.target_id, b.target_name, max(b.height) over (partition by b.account_id) - b.height as level
  from above b),
guardrails as (select p.* from aws_organizations_policy p
  where p.type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')),
types as (select distinct g.type from guardrails g),
-- The policies without targets, if the targets of some policies could not be read: such a policy may be attached anywhere.
targets_not_read as (
  select g.* from guardrails g
  where not exists (select 1 from aws_organizations_policy_target t where t.id = g.id)
    and exists (select 1 from aws_organizations_policy_target t where t.type = g.type)
    and exists (select 1 from iamsql.coverage c where c.service = '{POLICY_TARGETS.service}'
      and c.operation = '{POLICY_TARGETS.operation}' and c.status <> 'ok'))
select p.account_id, y.type, p.level, p.target_id, p.target_name, t.id as policy_id, t.name as policy_name, t.aws_managed,
  policy_document_id(coalesce(t.content, case when t.id = 'p-FullAWSAccess' then iam_full_access() end)) as document_id
from levels p cross join types y
left join aws_organizations_policy_target t on t.target_id = p.target_id and t.type = y.type
union all
select a.id, u.type, null, null, null, u.id, u.name, u.aws_managed, null
from aws_organizations_account a cross join targets_not_read u
""",
)

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
    and exists (select 1 from iamsql.coverage c where c.service = '{policy_targets.service}'
      and c.operation = '{policy_targets.operation}' and c.status <> 'ok'))
select p.account_id, y.type, p.level, p.target_id, p.target_name, t.id as policy_id, t.name as policy_name, t.aws_managed,
  policy_document_id(coalesce(t.content, case when t.id = 'p-FullAWSAccess' then iam_full_access() end)) as document_id
from levels p cross join types y
left join aws_organizations_policy_target t on t.target_id = p.target_id and t.type = y.type
union all
select a.id, u.type, null, null, null, u.id, u.name, u.aws_managed, null
from aws_organizations_account a cross join targets_not_read u

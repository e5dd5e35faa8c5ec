-- The ARN of an account, of the root or of a policy contains the organization and its management account.
with recursive organization as (
  select split_part(split_part(o.arn, ':', 6), '/', 2) as id, split_part(o.arn, ':', 5) as management
  from (select a.arn from aws_organizations_account a union all select r.arn from aws_organizations_root r
    union all select p.arn from aws_organizations_policy p where not p.aws_managed) o limit 1),
principals as ({principals}),
-- AWS nests organizational units five deep. The limit ends the recursion over a run file where they form a circle.
parents as (
  select a.id as account_id, a.parent_id, 0 as height from aws_organizations_account a where a.parent_id is not null
  union all
  select s.account_id, u.parent_id, s.height + 1
  from parents s join aws_organizations_organizational_unit u on u.id = s.parent_id where s.height < 12),
paths as (
  select s.account_id, string_agg(s.parent_id, '/' order by s.height desc) as path
  from parents s group by all having bool_or(s.parent_id like 'r-%')),
members as (select distinct a.id as account_id from aws_organizations_account a),
memberships as (
  select d.account_id, case when exists (from members) then m.account_id is not null end as in_organization
  from (select distinct n.account_id from principals n) d left join members m on m.account_id = d.account_id),
facts as (
  select p.*, epoch(as_of()) as moment, cast(null as varchar) as session_name,
    case when coalesce(m.in_organization, true) then o.id end as organization_id,
    o.id || '/' || c.path || '/' as organization_path, m.in_organization, o.id as own_organization,
    p.account_id is distinct from o.management and p.path not like '/aws-service-role/%' and coalesce(m.in_organization, true)
      as has_guardrails
  from principals p join memberships m on m.account_id = p.account_id
  left join organization o on true left join paths c on c.account_id = p.account_id),
above as (
  select l.account_id, string_agg(concat_ws(' ', l.type, l.level, case when l.target_id <> l.account_id then l.target_id end,
    l.policy_id), ';' order by l.type, l.level, l.policy_id) as policies
  from aws_organizations_account_policy l group by all),
conditions as (
  select q.*, generate_subscripts(q.conditions, 1) as place, unnest(q.conditions) as condition
  from (
    select distinct l.account_id, s.document_id, s.number, s.has_variables,
      case when len(s.conditions) = 0 then [null] else s.conditions end as conditions
    from aws_organizations_account_policy l join aws_iam_statement s on s.document_id = l.document_id
    where s.has_variables or iam_conditions_use(s.conditions, 'principal') or iam_conditions_use(s.conditions, 'account')) q),
-- The conditions of the organization's policies for each principal, with the value of the key. random() keeps DuckDB from
-- replacing the name of the value by its expression, which iam_holds would repeat: that takes most of the time to plan.
valued as (
  select g.arn, a.*, iam_key_is_known(g, a.condition.operator, a.condition.key, a.condition."values", '*') as is_known,
    case when random() >= 0 then iam_key_value(g, a.condition.key, '*') end as value
  from facts g join conditions a on a.account_id = g.account_id where g.has_guardrails),
-- The result of each condition: + true, - false, ? depends on the request.
-- `personal`: a policy with a variable, such as ${aws:username}, differs from principal to principal.
results as (
  select v.arn, bool_or(v.has_variables) as personal,
    string_agg(case
      when not v.is_known then '?'
      when iam_holds(v.condition.operator, v.condition.qualifier, v.condition.if_exists, v.condition."values", v.value) then '+'
      else '-'
    end, '' order by v.document_id, v.number, v.place) as results
  from valued v group by all)
select g.arn as principal_arn, g.account_id, g.name, g.id, g.type,
  case when g.tagged then coalesce(g.tags, '{}'::json) end as tags, g.organization_id, g.organization_path, g.has_guardrails,
  case when g.has_guardrails then md5(concat_ws('|', u.policies, t.results, case when t.personal then g.arn end)) end
    as guardrail_id, g.in_organization
from facts g
left join above u on u.account_id = g.account_id
left join results t on t.arn = g.arn

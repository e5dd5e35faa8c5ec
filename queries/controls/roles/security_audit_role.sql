-- title: A role may audit the account
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, audit
--
-- Auditors need to see how an account is set up, without reading its data. Make a role with SecurityAudit. The public
-- control of this subject gives no row for an account without such a role; here that is an alarm.

with holders as (
    select
        r.account_id,
        count(*) as roles,
        min(r.name) as example
    from aws_iam_role as r
    where list_contains(
        [split_part(arn_, '/', -1) for arn_ in cast(r.attached_policy_arns as varchar[]) if arn_ like 'arn:%:iam::aws:%'],
        'SecurityAudit'
    )
    group by r.account_id
)

select
    concat('arn:', o."partition", ':::', a.account_id) as resource,
    case when h.roles > 0 then 'ok' else 'alarm' end as status,
    case
        when h.roles = 1 then concat('SecurityAudit is attached to 1 role, ', h.example, '.')
        when h.roles > 1 then concat('SecurityAudit is attached to ', h.roles, ' roles, such as ', h.example, '.')
        else 'SecurityAudit is attached to no role.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as o
left join holders as h on h.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id

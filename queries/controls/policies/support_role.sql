-- title: A role may open support cases
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, support, cis_v1.2:1.20, cis_v3.0:1.17, cis_v7.0:2.15, security_hub:IAM.18
--
-- In an incident somebody has to reach AWS Support at once, without asking an administrator first. Make a role with
-- AWSSupportAccess. The public control of this subject gives no row for an account whose roles have policies but none
-- of them this one; here that is an alarm.

with holders as (
    select
        r.account_id,
        count(*) as roles,
        min(r.name) as example
    from aws_iam_role as r
    where list_contains(
        [split_part(arn_, '/', -1) for arn_ in cast(r.attached_policy_arns as varchar[]) if arn_ like 'arn:%:iam::aws:%'],
        'AWSSupportAccess'
    )
    group by r.account_id
)

select
    concat('arn:', o."partition", ':::', a.account_id) as resource,
    case when h.roles > 0 then 'ok' else 'alarm' end as status,
    case
        when h.roles = 1 then concat('AWSSupportAccess is attached to 1 role, ', h.example, '.')
        when h.roles > 1 then concat('AWSSupportAccess is attached to ', h.roles, ' roles, such as ', h.example, '.')
        else 'AWSSupportAccess is attached to no role.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as o
left join holders as h on h.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id

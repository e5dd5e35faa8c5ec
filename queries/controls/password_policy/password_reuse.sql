-- title: Earlier passwords are refused
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, cis_v1.2:1.10, cis_v3.0:1.9, cis_v7.0:2.9, security_hub:IAM.16
-- param: count integer = 24             # How many earlier passwords must be refused
--
-- Somebody who is made to change a password goes back to an old one, which may have been stolen meanwhile. A policy
-- without a number remembers none.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when p.account_id is null then 'alarm'
        when coalesce(p.password_reuse_prevention, 0) >= $count then 'ok'
        else 'alarm'
    end as status,
    case
        when p.account_id is null then 'The account has no password policy of its own.'
        when coalesce(p.password_reuse_prevention, 0) = 0
            then concat('No earlier password is refused; the limit is ', $count, '.')
        else concat('The last ', p.password_reuse_prevention, ' passwords are refused; the limit is ', $count, '.')
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id

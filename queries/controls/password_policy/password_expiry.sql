-- title: Passwords expire
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, cis_v1.2:1.11, security_hub:IAM.17
-- param: days integer = 90              # The most days that a password may hold
--
-- Some rules ask that passwords end after a time; NIST has advised against it since 2017, and CIS left it out after
-- version 1.2. Where such a rule holds, set the number of days in the account's password policy.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when p.account_id is null then 'alarm'
        when p.max_password_age between 1 and $days then 'ok'
        else 'alarm'
    end as status,
    case
        when p.account_id is null then 'The account has no password policy of its own.'
        when coalesce(p.max_password_age, 0) = 0 then 'Passwords do not expire.'
        else concat('Passwords expire after ', p.max_password_age, ' days; the limit is ', $days, '.')
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id

-- title: Ensure IAM password policy expires passwords within 90 days or less
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, cis_v1.2:1.11, security_hub:IAM.17
-- param: days integer = 90              # The most days that a password may hold
--
-- Some rules ask that passwords end after a time; NIST has advised against it since 2017, and CIS left it out after
-- version 1.2. Where such a rule holds, set the number of days in the account's password policy.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no password policy of its own.')
        when coalesce(p.max_password_age, 0) = 0 then alarm('Passwords do not expire.')
        else alarm_if(
            p.max_password_age > $days,
            concat('Passwords expire after ', p.max_password_age, ' days; the limit is ', $days, '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id

-- title: Ensure IAM password policy prevents password reuse
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, cis_v1.2:1.10, cis_v3.0:1.9, cis_v7.0:2.9, security_hub:IAM.16
-- param: count integer = 24             # How many earlier passwords must be refused
--
-- Somebody who is made to change a password goes back to an old one, which may have been stolen meanwhile. A policy
-- without a number remembers none.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no password policy of its own.')
        when coalesce(p.password_reuse_prevention, 0) = 0 then alarm_if(
            coalesce(p.password_reuse_prevention, 0) < $count,
            concat('No earlier password is refused; the limit is ', $count, '.')
        )
        else alarm_if(
            p.password_reuse_prevention < $count,
            concat('The last ', p.password_reuse_prevention, ' passwords are refused; the limit is ', $count, '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id

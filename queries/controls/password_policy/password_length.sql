-- title: Ensure IAM password policy requires minimum length of 14 or greater
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords, cis_v1.2:1.9, cis_v3.0:1.8, cis_v7.0:2.8, security_hub:IAM.15
-- param: length integer = 14            # The least length that the policy must ask for
--
-- Length is what makes a password hard to guess. Set the least length in the account's password policy; those who have
-- a shorter one keep it until they change it.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no password policy of its own.')
        when p.minimum_password_length is null then unknown('the password policy does not say how long passwords are.')
        else alarm_if(
            p.minimum_password_length < $length,
            concat('Passwords have at least ', p.minimum_password_length, ' characters; the limit is ', $length, '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id

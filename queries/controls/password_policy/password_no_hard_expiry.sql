-- title: Ensure IAM password policy does not prevent users from resetting an expired password
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords
--
-- With a hard expiry a user whose password ended cannot sign in until an administrator sets a new one. That locks out
-- the last administrator of an account as well, and root is then the only way in. A policy without it, and no policy,
-- is fine.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then ok('The account has no password policy of its own, so passwords do not expire.')
        when p.hard_expiry then alarm('An expired password must be set anew by an administrator.')
        else ok('Whose password has expired sets a new one on signing in.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id

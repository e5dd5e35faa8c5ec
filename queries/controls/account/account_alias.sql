-- title: Ensure the account has an alias
-- kind: control
-- severity: info
-- tags: account
-- remediation: aws iam create-account-alias --account-alias ALIAS
--
-- IAM users see the alias on the sign-in page, and are less likely to sign in to the wrong account than with an account
-- ID. Create an alias. An account where nobody signs in as an IAM user does not need one.

select
    a.arn as resource,
    unnest(case
        when c.account_aliases is null then unknown('the alias of the account was not read.')
        when c.account_aliases ->> '$[0]' is not null
            then ok(concat('The account alias is ', c.account_aliases ->> '$[0]', '.'))
        else alarm('The account has no alias.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account as c on c.account_id = a.account_id
order by a.position, a.account_id

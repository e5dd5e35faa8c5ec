-- title: Ensure the account has an alias
-- kind: control
-- severity: info
-- version: 1
-- tags: account
--
-- The alias is the name in the address of the sign-in page of IAM users; it keeps people from signing in to the wrong
-- account by a number. Where nobody signs in as an IAM user it does not matter.

select
    a.arn as resource,
    unnest(case
        when c.account_aliases is null then unknown('the account''s alias was not read.')
        when c.account_aliases ->> '$[0]' is not null
            then ok(concat('The alias is ', c.account_aliases ->> '$[0]', '.'))
        else alarm('The account has no alias.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account as c on c.account_id = a.account_id
order by a.position, a.account_id

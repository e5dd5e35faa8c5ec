-- title: The password policy is strong
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords, fsbp:IAM.7, config:iam-password-policy
-- param: length integer = 8             # The least length
-- param: reuse integer = 0              # Earlier passwords that must be refused; 0 asks for none
-- param: days integer = 0               # The most days that a password may hold; 0 asks for no end
--
-- All parts of the account's password policy at once: four kinds of characters and a least length; a number of earlier
-- passwords that are refused and an end in days only where they are asked for (0 asks for none, as Security Hub does).

with lacks as (
    select
        p.account_id,
        concat_ws(
            ', ',
            case when not coalesce(p.require_uppercase_characters, false) then 'no upper-case letter' end,
            case when not coalesce(p.require_lowercase_characters, false) then 'no lower-case letter' end,
            case when not coalesce(p.require_symbols, false) then 'no symbol' end,
            case when not coalesce(p.require_numbers, false) then 'no digit' end,
            case
                when coalesce(p.minimum_password_length, 0) < $length then concat('fewer than ', $length, ' characters')
            end,
            case
                when coalesce(p.password_reuse_prevention, 0) < $reuse
                    then concat('fewer than ', $reuse, ' earlier ones refused')
            end,
            case
                when $days > 0 and not coalesce(p.max_password_age between 1 and $days, false)
                    then concat('no end within ', $days, ' days')
            end
        ) as words
    from aws_iam_account_password_policy as p
)

select
    a.arn as resource,
    unnest(case
        when l.account_id is null then alarm('The account has no password policy of its own.')
        when l.words = '' then ok('The password policy asks for all that it must.')
        else alarm(concat('The password policy falls short: ', l.words, '.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join lacks as l on l.account_id = a.account_id
order by a.position, a.account_id

-- The rows of a control of several settings of the password policies: letters of both cases, digits, a least length, and where
-- they are asked for symbols, a number of earlier passwords that are refused, and an end in days.
-- gives: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro password_policy_results(length, reuse, days, symbols) as table
with lacks as (
    select
        p.account_id,
        concat_ws(
            ', ',
            case when not coalesce(p.require_uppercase_characters, false) then 'no upper-case letter' end,
            case when not coalesce(p.require_lowercase_characters, false) then 'no lower-case letter' end,
            case when symbols and not coalesce(p.require_symbols, false) then 'no symbol' end,
            case when not coalesce(p.require_numbers, false) then 'no digit' end,
            case when coalesce(p.minimum_password_length, 0) < length then concat('fewer than ', length, ' characters') end,
            case
                when coalesce(p.password_reuse_prevention, 0) < reuse
                    then concat('fewer than ', reuse, ' earlier ones refused')
            end,
            case
                when days > 0 and not coalesce(p.max_password_age between 1 and days, false)
                    then concat('no end within ', days, ' days')
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
    a.account_id, 'global' as region, a.position
from read_accounts() as a
left join lacks as l on l.account_id = a.account_id;

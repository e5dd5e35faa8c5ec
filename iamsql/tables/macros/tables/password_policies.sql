-- Returns the rows of a control of several settings of the password policy: uppercase and lowercase letters, numbers and a minimum
-- length. On request, it also checks symbols, the number of remembered passwords and the expiration in days.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro password_policy_results(length, reuse, days, symbols) as table
with policies as (
    select
        p.account_id,
        concat_ws(
            ', ',
            case when not coalesce(p.require_uppercase_characters, false) then 'an uppercase letter' end,
            case when not coalesce(p.require_lowercase_characters, false) then 'a lowercase letter' end,
            case when symbols and not coalesce(p.require_symbols, false) then 'a symbol' end,
            case when not coalesce(p.require_numbers, false) then 'a number' end,
            case when coalesce(p.minimum_password_length, 0) < length then concat('at least ', length, ' characters') end,
            case
                when coalesce(p.password_reuse_prevention, 0) < reuse
                    then concat('a password other than the last ', reuse)
            end,
            case
                when days > 0 and not coalesce(p.max_password_age between 1 and days, false)
                    then concat('a change within ', in_days(days))
            end
        ) as missing
    from aws_iam_account_password_policy as p
)

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no custom password policy.')
        when p.missing = '' then ok('The password policy meets all requirements.')
        else alarm(concat('The password policy does not require ', p.missing, '.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join policies as p on p.account_id = a.account_id;

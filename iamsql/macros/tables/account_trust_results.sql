-- The rows of a control of the other accounts that roles trust. `trusts` is a list of {'account_id': …, 'arn': …, 'trusted': …,
-- 'side': …}: `trusted` is an account that the role must not trust, or null, and `side` is that of iam_trusted_accounts(). A
-- role of the list has a row; `alarm_text` contains {} in the place of the accounts.
-- gives: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro account_trust_results(alarm_text, ok_text, trusts) as table
with roles as (
    select
        t.account_id, t.arn,
        string_agg(distinct t.trusted, ', ' order by t.trusted) as trusted,
        max(case when t.trusted is not null and t.side = 'outside' then 1 else 0 end) as is_outside
    from (
        select unnest(
            cast(trusts as struct(account_id varchar, arn varchar, trusted varchar, side varchar)[]), max_depth := 2
        )
    ) as t
    group by t.account_id, t.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust policy of the role was not read.')
        when r.is_outside = 1 then alarm(replace(alarm_text, '{}', r.trusted))
        when r.trusted is not null then unknown(concat('whether the organization contains ', r.trusted, ' was not read.'))
        else ok(ok_text)
    end),
    t.account_id, 'global' as region
from iam_trusts() as t
left join roles as r on r.account_id = t.account_id and r.arn = t.arn
where t.document_id is null or r.arn is not null;

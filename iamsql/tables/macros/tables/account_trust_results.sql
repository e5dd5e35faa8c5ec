-- Returns the rows of a control of the callers from other accounts that roles trust, by principals or by conditions on everyone. A
-- caller must be in the organization or in the list `known`, or the statement must have a condition on one of `condition_keys`. In
-- `alarm_text`, {} stands for the accounts and organizations.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro account_trust_results(alarm_text, ok_text, known, condition_keys) as table
with trusted as (
    select
        p.account_id, p.arn, p.side,
        case
            when
                p.side in ('unknown', 'outsider', 'everyone')
                and not iam_are_listed(p.other, known)
                and len(iam_restricting_keys(s.conditions, condition_keys)) = 0
                then p.other
        end as other
    from iam_trusted_accounts() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
),

roles as (
    select
        p.account_id, p.arn,
        string_agg(distinct p.other, ', ' order by p.other) as accounts,
        max(case when p.other is not null and p.side <> 'unknown' then 1 else 0 end) as is_outside
    from trusted as p
    group by p.account_id, p.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when r.is_outside = 1 then alarm(replace(alarm_text, '{}', r.accounts))
        when r.accounts is not null then unknown(concat('whether the organization contains ', r.accounts, ' was not read.'))
        else ok(ok_text)
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join roles as r on r.account_id = t.account_id and r.arn = t.arn
where t.document_id is null or r.arn is not null;

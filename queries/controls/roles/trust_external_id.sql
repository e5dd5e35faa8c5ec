-- title: Ensure roles that trust accounts outside the organization require an external ID
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, trust, third-party, confused-deputy
--
-- A vendor who is trusted by many customers can be talked into using one customer's role for another. The external id,
-- which is each customer's own, stops that: ask for it by the condition sts:ExternalId. Accounts of the organization
-- need none. Only roles that trust another account have a row. Service-linked roles and those of Identity Center have
-- no row: nobody changes their trust.

with others as (
    select distinct
        p.account_id, p.arn, p.other, p.side,
        len(iam_restricting_keys(s.conditions, ['sts:externalid'])) > 0 as is_guarded
    from iam_trusted_accounts() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    where p.other <> 'everyone'
),

found as (
    select
        d.account_id, d.arn,
        sum(case when d.side = 'outside' and not d.is_guarded then 1 else 0 end) as bad,
        sum(case when d.side = 'unknown' and not d.is_guarded then 1 else 0 end) as unknown,
        sum(case when d.side <> 'inside' then 1 else 0 end) as foreigners,
        string_agg(case when d.side <> 'inside' and not d.is_guarded then d.other end, ', ' order by d.other) as names
    from others as d
    group by d.account_id, d.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.bad > 0
            then alarm(concat('The role trusts ', f.names, ' outside the organization without an external id.'))
        when f.unknown > 0 then unknown(concat('whether ', f.names, ' is of the organization was not read.'))
        when f.foreigners > 0 then ok('The role asks outside accounts for an external id.')
        else ok('The role trusts no account outside the organization.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn

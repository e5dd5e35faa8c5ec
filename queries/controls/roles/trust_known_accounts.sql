-- title: Ensure roles trust only known accounts
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, trust, third-party
-- param: known text = ''           # Ids of accounts outside the organization that are meant, separated by commas
--
-- Every account outside the organization that may assume a role is somebody's way in: know whose. Write those that are
-- meant into the parameter `known`. Only roles that trust another account have a row. Service-linked roles and those of
-- Identity Center have no row: nobody changes their trust.

with known as (
    select distinct trim(w.word) as id
    from (select unnest(string_split($known, ',')) as word) as w
),

others as (
    select distinct p.account_id, p.arn, p.other, p.side
    from iam_trusted_accounts() as p
    where p.other <> 'everyone'
),

found as (
    select
        d.account_id, d.arn,
        count(*) as accounts,
        sum(case when d.side = 'outside' and k.id is null then 1 else 0 end) as bad,
        sum(case when d.side = 'unknown' and k.id is null then 1 else 0 end) as unknown,
        string_agg(case when d.side <> 'inside' and k.id is null then d.other end, ', ' order by d.other) as names
    from others as d
    left join known as k on k.id = d.other
    group by d.account_id, d.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.bad > 0
            then alarm(concat('The role trusts ', f.names, ', which is not of the organization and not known.'))
        when f.unknown > 0 then unknown(concat('whether ', f.names, ' is of the organization was not read.'))
        when f.accounts = 1 then ok('The role trusts 1 other account, of the organization or known.')
        else ok(concat('The role trusts ', f.accounts, ' other accounts, all of the organization or known.'))
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn

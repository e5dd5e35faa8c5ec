-- title: Ensure roles do not trust deleted principals
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, trust, leftovers
--
-- When a trusted user or role is deleted, its unique id stays in the trust (AIDA…, AROA…). Nobody can use it: a new
-- user of the same name does not get in, which is a puzzle for whoever tries. Take it out. Service-linked roles and
-- those of Identity Center have no row: nobody changes their trust.

with found as (
    select
        t.account_id, t.arn,
        string_agg(distinct g."value", ', ' order by g."value") as names
    from iam_role_trust_policies() as t
    inner join (
        select
            s.document_id,
            unnest([who_."value" for who_ in s.principals if iam_is_deleted(who_."type", who_."value")]) as "value"
        from aws_iam_statement as s
    ) as g on g.document_id = t.document_id
    group by t.account_id, t.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.names is not null then alarm(concat('The role trusts ', f.names, ', who was deleted.'))
        else ok('The role trusts nobody who was deleted.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn

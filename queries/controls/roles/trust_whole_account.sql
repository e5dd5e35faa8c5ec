-- title: Ensure roles do not trust whole accounts
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, trust
--
-- A role that trusts another account as a whole leaves it to that account who may come: anyone there whose policies say
-- so. Name the role that is meant, or hold the callers by a condition; any condition makes the role pass here. Only
-- roles that trust another account have a row. Service-linked roles and those of Identity Center have no row: nobody
-- changes their trust.

with others as (
    select distinct
        p.account_id, p.arn,
        iam_account_of(p.kind, p."value") as other,
        (p."value" like '%:root' or p."value" not like 'arn:%') and len(s.conditions) = 0 as is_whole
    from iam_trusted_principals() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    where iam_account_of(p.kind, p."value") <> p.account_id
),

found as (
    select
        x.account_id, x.arn,
        string_agg(case when x.is_whole then x.other end, ', ' order by x.other) as wholes
    from others as x
    group by x.account_id, x.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.wholes is not null then alarm(concat('The role trusts all of ', f.wholes, ', without a condition.'))
        else ok('The role names whom it trusts in other accounts, or holds them by a condition.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn

-- title: Ensure roles with full administrative privileges do not trust accounts outside the organization
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, admin, trust
-- param: inside boolean = false      # Whether accounts of the organization count too
--
-- An administrator role that another account may assume makes that account's weakest user as strong as this account's
-- strongest. By default accounts of the organization may, since Organizations itself works so
-- (OrganizationAccountAccessRole); `inside = true` counts them too. A boundary that does not allow everything makes the
-- role pass. Only roles that trust another account have a row. Service-linked roles and those of Identity Center have
-- no row: nobody changes their trust.

with others as (
    select distinct p.account_id, p.arn, p.other, p.side
    from iam_trusted_accounts() as p
    where p.other <> 'everyone'
),

found as (
    select
        d.account_id, d.arn,
        max(w.policies) as policies, max(w.unsure) as unsure, max(w.unread) as unread,
        sum(case when d.side = 'outside' or $inside then 1 else 0 end) as bad,
        sum(case when d.side = 'unknown' then 1 else 0 end) as unknown,
        string_agg(case when d.side <> 'inside' or $inside then d.other end, ', ' order by d.other) as names
    from others as d
    left join iam_role_admin_policies() as w on w.account_id = d.account_id and w.arn = d.arn
    group by d.account_id, d.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.policies is not null and f.unsure = 1 and f.bad > 0
            then unknown(concat(f.policies, ' allows everything, and whether a boundary holds the role was not read.'))
        when f.policies is not null and f.bad > 0
            then alarm(concat('Account ', f.names, ' may do everything here by ', f.policies, '.'))
        when f.policies is not null and f.unknown > 0
            then unknown(concat('whether ', f.names, ', an administrator here, is of the organization was not read.'))
        when f.unread = 1 and f.policies is null and f.bad + f.unknown > 0
            then unknown('the document of a policy of the role was not read.')
        when f.policies is not null then ok('Only accounts of the organization may assume this administrator role.')
        else ok('The role does not allow everything.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn

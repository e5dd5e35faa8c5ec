-- title: Ensure roles of compute services do not have full administrative privileges
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, admin, compute
--
-- Whoever gets into an instance, a container or a function has its role. Where that role may do everything, one hole in
-- a program is the loss of the account. Give what the program needs. A boundary that does not allow everything makes
-- the role pass. Only roles that a service which runs code may assume have a row.

with machines as (
    select distinct
        t.account_id, t.arn,
        unnest([who_."value" for who_ in s.principals if who_."type" = 'Service']) as service
    from iam_role_trust_policies() as t
    inner join aws_iam_statement as s on s.document_id = t.document_id
    where s.effect = 'Allow'
),

found as (
    select
        c.account_id, c.arn,
        string_agg(distinct c.service, ', ' order by c.service) as services,
        max(w.policies) as policies, max(w.unsure) as unsure, max(w.unread) as unread
    from machines as c
    left join iam_role_admin_policies() as w on w.account_id = c.account_id and w.arn = c.arn
    where iam_runs_code(c.service)
    group by c.account_id, c.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.policies is not null and f.unsure = 1
            then unknown(concat(f.policies, ' allows everything, and whether a boundary holds the role was not read.'))
        when f.policies is not null
            then alarm(concat('What runs in ', f.services, ' may do everything by ', f.policies, '.'))
        when f.unread = 1 then unknown('the document of a policy of the role was not read.')
        else ok(concat('What runs in ', f.services, ' may not do everything.'))
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
